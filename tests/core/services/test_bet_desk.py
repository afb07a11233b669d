"""The bet desk: concurrent orders share a unit of work, and one poisoned order harms no other."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from rooms_core.domain.bet import BalanceTooLow, Bet, BetOrder, BetRefused, DeskBusy, KeyConflict
from rooms_core.domain.invariants import InvariantBroken
from rooms_core.domain.journal import pot
from rooms_core.domain.room import Room
from rooms_core.ports.ids import IdSource
from rooms_core.ports.store import Store, StoreFailed
from rooms_core.result import Err, Ok, Result
from rooms_core.services.bet_desk import BetDesk
from rooms_core.services.place_bets import PlaceBets
from rooms_core.testing.builders import a_room, an_order, sols
from rooms_core.testing.house import House
from rooms_core.testing.memory.undo import Crashed
from rooms_core.testing.memory_store import Fate

TENTH = sols("0.1")
STOPPED = Err(StoreFailed("the desk was stopped before the answer came; ask again under the same key"))


@dataclass(slots=True, kw_only=True)
class Watching(PlaceBets):
    """Remembers the sizes of its batches, breaks on orders with a poisoned key, and never returns from call `stuck`."""

    sizes: list[int] = field(default_factory=list)
    poison: Exception | StoreFailed | None = None
    stuck: int = 0

    async def __call__(
        self, orders: Sequence[BetOrder]
    ) -> Result[list[Result[Bet, BetRefused]], StoreFailed]:
        """Place, unless poisoned."""
        self.sizes.append(len(orders))
        if len(self.sizes) == self.stuck:
            await asyncio.Event().wait()
        if any(order.key.startswith("poison") for order in orders):
            if isinstance(self.poison, Exception):
                raise self.poison
            if self.poison is not None:
                return Err(self.poison)
        return await PlaceBets.__call__(self, orders)


def watching(
    house: House,
    *,
    poison: Exception | StoreFailed | None = None,
    stuck: int = 0,
    batch_max: int = 500,
    queue_max: int = 5_000,
) -> tuple[BetDesk, list[int]]:
    """A desk over the house's store, and the sizes of the batches it makes."""
    store: Store = house.store
    ids: IdSource = house.ids
    place = Watching(store=store, ids=ids, poison=poison, stuck=stuck)
    desk = BetDesk(place=place, tasks=house.tasks, batch_max=batch_max, queue_max=queue_max)
    return desk, place.sizes


async def a_house(people: int = 10) -> tuple[House, Room]:
    """A room, and people 2, 4, 6, … with 1 SOL each."""
    house, room = House(), a_room()
    await house.books.people(*range(2, 2 * people + 2, 2), each=sols("1"))
    await house.books.opened(room)
    return house, room


def asked(desk: BetDesk, *orders: BetOrder) -> list[asyncio.Task[Result[Bet, BetRefused | StoreFailed]]]:
    """Orders that arrive one after another, each with somebody who waits."""
    return [asyncio.create_task(desk(order)) for order in orders]


def orders_of(people: int) -> list[BetOrder]:
    """One order each."""
    return [an_order(2 * number, "YES", TENTH) for number in range(1, people + 1)]


def many(count: int, *poisoned: int) -> list[BetOrder]:
    """So many orders, eight from each person, some of them poisoned."""
    return [
        an_order(2 + at // 8 * 2, "YES", TENTH, key=f"poison {at}" if at in poisoned else f"k{at}")
        for at in range(count)
    ]


async def test_a_bet_alone_is_placed_at_once() -> None:
    """Light load makes batches of one: nobody waits for a timer."""
    house, room = await a_house()
    answer = await house.desk(an_order(2, "YES", TENTH))

    assert isinstance(answer, Ok)
    assert 1 == house.desk.batches
    assert TENTH.value == await house.balance(pot(room.id))


async def test_orders_collect_while_a_batch_is_at_the_store() -> None:
    """The first goes alone; the nine that come meanwhile share one unit of work."""
    house, room = await a_house()
    desk, sizes = watching(house)
    async with house.store.busy():
        waiting = asked(desk, *orders_of(1))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        waiting += asked(desk, *orders_of(10)[1:])
        await asyncio.sleep(0)
        assert not any(task.done() for task in waiting)
    answers = await asyncio.gather(*waiting)

    assert all(isinstance(answer, Ok) for answer in answers)
    assert [1, 9] == sizes
    assert 10 * TENTH.value == await house.balance(pot(room.id))


async def test_a_batch_has_a_largest_size() -> None:
    """What does not fit goes with the next batch, in the order it came."""
    house, _ = await a_house()
    desk, sizes = watching(house, batch_max=4)
    answers = await asyncio.gather(*asked(desk, *orders_of(10)))

    assert [4, 4, 2] == sizes
    ids = [answer.value.id for answer in answers if isinstance(answer, Ok)]
    assert sorted(ids) == ids
    assert 10 == len(ids)


async def test_a_large_batch_is_answered_a_hundred_at_a_time() -> None:
    """The next batch goes to the store while the last of this one still wait; everybody is answered."""
    house, room = await a_house(250)
    desk, sizes = watching(house)
    waiting = asked(desk, *orders_of(250))

    assert isinstance(await waiting[0], Ok)
    assert not waiting[-1].done()

    assert {Ok} == {type(answer) for answer in await asyncio.gather(*waiting)}
    assert [250] == sizes
    assert 250 * TENTH.value == await house.balance(pot(room.id))


async def test_a_full_queue_refuses_at_once() -> None:
    """Bounds on everything: whoever comes too many is told so, and nothing was charged."""
    house, room = await a_house()
    desk, _ = watching(house, queue_max=2)
    async with house.store.busy():
        waiting = asked(desk, *orders_of(2))
        await asyncio.sleep(0)
        assert Err(DeskBusy(2)) == await desk(an_order(6, "YES", TENTH))
    await asyncio.gather(*waiting)

    assert 2 * TENTH.value == await house.balance(pot(room.id))
    assert isinstance(await desk(an_order(6, "YES", TENTH)), Ok)


async def test_each_order_has_its_own_answer() -> None:
    """A refusal in a batch is one person's; the others have their bets."""
    house, _ = await a_house()
    desk, sizes = watching(house)
    answers = await asyncio.gather(
        *asked(desk, an_order(2, "YES", TENTH), an_order(4, "YES", sols("2")), an_order(6, "NO", TENTH))
    )

    assert [3] == sizes
    assert isinstance(answers[0], Ok)
    assert Err(BalanceTooLow(sols("1"), sols("2"))) == answers[1]
    assert isinstance(answers[2], Ok)


async def test_the_same_key_twice_in_one_batch_is_one_bet() -> None:
    """A double click inside the same instant; another bet under that key is a conflict."""
    house, room = await a_house()
    desk, sizes = watching(house)
    click = an_order(2, "YES", TENTH, key="click")
    first, second, other = await asyncio.gather(
        *asked(desk, click, click, an_order(2, "NO", TENTH, key="click"))
    )

    assert [3] == sizes
    assert isinstance(first, Ok)
    assert first == second
    assert Err(KeyConflict(first.value)) == other
    assert TENTH.value == await house.balance(pot(room.id))


async def test_a_batch_the_store_failed_on_is_tried_again_as_a_whole() -> None:
    """Two failures in a row are weather: the third try answers all."""
    house, _ = await a_house()
    desk, sizes = watching(house)
    house.store.plan(Fate.FAILED, Fate.FAILED)
    answers = await asyncio.gather(*asked(desk, *orders_of(3)))

    assert [3, 3, 3] == sizes
    assert all(isinstance(answer, Ok) for answer in answers)


async def test_a_lost_answer_to_commit_places_nothing_twice() -> None:
    """The batch stood already: the second try is answered with the bets of the first."""
    house, room = await a_house()
    desk, sizes = watching(house)
    house.store.plan(Fate.UNKNOWN)
    answers = await asyncio.gather(*asked(desk, *orders_of(3)))

    assert [3, 3] == sizes
    assert all(isinstance(answer, Ok) for answer in answers)
    assert 3 * TENTH.value == await house.balance(pot(room.id))


@pytest.mark.parametrize(
    "poison", [StoreFailed("no such column", retryable=False), InvariantBroken("I2", "the pool is a cache")]
)
async def test_one_poisoned_order_is_found_by_halving(poison: StoreFailed | InvariantBroken) -> None:
    """Seven of eight are placed; the one that breaks the store or an invariant has that for an answer."""
    house, room = await a_house()
    desk, sizes = watching(house, poison=poison)
    orders = orders_of(8)
    orders[5] = an_order(12, "YES", TENTH, key="poison")
    answers = await asyncio.gather(*asked(desk, *orders), return_exceptions=True)

    assert [8, 4, 4, 2, 1, 1, 2] == sizes
    assert [0, 1, 2, 3, 4, 6, 7] == [at for at, answer in enumerate(answers) if isinstance(answer, Ok)]
    assert (poison if isinstance(poison, Exception) else Err(poison)) == answers[5]
    assert 7 * TENTH.value == await house.balance(pot(room.id))


async def test_a_broken_invariant_does_not_end_the_desk() -> None:
    """The next bet is served as if nothing had been."""
    house, _ = await a_house()
    desk, _ = watching(house, poison=InvariantBroken("I2", "broken"))

    with pytest.raises(InvariantBroken):
        await desk(an_order(2, "YES", TENTH, key="poison"))
    assert isinstance(await desk(an_order(4, "YES", TENTH)), Ok)


async def test_an_order_alone_is_tried_ten_times() -> None:
    """Whoever stands alone at a failing store is told in the end, and may ask again under his key."""
    house, _ = await a_house()
    desk, sizes = watching(house)
    house.store.plan(*[Fate.FAILED] * 10)
    answer = await desk(an_order(2, "YES", TENTH))

    assert Err(StoreFailed("COMMIT failed; nothing was written")) == answer
    assert [1] * 10 == sizes


async def test_a_store_that_is_down_fails_everybody_in_the_end() -> None:
    """Three tries as a pair, ten for each alone: then both know, and nothing was charged."""
    house, room = await a_house()
    desk, sizes = watching(house)
    house.store.plan(*[Fate.FAILED] * 23)
    answers = await asyncio.gather(*asked(desk, *orders_of(2)))

    assert [2] * 3 + [1] * 20 == sizes
    assert all(isinstance(answer, Err) for answer in answers)
    assert 0 == await house.balance(pot(room.id))


@pytest.mark.parametrize("tries, sizes", [(1, [2] * 3 + [1] * 20), (2, [2] * 2 + [1] * 10), (10, [2, 1, 1])])
async def test_what_the_store_tried_itself_counts(tries: int, sizes: list[int]) -> None:
    """A store that ran the batch again where others were in its way has used up tries of the desk's."""
    house, _ = await a_house()
    desk, seen = watching(house, poison=StoreFailed("in the way", tries=tries))
    pair = [an_order(2, "YES", TENTH, key="poison"), an_order(4, "YES", TENTH, key="poison")]
    answers = await asyncio.gather(*asked(desk, *pair))

    assert sizes == seen
    assert [Err(StoreFailed("in the way", tries=tries))] * 2 == answers


@pytest.mark.parametrize(
    "poisoned, failed", [([0], 40), ([1_999], 43), ([0, 1], 53), ([0, 1_999], 80), ([999, 1_499, 1_999], 120)]
)
async def test_poison_that_looks_like_weather_is_found_among_two_thousand(
    poisoned: list[int], failed: int
) -> None:
    """Up to three orders that always fail as a silent store does are told apart; all others have their bets."""
    house, room = await a_house(250)
    weather = StoreFailed("the statement took too long")
    desk, sizes = watching(house, poison=weather, batch_max=2_000)
    before = house.store.commits
    answers = await asyncio.gather(*asked(desk, *many(2_000, *poisoned)))

    assert failed == len(sizes) - (house.store.commits - before)
    assert poisoned == [at for at, answer in enumerate(answers) if answer == Err(weather)]
    assert 2_000 - len(poisoned) == sum(isinstance(answer, Ok) for answer in answers)
    assert (2_000 - len(poisoned)) * TENTH.value == await house.balance(pot(room.id))


async def test_a_store_that_is_gone_is_tried_sixty_times_and_not_each_order_alone() -> None:
    """All of the batch hear of it, and all who waited behind it; the next order is tried anew."""
    house, room = await a_house(76)
    gone = StoreFailed("no primary")
    desk, sizes = watching(house, poison=gone)
    answers = await asyncio.gather(*asked(desk, *many(600, *range(600))))

    assert [Err(gone)] * 600 == answers
    assert 60 == len(sizes)
    assert [500, 500, 500, 250, 250, 250] == sizes[:6]
    assert 0 == await house.balance(pot(room.id))
    assert isinstance(await desk(an_order(2, "YES", TENTH)), Ok)


async def test_between_tries_the_store_is_left_alone_for_longer_and_longer() -> None:
    """Chance draws each pause from 0 to a bound; no pause before the first try, nor after a success or the last."""
    house, _ = await a_house()
    desk, _ = watching(house)
    house.store.plan(*[Fate.FAILED] * 10)
    await desk(an_order(2, "YES", TENTH))
    assert [20, 40, 80, 160, 250, 250, 250, 250, 250] == house.tasks.pauses

    house.store.plan(Fate.FAILED)
    await desk(an_order(2, "YES", TENTH))
    await desk(an_order(4, "YES", TENTH))
    assert [20] == house.tasks.pauses[9:]


async def test_a_batch_of_much_poison_comes_to_an_end() -> None:
    """After 120 failures its rest is told to ask again; those behind it are served, as the store is there."""
    house, room = await a_house()
    desk, _ = watching(house, poison=StoreFailed("the statement took too long"), batch_max=40)
    orders = many(42, *range(0, 40, 2))
    answers = await asyncio.gather(*asked(desk, *orders))

    good = [at for at, answer in enumerate(answers) if isinstance(answer, Ok)]
    assert [40, 41] == good[-2:]
    assert 2 < len(good) < 22
    assert len(good) * TENTH.value == await house.balance(pot(room.id))
    again = await asyncio.gather(*asked(desk, *orders[1::2]))
    assert all(isinstance(answer, Ok) for answer in again)
    assert 22 * TENTH.value == await house.balance(pot(room.id))


async def test_whoever_goes_away_disturbs_nobody() -> None:
    """A cancelled asker's bet may stand; the others have their answers, and the desk goes on."""
    house, _ = await a_house()
    desk, _ = watching(house)
    async with house.store.busy():
        waiting = asked(desk, *orders_of(3))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        waiting[1].cancel()
    answers = await asyncio.gather(*waiting, return_exceptions=True)

    assert [Ok, asyncio.CancelledError, Ok] == [type(answer) for answer in answers]
    assert isinstance(await desk(an_order(8, "YES", TENTH)), Ok)
    again = await desk(orders_of(3)[1])
    assert isinstance(again, Ok)


async def test_when_the_desk_breaks_off_nobody_waits_for_ever() -> None:
    """Those in the batch and those in the queue are told to ask again, and the next order starts the desk anew."""
    house, room = await a_house()
    desk, sizes = watching(house, batch_max=2)
    house.store.crash_after(1)
    waiting = asked(desk, *orders_of(3))
    await asyncio.sleep(0)
    with pytest.raises(Crashed):
        await house.tasks.drain()

    assert [STOPPED] * 3 == await asyncio.gather(*waiting)
    assert isinstance(await desk(an_order(2, "YES", TENTH)), Ok)
    assert [2, 1] == sizes
    assert TENTH.value == await house.balance(pot(room.id))


async def test_a_desk_that_is_stopped_before_its_first_step_answers_too() -> None:
    """Nothing was tried; whoever waits is told, and whoever comes later finds a desk that works."""
    house, _ = await a_house()
    desk, sizes = watching(house)
    waiting = asked(desk, *orders_of(3))
    await asyncio.sleep(0)
    await house.tasks.stop()

    assert [] == sizes
    assert [STOPPED] * 3 == await asyncio.gather(*waiting)
    assert all(isinstance(answer, Ok) for answer in await asyncio.gather(*asked(desk, *orders_of(3))))
    assert [3] == sizes


async def test_when_the_desk_is_stopped_each_is_told_what_is_known() -> None:
    """Whose bet stands hears so, also if he was not answered yet; the others ask again, and nobody has two bets."""
    house, room = await a_house(40)
    broken = StoreFailed("no such column", retryable=False)
    desk, sizes = watching(house, poison=broken, stuck=3, batch_max=250)
    orders = many(300, 249)
    waiting = asked(desk, *orders)
    while len(sizes) < 3:  # noqa: ASYNC110 - one turn of the loop
        await asyncio.sleep(0)
    await house.tasks.stop()
    answers = await asyncio.gather(*waiting)

    assert [250, 125, 125] == sizes
    assert [Ok] * 125 == [type(answer) for answer in answers[:125]]
    assert [STOPPED] * 175 == answers[125:]
    assert 125 * TENTH.value == await house.balance(pot(room.id))
    again = await asyncio.gather(*asked(desk, *orders))
    assert answers[:125] == again[:125]
    assert [Err(broken)] == [answer for answer in again if isinstance(answer, Err)]
    assert 299 * TENTH.value == await house.balance(pot(room.id))
