"""What the books list is priced, from the start and while a process runs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.cli.loops.evening import an_evening
from tests.cli.loops.virtual import Place, Told

from rooms_cli.loops.listings import LearnListings
from rooms_cli.loops.monitor import Monitor
from rooms_cli.loops.oracles import Oracles
from rooms_cli.loops.standing import LoopStanding
from rooms_core.domain.listing import Listed, Listing, RuleChoices
from rooms_core.ports.store import StoreFailed
from rooms_core.result import Err, Ok
from rooms_core.services.list_instrument import ListInstrument
from rooms_core.testing.bookkeeper import Bookkeeper
from rooms_core.testing.builders import a_room
from rooms_core.testing.clock import ManualClock
from rooms_core.testing.memory_store import Fate, MemoryStore
from rooms_core.testing.rng import SeededRng
from rooms_oracle.generated import GeneratedFeeds
from rooms_oracle.listing import LISTINGS
from rooms_oracle.live import LiveFeeds, open_feeds
from rooms_oracle.settings import DEFAULTS
from rooms_oracle.testing.clocks import ManualPace
from rooms_oracle.testing.feed_server import FeedServer

SOL = Listing(
    name="SOL/USD",
    listed=(Listed("coinbase", "SOL-USD"), Listed("kraken", "SOLUSD")),
    rule=RuleChoices(quorum=2),
)
KEYLESS = ("binance", "coinbase", "kraken", "okx")


@pytest.fixture
async def feeds(place: Place) -> AsyncIterator[LiveFeeds]:
    """The four feeds without a key, over HTTP at noon."""
    clock: ManualClock = place.clock
    async with FeedServer(GeneratedFeeds(7), clock) as server:
        settings = server.settings({name: DEFAULTS[name] for name in KEYLESS})
        opened = open_feeds(settings, clock=clock, pace=ManualPace(clock), rng=SeededRng())
        yield opened
        await opened.close()


async def listed(store: MemoryStore, listing: Listing = SOL, seen: int = 0) -> None:
    """Somebody lists it."""
    assert isinstance(await ListInstrument(store=store, built_in=LISTINGS)(listing, seen=seen, by="ann"), Ok)


async def test_a_look_tells_what_has_changed_since_the_last(place: Place, feeds: LiveFeeds) -> None:
    """And the feeds go by it; where nothing has, nothing is read."""
    learn = LearnListings(feeds)
    first = await learn(place.store)
    await listed(place.store)
    second, third = await learn(place.store), await learn(place.store)
    instrument = feeds.instrument("SOL/USD")

    assert [Ok(()), Ok(("SOL/USD",)), Ok(())] == [first, second, third]
    assert {each.name for each in LISTINGS} == set(learn.listed)
    assert instrument is not None
    assert (2, ["coinbase:SOL-USD", "kraken:SOLUSD"]) == (instrument.params.quorum, list(instrument.sources))


async def test_books_that_do_not_answer_change_nothing(place: Place, feeds: LiveFeeds) -> None:
    """They are asked again by the next look."""
    await listed(place.store)
    learn = LearnListings(feeds)
    place.store.plan(Fate.FAILED)
    failed = await learn(place.store)

    assert isinstance(failed, Err)
    assert isinstance(failed.why, StoreFailed)
    assert Ok(("SOL/USD",)) == await learn(place.store)


async def test_a_monitor_goes_by_what_is_listed_meanwhile(place: Place, told: Told, feeds: LiveFeeds) -> None:
    """On its next tick: a price is that of the families of now, and it is told once."""
    oracles, standing = Oracles(feeds), LoopStanding(role="monitor")
    await Bookkeeper(place.store, place.clock).do(lambda books: books.rooms.add(a_room()))
    monitor = Monitor(
        new_oracle=oracles,
        clock=place.clock,
        log=told,
        answered=lambda: None,
        learn=LearnListings(feeds, lambda: oracles.newest),
    )
    agreed = []
    for tick in range(3):
        if tick == 1:
            await listed(place.store)
        place.clock.set(monitor.due_ms(place.clock.now_ms()))
        assert isinstance(await monitor.turn(place.store, 1, standing), Ok)
        assert oracles.newest is not None
        (stands,) = [each for each in oracles.newest.standings() if each.name == "SOL/USD"]
        agreed.append(stands.agreed)
        place.clock.advance(1_500)

    assert [{"listings": ["SOL/USD"]}] == told.of("instruments are listed anew")
    assert [4, 2, 2] == agreed
    assert 3 == standing.counts["ticks"]


async def test_a_running_process_takes_up_what_is_listed(tmp_path: Path) -> None:
    """Nobody starts it again."""
    async with an_evening(str(tmp_path / "books.db")) as evening:
        process = await evening.run("monitor")
        await process.tells("has the role", role="monitor")
        assert isinstance(
            await ListInstrument(store=evening.books, built_in=LISTINGS)(SOL, seen=0, by="ann"), Ok
        )
        told = await process.tells("instruments are listed anew")

    assert ["SOL/USD"] == told["listings"]
