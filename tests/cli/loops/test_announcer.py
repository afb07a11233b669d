"""The announcer empties the outbox block by block, and prints no more than it may."""

from __future__ import annotations

from tests.cli.loops.virtual import Place, Told

from rooms_cli.loops.announcer import Announcer, LogNotifier
from rooms_cli.loops.standing import LoopStanding
from rooms_core.domain.events import Event, EventKind
from rooms_core.domain.ids import UserId
from rooms_core.ports.books import Books
from rooms_core.ports.store import StoreFailed
from rooms_core.result import Err, Ok, Result
from rooms_core.services.announce import Announce
from rooms_core.testing.memory_store import Fate


async def fill(place: Place, count: int) -> None:
    """Leave notices in the outbox."""

    async def work(books: Books) -> Result[None, StoreFailed]:
        await books.outbox.add(
            [
                Event(kind=EventKind.ROOM_SETTLED, user=UserId(2), ref=ref, facts={"amount": "12345"})
                for ref in range(2, 2 + count)
            ]
        )
        return Ok(None)

    assert Ok(None) == await place.store.run(work)


async def test_what_waits_is_printed_block_by_block(place: Place, told: Told) -> None:
    """Without a pause while there is more, then once a second; no amounts, no role."""
    await fill(place, 250)
    job = Announcer(
        announce=lambda store: Announce(store=store, notifier=LogNotifier(told), clock=place.clock),
        clock=place.clock,
    )
    begun_ms = place.clock.now_ms()
    standing = LoopStanding(role="announcer")
    while standing.counts["delivered"] < 250:
        assert Ok(None) == await job.turn(place.store, 0, standing)
        assert begun_ms == job.due_ms(begun_ms)
    await job.turn(place.store, 0, standing)

    assert begun_ms + 1_000 == job.due_ms(begun_ms)
    assert {"notice", "kind", "user", "ref"} == set(told.of("notice")[0])
    assert 250 == len(told.of("notice"))


async def test_a_store_that_does_not_answer_fails_the_turn(place: Place, told: Told) -> None:
    """What was not taken is taken later."""
    await fill(place, 1)
    place.store.plan(Fate.FAILED)
    job = Announcer(
        announce=lambda store: Announce(store=store, notifier=LogNotifier(told), clock=place.clock),
        clock=place.clock,
    )
    assert isinstance(await job.turn(place.store, 0, LoopStanding(role="announcer")), Err)
    assert [] == told.lines
