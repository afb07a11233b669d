"""`rooms run`: what is refused before anything runs, and what is said when it starts."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.conftest import Rooms
from tests.cli.loops.virtual import Told

from rooms_cli.loops.banner import log_start, show_start, warn_start
from rooms_cli.loops.settings import ROLES, RunSettings
from rooms_core.result import Ok
from rooms_oracle.environment import read_feeds

KEY = "s3cret-never-to-be-seen"


def told(place: str = "books.db", **environ: str) -> RunSettings:
    """Settings from variables that are right."""
    found = read_feeds(environ)
    assert isinstance(found, Ok), found
    return RunSettings(place=place, roles=ROLES, feeds=found.value)


def test_a_role_that_is_not_there_is_refused(rooms: Rooms, books: Path) -> None:
    """With those that are."""
    ran = rooms("run", "settle", "--database", str(books))

    assert (2, "") == (ran.status, ran.out)
    assert "There is no role settle to run." in ran.err
    assert "Did you mean settler?" in ran.err


def test_a_setting_that_cannot_be_followed_is_refused(
    rooms: Rooms, books: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which one, why, and what to write; never what stands there."""
    monkeypatch.setenv("ROOMS_FEED_OKX_WEIGHT", KEY)
    ran = rooms("run", "monitor", "--database", str(books))

    assert 2 == ran.status
    assert "ROOMS_FEED_OKX_WEIGHT cannot be followed" in ran.err
    assert "from 1 to 1000" in ran.err
    assert KEY not in ran.err


def test_without_books_nothing_runs(rooms: Rooms, tmp_path: Path) -> None:
    """A mistyped name makes no empty database."""
    ran = rooms("run", "all", "--database", str(tmp_path / "none.db"))

    assert 1 == ran.status
    assert "There is no database" in ran.err
    assert not (tmp_path / "none.db").exists()


def test_a_lease_is_not_shorter_than_a_turn(rooms: Rooms, books: Path) -> None:
    """Else a monitor would lose its role by working."""
    assert 2 == rooms("run", "all", "--database", str(books), "--lease-ms", "1000").status


def test_people_see_what_runs_on_what(capsys: pytest.CaptureFixture[str]) -> None:
    """The database without its password, the roles, and each feed with what decided it; no key."""
    show_start(
        told("postgresql://me:secret@here/books", ROOMS_FEED_OKX_ENABLED="no", ROOMS_FEED_JUPITER_KEY=KEY), 4
    )
    shown = capsys.readouterr().out

    assert "postgresql://me@here/books" in shown
    assert "monitor, settler, announcer" in shown
    assert "off by ROOMS_FEED_OKX_ENABLED" in shown
    assert "it needs a key in ROOMS_FEED_PYTH_KEY" in shown
    assert "printed here, and count as delivered" in shown
    assert KEY not in shown
    assert "secret" not in shown


def test_made_up_prices_have_no_table_of_feeds(capsys: pytest.CaptureFixture[str]) -> None:
    """They are told in capitals, and warned of."""
    log = Told()
    settings = told(ROOMS_FEEDS="generated")
    show_start(settings, 0)
    warn_start(settings, log)

    assert "MADE UP" in capsys.readouterr().out
    assert ["prices are made up: rooms settle on them, and nobody should stake real money"] == log.events


def test_programs_are_told_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    """As one line of the log; without the third family a warning follows."""
    log = Told()
    settings = told(**{f"ROOMS_FEED_{name}_ENABLED": "no" for name in ("OKX", "KRAKEN", "DEXSCREENER")})
    log_start(settings, 4, log)
    warn_start(settings, log)
    (facts,) = log.of("started")

    assert ("live", 4, list(ROLES)) == (facts["prices"], facts["listings"], facts["roles"])
    assert "okx off by ROOMS_FEED_OKX_ENABLED" in facts["feeds"]
    assert (
        "2 are on, the rule wants 3"
        in log.of("no price can be accepted: too few families of feeds are on")[0]["why"]
    )
    assert "" == capsys.readouterr().out
