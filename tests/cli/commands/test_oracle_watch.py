"""`rooms oracle watch`, over a feed server that does what feeds have done."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
from tests.cli.feeds import serving

from rooms_cli.price_watch import PriceWatch, Seen, SeenTick
from rooms_cli.watch_screen import Screen, picture
from rooms_cli.watch_view import feed_rows, gap, headline, instrument_rows
from rooms_oracle.breaker import BreakerState
from rooms_oracle.listing import LISTINGS
from rooms_oracle.stats import FeedStanding
from rooms_oracle.testing.faults import Fault
from rooms_oracle.testing.feed_server import FeedServer
from rooms_oracle.testing.table_feeds import TableFeeds


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
def server(one_server: FeedServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FeedServer:
    """The same without faults; the command line asks it, in a folder without books."""
    one_server.faults.clear()
    one_server.calls.clear()
    monkeypatch.setenv("ROOMS_FEEDS", one_server.address("")[:-1])
    monkeypatch.chdir(tmp_path)
    return one_server


def looked(rooms: Rooms, *words: str, families: int = 4) -> Any:
    """A look at a tick whose feeds had time to answer: on a busy machine not the first one."""
    ran = rooms("oracle", "watch", *words, "--once")
    for _ in range(8):
        inside = (
            [len(each["families_in"]) for each in ran.lines[0]["instruments"]] if "--json" in words else []
        )
        if ran.status == 0 and all(each >= families for each in inside):
            break
        ran = rooms("oracle", "watch", *words, "--once")
    return ran


@pytest.mark.usefixtures("server")
def test_one_tick_is_shown_as_the_monitor_would_see_it(rooms: Rooms) -> None:
    """Price, band and families, and of each feed how it stands; prices are texts, times ms."""
    ran = looked(rooms, "SOL/USD", "--json")
    (tick,) = ran.lines
    (seen,) = tick["instruments"]
    feeds = {each["feed"]: each for each in tick["feeds"]}

    assert (0, 0, 0) == (ran.status, tick["tick_ms"] % 3_000, tick["skipped"])
    assert ("SOL/USD", "ACCEPTED", -12) == (seen["instrument"], seen["status"], seen["scale"])
    assert int(seen["lo"]) <= int(seen["price"]) <= int(seen["hi"])
    assert {"binance", "coinbase", "kraken", "okx"} <= set(seen["families_in"])
    assert seen["accepted_ms"] == tick["tick_ms"]
    assert {"CLOSED"} == {each["breaker"] for each in feeds.values()}
    assert all(each["calls"] and each["budget"] and each["p50_ms"] is not None for each in feeds.values())


@pytest.mark.usefixtures("server")
def test_whoever_reads_along_is_told_who_is_asked(rooms: Rooms) -> None:
    """A table of instruments and one of feeds; not the venues themselves are asked."""
    ran = looked(rooms, "SOL/USD", "BTC/USD", "SOL/USD")
    lines = ran.out.splitlines()

    assert 0 == ran.status
    assert "asked of http://127.0.0.1" in lines[0]
    assert ["instrument", "SOL/USD", "BTC/USD", "feed"] == [line.split()[0] for line in lines[1:5]]
    assert {"binance", "kraken"} <= {line.split()[0] for line in lines[5:]}


def test_a_feed_that_fails_is_named_in_words(rooms: Rooms, server: FeedServer) -> None:
    """It is out of the price, and its reason and its error are shown."""
    server.faults["okx"] = Fault.HTML
    ran = looked(rooms, "SOL/USD", "--json", families=3)
    (seen,) = ran.lines[0]["instruments"]
    told = looked(rooms, "SOL/USD")

    assert (0, 0) == (ran.status, told.status)
    assert "okx" in seen["families_out"]
    assert [] != [
        each for source, each in seen["refused"].items() if source.startswith("okx:") and each["words"]
    ]
    assert 1 <= sum(next(each for each in ran.lines[0]["feeds"] if each["feed"] == "okx")["errors"].values())
    assert f"okx: {seen['refused']['okx:SOL-USDT']['words']}" in told.out


def test_without_a_price_the_status_is_one(rooms: Rooms, server: FeedServer) -> None:
    """So that a script can ask; the tick says why."""
    for feed in ("binance", "coinbase", "kraken", "okx"):
        server.faults[feed] = Fault.HTML
    ran = rooms("oracle", "watch", "SOL/USD", "--once", "--json")

    assert (1, "NO_QUORUM", None) == (
        ran.status,
        ran.lines[0]["instruments"][0]["status"],
        ran.lines[0]["instruments"][0]["price"],
    )


@pytest.mark.usefixtures("server")
def test_the_instruments_of_open_rooms_are_watched(rooms: Rooms, books: Path) -> None:
    """Those of the books, or all that are listed where there are none."""
    of_books = rooms("oracle", "watch", "--once", "--json", "--database", str(books))
    of_none = rooms("oracle", "watch", "--once", "--json")

    assert ["SOL/USD"] == [each["instrument"] for each in of_books.lines[0]["instruments"]]
    assert sorted(each.name for each in LISTINGS) == [
        each["instrument"] for each in of_none.lines[0]["instruments"]
    ]


@pytest.mark.usefixtures("server")
def test_what_is_not_listed_is_refused_before_anybody_is_asked(rooms: Rooms) -> None:
    """With the nearest name that is."""
    ran = rooms("oracle", "watch", "SOL/USDD", "--once")

    assert (1, True) == (ran.status, "Did you mean SOL/USD?" in ran.err)


def test_prices_that_are_made_up_are_called_so(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """There are no feeds then."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ROOMS_FEEDS", "generated")
    ran = rooms("oracle", "watch", "SOL/USD", "--once")

    assert 0 == ran.status
    assert "made up" in ran.out
    assert "feed " not in ran.out


@pytest.mark.usefixtures("server", "at_terminal")
def test_on_a_terminal_one_screen_is_drawn_anew_with_each_tick(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tick after tick, each three seconds after the one before, until somebody has seen enough."""
    shown: list[SeenTick] = []
    draw = Screen.show

    def show(screen: Screen, tick: SeenTick) -> None:
        draw(screen, tick)
        shown.append(tick)
        if len(shown) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(Screen, "show", show)
    ran = rooms("oracle", "watch", "SOL/USD")

    assert 130 == ran.status
    assert 3_000 == shown[1].at_ms - shown[0].at_ms - 3_000 * shown[1].skipped


async def test_a_silence_is_counted_since_the_last_price() -> None:
    """Up to 6 s it is none; before the first price there is nothing to count from."""
    feeds = TableFeeds()
    feeds.add("X/USD")
    feeds.say("X/USD", 3_000, 10**12)
    watch = PriceWatch(feeds, ["X/USD", "unknown"])
    ticks = [await watch.look(tick_ms) for tick_ms in range(0, 15_000, 3_000)]

    assert ["no price yet", "", "", "", "9 s"] == [
        gap(seen, number * 3_000) for number, (seen, _) in enumerate(ticks)
    ]
    assert {"unknown"} == {each.status for _, each in ticks}


STANDING = FeedStanding(
    name="okx",
    on=True,
    last_success_ms=1,
    age_ms=1_500,
    p50_ms=20,
    p99_ms=30,
    calls=1_000,
    errors={"TIMEOUT": 2, "MALFORMED": 1},
    breaker=BreakerState.OPEN,
    budget=7,
)
SEEN = Seen(
    name="X/USD",
    status="ACCEPTED",
    price=10**12,
    lo=10**12 - 10**8,
    hi=10**12 + 2 * 10**8,
    agreed=("a", "b"),
    others=("c",),
    refused={"c:X": "TIMEOUT", "d:X": "TIMEOUT", "d:Y": "TIMEOUT", "e:X": "STALE"},
    ages_ms=(-300, 1_240),
)


def test_rows_are_for_people() -> None:
    """Each reason once with all it is true of; a band in basis points; a feed by its standing."""
    tick = SeenTick(at_ms=1_767_279_933_000, skipped=3, instruments=(SEEN,), feeds=(STANDING,))
    off = FeedStanding(
        **{name: getattr(STANDING, name) for name in FeedStanding.__slots__}
        | {"on": False, "age_ms": None, "p50_ms": None}
    )

    (row,), (feed,) = instrument_rows(tick), feed_rows(tick)
    assert ["X/USD", "1.000000", "-1.0 +2.0 bps", "a b", "c", "1.2 s", ""] == row[:7]
    assert "c, d: no answer in time; e: its price is too old" == row[7]
    assert ["okx", "1.5 s ago", "20 ms", "30 ms", "1,000", "7", "OPEN", "MALFORMED 1, TIMEOUT 2"] == feed
    assert ["okx", "never", "", "30 ms", "1,000", "7", "switched off"] == feed_rows(
        SeenTick(at_ms=0, skipped=0, instruments=(), feeds=(off,))
    )[0][:7]
    assert "Tick 2026-01-01 15:05:33 UTC · the venues · 3 ticks skipped" == headline(tick, "the venues")
    assert picture(tick, "the venues", 80).renderables
