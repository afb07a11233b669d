"""`rooms oracle list`: what is listed, and whether the feeds that are on can price it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import pytest
from tests.cli.feeds import ALL, COIN

from rooms_oracle.listing import LISTINGS


class Rooms(Protocol):
    """Runs the command line (see conftest)."""

    def __call__(self, *words: str, stdin: bytes = b"") -> Any:
        """Run it to its end."""
        ...


def added(rooms: Rooms, *words: str) -> None:
    """A row that is taken without a question."""
    ran = rooms("oracle", "add", COIN, *(words or ALL), "--yes")
    assert 0 == ran.status, ran.err


@pytest.mark.usefixtures("venues")
def test_what_is_built_in_is_listed_without_books(
    rooms: Rooms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And it is said that there are none; books that are named have to be there."""
    monkeypatch.chdir(tmp_path)
    ran = rooms("oracle", "list")
    named = rooms("oracle", "list", "--database", "other.db")

    assert 0 == ran.status
    assert ["BTC/USD", "ETH/USD", "SOL/USD", "USDT/USD"] == [
        line.split()[0] for line in ran.out.splitlines()[1:]
    ]
    assert "(coingecko bitcoin)" in ran.out
    assert "binance BTCUSDT:USDT" in ran.out
    assert "4 for 3" in ran.out
    assert "There are no books here" in ran.err
    assert (1, "") == (named.status, named.out)


@pytest.mark.usefixtures("venues", "table")
def test_a_row_is_told_in_full_to_programs(rooms: Rooms) -> None:
    """The built-in ones as well, by name; nobody is asked."""
    added(rooms)
    told = {line["instrument"]: line for line in rooms("oracle", "list", "--json").lines}

    assert sorted(told) == list(told)
    assert {*told} == {*[each.name for each in LISTINGS], COIN}
    doge, btc = told[COIN], told["BTC/USD"]
    assert {"feed": "okx", "symbol": "DOGE-USDT", "quote": "USDT", "family": "okx", "on": True} == doge[
        "feeds"
    ][3]
    assert (["USDT/USD"], 3, {}) == (doge["rates"], doge["rule"]["quorum"], doge["chosen"])
    assert (["binance", "coinbase", "kraken", "okx"], True) == (doge["families"], doge["reaches_quorum"])
    assert (False, 1, "ann", False) == tuple(
        [doge[key] for key in ("built_in", "revision", "by", "unprobed")]
    )
    assert (True, 0, None) == tuple([btc[key] for key in ("built_in", "revision", "by")])


@pytest.mark.usefixtures("venues", "table")
def test_what_cannot_reach_its_quorum_stands_out(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    """The feeds that are on decide: without Kraken the Tether has one family, and what is quoted in it none."""
    monkeypatch.setenv("ROOMS_FEED_KRAKEN_ENABLED", "false")
    lines = {line.split()[0]: line for line in rooms("oracle", "list").out.splitlines()}

    assert "NOT REACHED: 1 for 2" in lines["USDT/USD"]
    assert "NOT REACHED: 1 for 3" in lines["BTC/USD"]
    assert "(kraken XXBTZUSD)" in lines["BTC/USD"]


@pytest.mark.usefixtures("venues", "table", "at_terminal")
def test_on_a_terminal_each_place_has_its_line(rooms: Rooms) -> None:
    """Nothing is cut off."""
    added(rooms, *ALL, "--quorum", "4")
    shown = rooms("oracle", "list").out

    assert "instruments" in shown
    for said in ("binance DOGEUSDT:USDT", "kraken XDGUSD", "4 for 4", "quorum 4", "#1 by ann"):
        assert said in shown
