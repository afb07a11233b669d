"""`rooms oracle list`, `probe` and `add`, over a feed server that does what feeds have done."""

from __future__ import annotations

import asyncio
import io
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
from tests.cli.feeds import serving

from rooms_cli.adding import Adding
from rooms_cli.main import main
from rooms_core.testing.clock import NOON_MS, ManualClock
from rooms_oracle.listing import LISTINGS
from rooms_oracle.testing.faults import Fault
from rooms_oracle.testing.feed_server import FeedServer
from rooms_store.opening import open_books

VENUES = (
    "--binance",
    "DOGEUSDT:USDT",
    "--coinbase",
    "DOGE-USD",
    "--kraken",
    "XDGUSD",
    "--okx",
    "DOGE-USDT:USDT",
)
THREE = VENUES[:6]
COIN = "DOGE/USD"


class Rooms(Protocol):
    """Runs the command line (see conftest)."""

    def __call__(self, *words: str, stdin: bytes = b"") -> Any:
        """Run it to its end."""
        ...


@pytest.fixture(scope="module")
def one_server() -> Iterator[FeedServer]:
    """All feeds on one port, for all of these tests."""
    with serving() as running:
        yield running


@pytest.fixture
def server(one_server: FeedServer, monkeypatch: pytest.MonkeyPatch) -> FeedServer:
    """The same without faults; the command line asks it."""
    one_server.faults.clear()
    one_server.calls.clear()
    monkeypatch.setenv("ROOMS_FEEDS", one_server.address("")[:-1])
    monkeypatch.setenv("ROOMS_OPERATOR", "ann")
    return one_server


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Empty books in the current folder, where all commands find them."""
    path = tmp_path / "rooms.sqlite3"

    async def make() -> None:
        async with open_books(path, ManualClock()):
            pass

    asyncio.run(make())
    monkeypatch.chdir(tmp_path)
    return path


def rows(place: Path) -> list[tuple[Any, ...]]:
    """What stands in the table."""
    with sqlite3.connect(place) as connection:
        found = connection.execute(
            "SELECT name, number, listed_by, reason, unprobed FROM instrument"
        ).fetchall()
    connection.close()
    return found


def added(rooms: Rooms, *words: str) -> Any:
    """A row that is taken without a question."""
    ran = rooms("oracle", "add", COIN, *(words or VENUES), "--yes")
    assert 0 == ran.status, ran.err
    return ran


# --- list


@pytest.mark.usefixtures("server")
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


@pytest.mark.usefixtures("server", "place")
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


@pytest.mark.usefixtures("server", "place")
def test_what_cannot_reach_its_quorum_stands_out(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    """The feeds that are on decide: without Kraken the Tether has one family, and what is quoted in it none."""
    monkeypatch.setenv("ROOMS_FEED_KRAKEN_ENABLED", "false")
    lines = {line.split()[0]: line for line in rooms("oracle", "list").out.splitlines()}

    assert "NOT REACHED: 1 for 2" in lines["USDT/USD"]
    assert "NOT REACHED: 1 for 3" in lines["BTC/USD"]
    assert "(kraken XXBTZUSD)" in lines["BTC/USD"]


@pytest.mark.usefixtures("server", "place", "at_terminal")
def test_on_a_terminal_each_place_has_its_line(rooms: Rooms) -> None:
    """Nothing is cut off."""
    added(rooms, *VENUES, "--quorum", "4")
    shown = rooms("oracle", "list").out

    assert "instruments" in shown
    for said in ("binance DOGEUSDT:USDT", "kraken XDGUSD", "4 for 4", "quorum 4", "#1 by ann"):
        assert said in shown


# --- probe


@pytest.mark.usefixtures("place")
def test_a_probe_asks_each_feed_once(rooms: Rooms, server: FeedServer) -> None:
    """With price, age, half-width and distance in a row each, and the verdict."""
    ran = rooms("oracle", "probe", "SOL/USD")

    assert 0 == ran.status, ran.out
    assert 1 == server.calls["binance"] == server.calls["kraken"] == server.calls["okx"]
    head, *feeds = ran.out.splitlines()
    assert ["feed", "symbol", "quote", "family", "verdict", "USD", "age", "±_bps", "off_bps"] == head.split()
    assert {"binance": "accepted", "pyth": "NO_KEY"}.items() <= {
        line.split()[0]: line.split()[4] for line in feeds[:9]
    }.items()
    assert "SOL/USD: 1" in feeds[-1]
    assert "of at least 3." in feeds[-1]
    assert "not of the venues themselves" in ran.err


@pytest.mark.usefixtures("server", "place")
def test_a_probe_for_programs_has_all_digits(rooms: Rooms) -> None:
    """One object; prices are whole numbers in strings."""
    (told,) = rooms("oracle", "probe", COIN, *VENUES, "--json").lines

    assert ["instrument", "at_ms", "accepted", "status", "words", "price", "lo", "hi", "scale", "quorum", "families",
            "rates", "feeds"] == list(told)  # fmt: skip
    assert ["feed", "symbol", "quote", "family", "accepted", "reason", "words", "price", "age_ms", "half_width_ppm",
            "from_centre_ppm", "turned", "hinders"] == list(told["feeds"][0])  # fmt: skip
    assert (True, "ACCEPTED", -12, 3) == tuple(
        [told[key] for key in ("accepted", "status", "scale", "quorum")]
    )
    assert int(told["lo"]) < int(told["price"]) < int(told["hi"])
    assert 170 * 10**9 < int(told["price"]) < 180 * 10**9
    assert {"USDT/USD": "ACCEPTED"} == told["rates"]


@pytest.mark.parametrize(
    "fault, feed, word, said",
    [
        (Fault.SWAPPED, "okx", "OUTLIER", "base and quote look turned around"),
        (Fault.MISSING, "binance", "UNAVAILABLE", "the market is halted there"),
        (Fault.NOT_HERE, "binance", "SWITCHED_OFF", "it does not serve us"),
        (Fault.THROTTLED, "okx", "THROTTLED", "asked less often"),
        (Fault.BEHIND, "okx", "STALE", "too old"),
    ],
)
@pytest.mark.usefixtures("place")
def test_a_feed_that_refuses_is_told_in_words(
    rooms: Rooms, server: FeedServer, fault: Fault, feed: str, word: str, said: str
) -> None:
    """There is a price without it, and so the probe succeeds; the row is not taken all the same."""
    server.faults[feed] = fault
    ran = rooms("oracle", "probe", COIN, *VENUES)
    add = rooms("oracle", "add", COIN, *VENUES, "--yes")

    assert 0 == ran.status
    assert word in next(line for line in ran.out.splitlines() if line.startswith(f"{feed} "))
    assert said in ran.out
    assert 1 == add.status
    assert f"{COIN} is not listed: of its feeds, {feed} cannot be used." in add.err


@pytest.mark.usefixtures("place")
def test_without_a_price_a_probe_fails(rooms: Rooms, server: FeedServer) -> None:
    """With the rule's word, how many families there were, and what that means for rooms."""
    server.faults |= {"kraken": Fault.TIMEOUT, "coinbase": Fault.BUSY}
    ran = rooms("oracle", "probe", COIN, *VENUES)

    assert 1 == ran.status
    assert "USDT/USD: too few independent families have a usable price" in ran.out
    assert "NO_QUOTE_RATE" in ran.out
    assert ran.out.endswith("(0 of 3). A room on it would be refused.\n")


@pytest.mark.usefixtures("server", "place")
def test_a_token_is_probed_by_its_mint(rooms: Rooms) -> None:
    """Without the chain it has no pool, and no price."""
    ran = rooms("oracle", "probe", "pump:7LSsEoJGhLeZzGvDofTdNg7M3JttxQqGWNLo6vWMpump")

    assert 1 == ran.status
    assert "NO_QUORUM" in ran.out


@pytest.mark.usefixtures("place")
def test_an_instrument_that_is_not_listed_is_not_asked_for(rooms: Rooms, server: FeedServer) -> None:
    """Its nearest name is told."""
    ran = rooms("oracle", "probe", "SOL/USDT")

    assert (1, "") == (ran.status, ran.out)
    assert "SOL/USDT is not listed" in ran.err
    assert "Did you mean SOL/USD?" in ran.err
    assert not server.calls


@pytest.mark.usefixtures("place")
def test_prices_that_are_made_up_are_told_as_such(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    """They can be looked at, and nothing is listed by them."""
    monkeypatch.setenv("ROOMS_FEEDS", "generated")
    ran, add = rooms("oracle", "probe", "SOL/USD"), rooms("oracle", "add", COIN, *VENUES, "--yes")

    assert 0 == ran.status
    assert "made up" in ran.err
    assert 2 == add.status


# --- add


@pytest.mark.usefixtures("server")
def test_a_row_is_written_after_its_feeds_have_agreed(rooms: Rooms, place: Path) -> None:
    """The table is shown, then what was written; the probe finds it under its name."""
    ran = added(rooms)

    assert "accepted" in ran.out
    assert (
        "DOGE/USD is listed as #1 by ann: binance DOGEUSDT:USDT, coinbase DOGE-USD, kraken XDGUSD, okx DOGE-USDT:USDT"
        in ran.out
    )
    assert [(COIN, 1, "ann", "", 0)] == rows(place)
    assert 0 == rooms("oracle", "probe", COIN).status


@pytest.mark.usefixtures("place")
def test_the_same_row_again_is_no_change(rooms: Rooms, server: FeedServer, place: Path) -> None:
    """And asks nobody; that goes for a built-in row too."""
    added(rooms)
    server.calls.clear()
    again = rooms("oracle", "add", COIN, *VENUES, "--yes", "--json")
    btc = [f"--{each.feed}={each.symbol}:{each.quote}" for each in LISTINGS[0].listed]
    built_in = rooms("oracle", "add", "BTC/USD", *btc)

    assert (0, False, 1) == (again.status, again.lines[0]["new"], again.lines[0]["revision"])
    assert (0, "BTC/USD is built in like this; nothing was changed.\n") == (built_in.status, built_in.out)
    assert 1 == len(rows(place))
    assert not server.calls


@pytest.mark.usefixtures("server")
def test_a_change_keeps_what_was_before(rooms: Rooms, place: Path) -> None:
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
    assert [(COIN, 1, "ann", "", 0), (COIN, 2, "bob", "OKX will delist it", 0)] == rows(place)


@pytest.mark.usefixtures("server")
def test_a_row_with_the_symbols_of_something_else_is_refused(rooms: Rooms, place: Path) -> None:
    """Its feeds agree, but not with the row that is in force."""
    ran = rooms(
        "oracle", "add", "ETH/USD", "--coinbase", "BTC-USD", "--kraken", "XXBTZUSD", "--quorum", "2", "--yes"
    )

    assert 1 == ran.status
    assert "bps off what the row in force says" in ran.err
    assert [] == rows(place)


def test_symbols_that_nobody_knows_are_refused(rooms: Rooms, server: FeedServer, place: Path) -> None:
    """The probe is shown, for programs too; with a reason they are taken unasked."""
    words = ("WIF/USD", "--binance", "WIFUSDT:USDT", "--coinbase", "WIF-USD", "--kraken", "WIFUSD", "--yes")
    ran, told = rooms("oracle", "add", *words), rooms("oracle", "add", *words, "--json")
    before = rows(place)
    server.calls.clear()
    unprobed = rooms("oracle", "add", *words, "--unprobed", "no way out of here")

    assert 1 == ran.status == told.status
    assert "binance, coinbase, kraken cannot be used; there is no price" in ran.err
    assert (False, 4) == (told.lines[0]["listed"], len(told.lines[0]["against"]))
    assert [] == before
    assert 0 == unprobed.status
    assert [("WIF/USD", 1, "ann", "no way out of here", 1)] == rows(place)
    assert not server.calls
    assert "UNPROBED: no way out of here" in rooms("oracle", "list").out


def test_a_feed_that_is_off_is_not_listed_unseen(rooms: Rooms, server: FeedServer, place: Path) -> None:
    """With its key it is asked; that its prices are old by design hinders nothing."""
    off = rooms("oracle", "add", COIN, *VENUES, "--coingecko", "dogecoin", "--yes")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ROOMS_FEED_COINGECKO_KEY", "s3cret")
        server.faults["coingecko"] = Fault.BEHIND
        on = rooms("oracle", "add", COIN, *VENUES, "--coingecko", "dogecoin", "--yes")

    assert (1, 0) == (off.status, on.status)
    assert "coingecko dogecoin: it needs a key and has none" in off.out
    assert "never decides a touch" in on.out
    assert "s3cret" not in on.out + on.err
    assert 1 == len(rows(place))


@pytest.mark.parametrize(
    "words, status, said",
    [
        (("doge/usd", *VENUES), 1, "Did you mean DOGE/USD"),
        (("DOGE", *VENUES), 1, "no name of an instrument"),
        (("pump:abc", *VENUES), 1, "priced by its pool"),
        ((COIN,), 1, "It is listed nowhere"),
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
        ((COIN, *VENUES, "--by", "\x1b[1m"), 1, "Give --by NAME"),
        ((COIN, *VENUES, "--unprobed", " "), 1, "A reason has 1 to 200"),
    ],
)
def test_what_may_not_stand_in_the_table_is_said_in_a_sentence(
    rooms: Rooms, server: FeedServer, place: Path, words: tuple[str, ...], status: int, said: str
) -> None:
    """Before anybody is asked, and nothing is written."""
    ran = rooms("oracle", "add", *words, "--yes")

    assert status == ran.status
    assert said in ran.err
    assert [] == rows(place)
    assert "Traceback" not in ran.err
    assert not server.calls


@pytest.mark.usefixtures("server")
def test_without_books_nothing_is_listed(
    rooms: Rooms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And none are made."""
    monkeypatch.chdir(tmp_path)
    ran = rooms("oracle", "add", COIN, *VENUES, "--yes")

    assert 1 == ran.status
    assert "`rooms db upgrade` makes an empty one" in ran.err
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("answer, status, kept", [("y\n", 0, 1), ("n\n", 1, 0), ("\n", 1, 0)])
@pytest.mark.usefixtures("server")
def test_a_person_is_asked(
    place: Path,
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

    monkeypatch.setattr(sys, "argv", ["rooms", "oracle", "add", COIN, *VENUES])
    monkeypatch.setattr(sys, "stdin", Keyboard(answer))
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr()

    assert status == (ended.value.code or 0)
    assert f"{COIN} would be: binance DOGEUSDT:USDT" in said.err
    assert kept == len(rows(place))


@pytest.mark.usefixtures("server")
def test_where_nobody_can_be_asked_yes_is_wanted(rooms: Rooms, place: Path) -> None:
    """The probe has been shown by then; what is in force is told."""
    ran = rooms("oracle", "add", "SOL/USD", "--coinbase", "SOL-USD", "--kraken", "SOLUSD", "--quorum", "2")

    assert 2 == ran.status
    assert "SOL/USD is built in: binance SOLUSDT:USDT" in ran.err
    assert "Give --yes" in ran.err
    assert [] == rows(place)


@pytest.mark.usefixtures("server")
def test_somebody_else_was_faster(rooms: Rooms, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was looked at is no longer in force: nothing is written, and he is told."""

    def meanwhile(_adding: Adding) -> None:
        with sqlite3.connect(place) as connection:
            connection.execute(
                "INSERT INTO instrument VALUES (?, 1, ?, 'bob', ?, '', 0)",
                (COIN, '{"name":"DOGE/USD","listed":[]}', NOON_MS),
            )
        connection.close()

    monkeypatch.setattr(Adding, "confirm", meanwhile)
    ran = rooms("oracle", "add", COIN, *VENUES)

    assert 1 == ran.status
    assert "Somebody has changed DOGE/USD meanwhile: revision 1 is in force." in ran.err
    assert [(COIN, 1, "bob", "", 0)] == rows(place)
