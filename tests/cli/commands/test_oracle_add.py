"""`rooms oracle add`: what is written, what is refused, and who is asked."""

from __future__ import annotations

import io
import sqlite3
import sys
from pathlib import Path
from typing import Any, Protocol

import pytest
from tests.cli.feeds import ALL, COIN

from rooms_cli.adding import Adding
from rooms_cli.main import main
from rooms_core.testing.clock import NOON_MS
from rooms_oracle.listing import LISTINGS
from rooms_oracle.testing.faults import Fault
from rooms_oracle.testing.feed_server import FeedServer

THREE = ALL[:6]


class Rooms(Protocol):
    """Runs the command line (see conftest)."""

    def __call__(self, *words: str, stdin: bytes = b"") -> Any:
        """Run it to its end."""
        ...


def rows(table: Path) -> list[tuple[Any, ...]]:
    """What stands in the table."""
    with sqlite3.connect(table) as connection:
        found = connection.execute(
            "SELECT name, number, listed_by, reason, unprobed FROM instrument"
        ).fetchall()
    connection.close()
    return found


def added(rooms: Rooms) -> Any:
    """A row that is taken without a question."""
    ran = rooms("oracle", "add", COIN, *ALL, "--yes")
    assert 0 == ran.status, ran.err
    return ran


@pytest.mark.usefixtures("venues")
def test_a_row_is_written_after_its_feeds_have_agreed(rooms: Rooms, table: Path) -> None:
    """The table is shown, then what was written; the probe finds it under its name."""
    ran = added(rooms)

    assert "accepted" in ran.out
    assert (
        "DOGE/USD is listed as #1 by ann: binance DOGEUSDT:USDT, coinbase DOGE-USD, kraken XDGUSD, okx DOGE-USDT:USDT"
        in ran.out
    )
    assert [(COIN, 1, "ann", "", 0)] == rows(table)
    assert 0 == rooms("oracle", "probe", COIN).status


@pytest.mark.usefixtures("venues")
def test_on_a_server_too(rooms: Rooms, served_books: str) -> None:
    """PostgreSQL keeps the row, and every command that is given its URL finds it."""
    place = ("--database", served_books)
    add = rooms("oracle", "add", COIN, *ALL, "--yes", *place)
    again = rooms("oracle", "add", COIN, *ALL, "--yes", "--json", *place)
    told = {line["instrument"]: line for line in rooms("oracle", "list", "--json", *place).lines}

    assert (0, 0) == (add.status, again.status), add.err
    assert not again.lines[0]["new"]
    assert ("ann", 1) == (told[COIN]["by"], told[COIN]["revision"])
    assert 0 == rooms("oracle", "probe", COIN, *place).status


@pytest.mark.usefixtures("table")
def test_the_same_row_again_is_no_change(rooms: Rooms, venues: FeedServer, table: Path) -> None:
    """And asks nobody; that goes for a built-in row too."""
    added(rooms)
    venues.calls.clear()
    again = rooms("oracle", "add", COIN, *ALL, "--yes", "--json")
    btc = [f"--{each.feed}={each.symbol}:{each.quote}" for each in LISTINGS[0].listed]
    built_in = rooms("oracle", "add", "BTC/USD", *btc)

    assert (0, False, 1) == (again.status, again.lines[0]["new"], again.lines[0]["revision"])
    assert (0, "BTC/USD is built in like this; nothing was changed.\n") == (built_in.status, built_in.out)
    assert 1 == len(rows(table))
    assert not venues.calls


@pytest.mark.usefixtures("venues")
def test_a_change_keeps_what_was_before(rooms: Rooms, table: Path) -> None:
    """Who, why, and the revision it took the place of."""
    added(rooms)
    ran = rooms(
        "oracle", "add", COIN, *THREE, "--by", "bob", "--reason", "OKX will delist it", "--yes", "--json"
    )
    (told,) = ran.lines

    assert (True, True, 2, "bob", "OKX will delist it") == tuple(
        [told[key] for key in ("listed", "new", "revision", "by", "reason")]
    )
    assert (1, "ann") == (told["was"]["revision"], told["was"]["by"])
    assert told["probe"]["accepted"]
    assert [(COIN, 1, "ann", "", 0), (COIN, 2, "bob", "OKX will delist it", 0)] == rows(table)


@pytest.mark.usefixtures("venues")
def test_a_row_with_the_symbols_of_something_else_is_refused(rooms: Rooms, table: Path) -> None:
    """Its feeds agree, but not with the row that is in force."""
    ran = rooms(
        "oracle", "add", "ETH/USD", "--coinbase", "BTC-USD", "--kraken", "XXBTZUSD", "--quorum", "2", "--yes"
    )

    assert 1 == ran.status
    assert "bps off what the row in force says" in ran.err
    assert "Look at the symbols, or try again later" in ran.err
    assert [] == rows(table)


def test_symbols_that_nobody_knows_are_refused(rooms: Rooms, venues: FeedServer, table: Path) -> None:
    """The probe is shown, for programs too; with a reason they are taken unasked."""
    words = ("WIF/USD", "--binance", "WIFUSDT:USDT", "--coinbase", "WIF-USD", "--kraken", "WIFUSD", "--yes")
    ran, told = rooms("oracle", "add", *words), rooms("oracle", "add", *words, "--json")
    before = rows(table)
    venues.calls.clear()
    unprobed = rooms("oracle", "add", *words, "--unprobed", "no way out of here")

    assert 1 == ran.status == told.status
    assert "binance, coinbase, kraken cannot be used; there is no price" in ran.err
    assert "leave such feeds out" in ran.err
    assert (False, 4) == (told.lines[0]["listed"], len(told.lines[0]["against"]))
    assert [] == before
    assert 0 == unprobed.status
    assert [("WIF/USD", 1, "ann", "no way out of here", 1)] == rows(table)
    assert not venues.calls
    assert "UNPROBED: no way out of here" in rooms("oracle", "list").out


def test_a_feed_that_is_off_is_not_listed_unseen(rooms: Rooms, venues: FeedServer, table: Path) -> None:
    """With its key it is asked; that its prices are old by design hinders nothing."""
    off = rooms("oracle", "add", COIN, *ALL, "--coingecko", "dogecoin", "--yes")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ROOMS_FEED_COINGECKO_KEY", "s3cret")
        venues.faults["coingecko"] = Fault.BEHIND
        on = rooms("oracle", "add", COIN, *ALL, "--coingecko", "dogecoin", "--yes")

    assert (1, 0) == (off.status, on.status)
    assert "coingecko dogecoin: it needs a key and has none" in off.out
    assert "never decides a touch" in on.out
    assert "s3cret" not in on.out + on.err
    assert 1 == len(rows(table))


@pytest.mark.parametrize(
    "words, status, said",
    [
        (("doge/usd", *ALL), 1, "Did you mean DOGE/USD"),
        (("DOGE", *ALL), 1, "no name of an instrument"),
        (("pump:abc", *ALL), 1, "priced by its pool"),
        ((COIN,), 1, "No feed is named"),
        ((COIN, "--coinbase", "DOGE-USD"), 1, "1 independent family (coinbase), and 3 must agree"),
        ((COIN, *THREE, "--quorum", "4"), 1, "3 independent families"),
        ((COIN, *THREE, "--quorum", "1"), 1, "a whole number from 2 to 10"),
        ((COIN, *THREE, "--max-age-ms", "60000"), 1, "from 1,000 to 10,000"),
        ((COIN, "--coinbase", "USD-DOGE", *THREE[:2]), 2, "turned around"),
        ((COIN, "--binance", "DOGEUSDT"), 2, "If it is quoted in USDT, write --binance DOGEUSDT:USDT"),
        ((COIN, "--binance", "DOGEEUR:EUR", *THREE[2:]), 1, "EUR/USD is not listed"),
        ((COIN, "--coinbase", "DOGE-DOGE:DOGE", *THREE[:2]), 1, "cannot quote it in 'DOGE'"),
        ((COIN, "--kraken", ""), 2, "is no symbol of kraken"),
        (
            ("USDT/USD", "--coinbase", "USDT-BTC:BTC", "--kraken", "USDTZUSD", "--quorum", "2"),
            1,
            "rest on one another",
        ),
        ((COIN, *ALL, "--by", "\x1b[1m"), 1, "Give --by NAME"),
        ((COIN, *ALL, "--unprobed", " "), 1, "A reason has 1 to 200"),
    ],
)
def test_what_may_not_stand_in_the_table_is_said_in_a_sentence(
    rooms: Rooms, venues: FeedServer, table: Path, words: tuple[str, ...], status: int, said: str
) -> None:
    """Before anybody is asked, and nothing is written."""
    ran = rooms("oracle", "add", *words, "--yes")

    assert status == ran.status
    assert said in ran.err
    assert [] == rows(table)
    assert "Traceback" not in ran.err
    assert not venues.calls


@pytest.mark.usefixtures("venues")
def test_without_books_nothing_is_listed(
    rooms: Rooms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And none are made."""
    monkeypatch.chdir(tmp_path)
    ran = rooms("oracle", "add", COIN, *ALL, "--yes")

    assert 1 == ran.status
    assert "`rooms db upgrade` makes an empty one" in ran.err
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("answer, status, kept", [("y\n", 0, 1), ("n\n", 1, 0), ("\n", 1, 0)])
@pytest.mark.usefixtures("venues")
def test_a_person_is_asked(
    table: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    answer: str,
    status: int,
    kept: int,
) -> None:
    """He sees what is and what would be, and says yes or nothing changes."""

    class Keyboard(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "argv", ["rooms", "oracle", "add", COIN, *ALL])
    monkeypatch.setattr(sys, "stdin", Keyboard(answer))
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr()

    assert status == (ended.value.code or 0)
    assert f"{COIN} would be: binance DOGEUSDT:USDT" in said.err
    assert kept == len(rows(table))


@pytest.mark.usefixtures("venues")
def test_where_nobody_can_be_asked_yes_is_wanted(rooms: Rooms, table: Path) -> None:
    """The probe has been shown by then; what is in force is told."""
    ran = rooms("oracle", "add", "SOL/USD", "--coinbase", "SOL-USD", "--kraken", "SOLUSD", "--quorum", "2")

    assert 2 == ran.status
    assert "SOL/USD is built in: binance SOLUSDT:USDT" in ran.err
    assert "Give --yes" in ran.err
    assert [] == rows(table)


@pytest.mark.usefixtures("venues")
def test_somebody_else_was_faster(rooms: Rooms, table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was looked at is no longer in force: nothing is written, and he is told."""

    def meanwhile(_adding: Adding) -> None:
        with sqlite3.connect(table) as connection:
            connection.execute(
                "INSERT INTO instrument VALUES (?, 1, ?, 'bob', ?, '', 0)",
                (COIN, '{"name":"DOGE/USD","listed":[]}', NOON_MS),
            )
        connection.close()

    monkeypatch.setattr(Adding, "confirm", meanwhile)
    ran = rooms("oracle", "add", COIN, *ALL)

    assert 1 == ran.status
    assert "Somebody has changed DOGE/USD meanwhile: revision 1 is in force." in ran.err
    assert [(COIN, 1, "bob", "", 0)] == rows(table)
