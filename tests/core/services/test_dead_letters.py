"""What was given up can be looked at and told again."""

from __future__ import annotations

import pytest

from rooms_core.domain.events import Event, EventKind
from rooms_core.domain.ids import UserId
from rooms_core.ports.notifier import NotifyFailed
from rooms_core.result import Err, Ok
from rooms_core.services.announce import Announced
from rooms_core.services.dead_letters import DeadLetters
from rooms_core.testing.house import House
from rooms_core.testing.memory_store import Fate
from rooms_core.testing.overtaken import Overtaken


async def with_dead(count: int) -> tuple[House, DeadLetters]:
    """A house in which so many notices could not be told."""
    house = House()
    events = [Event(kind=EventKind.ROOM_OPENED, user=UserId(2 * user), ref=9) for user in range(1, count + 1)]
    await house.books.do(lambda books: books.outbox.add(events))
    house.notifier.plan(*[NotifyFailed("blocked", retryable=False)] * count)
    while await house.announce() != Ok(Announced(0, 0, 0)):
        pass  # the next block
    return house, DeadLetters(store=house.store)


async def test_they_come_in_pages_with_the_reason() -> None:
    """By id, oldest first."""
    _, letters = await with_dead(3)

    first = await letters.page(2)
    assert isinstance(first, Ok)
    rest = await letters.page(2, after=first.value[-1].notice.id)
    assert isinstance(rest, Ok)

    assert [2, 4, 6] == [letter.notice.event.user for letter in (*first.value, *rest.value)]
    assert {"blocked"} == {letter.why for letter in first.value}


async def test_one_that_is_revived_is_told() -> None:
    """Under its old id; what is no dead letter is passed over."""
    house, letters = await with_dead(2)
    dead = await letters.page(9)
    assert isinstance(dead, Ok)

    assert Ok(1) == await letters.revive([dead.value[0].notice.id, 999])
    assert [2] == [event.user for event in await house.told()]
    assert dead.value[0].notice.id == house.notifier.delivered[0].id


async def test_all_are_revived_in_blocks() -> None:
    """However many there are."""
    house, letters = await with_dead(1_005)

    assert Ok(1_005) == await letters.revive_all()
    assert Ok(0) == await letters.revive_all()
    assert 1_005 == len(await house.told())


@pytest.mark.parametrize("good", [0, 1, 2])
async def test_a_silent_store_is_told_of(good: int) -> None:
    """What was revived until then stays so."""
    house, letters = await with_dead(2)
    house.store.plan(*[Fate.DONE] * good, Fate.FAILED)

    assert isinstance(await letters.revive_all(), Err)


async def test_one_that_dies_again_meanwhile_is_revived_once() -> None:
    """Whoever queues all of them anew comes to an end, however quickly they are given up again."""
    house, letters = await with_dead(2)
    house.notifier.plan(*[NotifyFailed("blocked", retryable=False)] * 2)
    again = DeadLetters(store=Overtaken(house.store, house.announce, after=2))

    assert Ok(2) == await again.revive_all()
    assert isinstance(dead := await letters.page(9), Ok)
    assert 2 == len(dead.value)
