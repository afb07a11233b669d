"""The promises of `ports.scores` and `ports.statistics`, on two days with settled, refunded and void rooms."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence

import pytest

from rooms_core.domain.ids import RoomId, UserId
from rooms_core.domain.journal import BREAKAGE, PROTOCOL
from rooms_core.domain.money import ZERO, Lamports
from rooms_core.domain.score import ALL_TIME, DAY_MS, Day, HouseScore, Score, day_of
from rooms_core.domain.status import RoomStatus
from rooms_core.ports.books import Books
from rooms_core.ports.pages import Mark
from rooms_core.ports.statistics import HIT_ROOMS_MIN, Board
from rooms_core.ports.store import StoreFailed
from rooms_core.result import Ok, Result
from rooms_core.services.count_rooms import CountRooms
from rooms_core.services.settle_room import SettleRoom
from rooms_core.testing.bookkeeper import Bookkeeper
from rooms_core.testing.builders import a_bet, a_resolution, a_room, a_user, populate, sols
from rooms_core.testing.clock import NOON_MS, ManualClock
from rooms_core.testing.memory_store import MemoryStore

ANN, BEN, CAT, HOST, IDLE = UserId(2), UserId(4), UserId(6), UserId(8), UserId(10)
TODAY = day_of(NOON_MS)
TOMORROW = Day(TODAY + 1)
Stake = tuple[UserId, str, str, int]
"""Who, on what, how many SOL, how many ms after noon."""


async def end(
    keeper: Bookkeeper,
    number: int,
    *stakes: Stake,
    host: UserId | None = None,
    late_after_ms: int | None = None,
) -> None:
    """A room with these bets, answered YES and settled (void where nobody stands against anybody)."""
    resolution = a_resolution("YES", late_after_ms=None if late_after_ms is None else NOON_MS + late_after_ms)
    room = a_room(number, host=host, status=RoomStatus.SETTLING, resolution=resolution)
    bets = [
        a_bet(number * 100 + 2 * place, who, outcome, sols(amount), room=number, at_ms=NOON_MS + at_ms)
        for place, (who, outcome, amount, at_ms) in enumerate(stakes)
    ]
    await keeper.opened(room, *bets)
    assert isinstance(await SettleRoom(store=keeper.store)(room.id), Ok)


@pytest.fixture
async def days(keeper: Bookkeeper) -> Bookkeeper:
    """Today a hosted room 90 + 10 : 50, one with late and unmatched stakes, and a void one; tomorrow one more."""
    await populate(
        keeper.store,
        {
            a_user(ANN): sols("900"),
            a_user(BEN, ANN): sols("900"),
            a_user(CAT): sols("900"),
            a_user(HOST): sols("9"),
        },
    )
    await end(keeper, 1_000, (ANN, "YES", "90", 0), (BEN, "YES", "10", 0), (BEN, "NO", "50", 0), host=HOST)
    await end(
        keeper,
        1_002,
        (ANN, "YES", "33", 0),
        (BEN, "NO", "1", 0),
        (CAT, "YES", "5", 7),
        (BEN, "NO", "2", 7),
        host=ANN,
        late_after_ms=5,
    )
    await end(keeper, 1_004, (ANN, "YES", "3", 0), (CAT, "YES", "4", 0), host=HOST)
    keeper.clock.advance(seconds=DAY_MS // 1_000)
    await end(keeper, 1_006, (ANN, "NO", "2", 0), (CAT, "YES", "1", 0))
    return keeper


async def counted(keeper: Bookkeeper) -> int:
    """Count all that waits; how many rooms there were."""
    match await CountRooms(store=keeper.store)():
        case Ok(done):
            assert () == done.failed
            return done.rooms
        case other:
            pytest.fail(str(other))


async def everything(keeper: Bookkeeper, users: Sequence[UserId]) -> tuple[list[Score], list[HouseScore]]:
    """All scores there are."""
    scores, houses = [], [await keeper.ask(lambda ask: ask.house())]
    for user in users:
        scores.append(await keeper.ask(lambda ask, user=user: ask.score(user)))  # type: ignore[misc]
        scores += await keeper.ask(lambda ask, user=user: ask.scores(user))  # type: ignore[misc]
    return scores, houses + await keeper.ask(lambda ask: ask.house_days())


async def test_nothing_is_counted_before_somebody_counts(days: Bookkeeper) -> None:
    """The rooms wait, those that ended first first; every score is 0."""

    async def waiting(books: Books) -> list[list[RoomId]]:
        return [await books.scores.waiting(3), await books.scores.waiting(9)]

    assert [[1_000, 1_002, 1_004], [1_000, 1_002, 1_004, 1_006]] == await days.do(waiting)
    assert 4 == await days.ask(lambda ask: ask.uncounted())
    assert Score(user=ANN, day=ALL_TIME) == await days.ask(lambda ask: ask.score(ANN))
    assert HouseScore(day=TODAY) == await days.ask(lambda ask: ask.house(TODAY))
    assert [] == await days.ask(lambda ask: ask.leaders(Board.PROFIT))


async def test_a_users_scores_by_day_and_over_all_time(days: Bookkeeper) -> None:
    """Gross stakes are volume, refunds are none; a void room is neither hit nor miss; days are UTC, the last first."""
    assert 4 == await counted(days)

    today = Score(
        user=ANN,
        day=TODAY,
        rooms=2,
        hits=2,
        voided=1,
        volume=sols("122"),
        profit=(sols("130.95") - sols("90")).value + (sols("32.01") - sols("32")).value,
        hosted=1,
        host_volume=sols("33"),
        host_earned=sols("0.33"),
    )
    tomorrow = Score(user=ANN, day=TOMORROW, rooms=1, volume=sols("2"), profit=-sols("2").value)
    assert [tomorrow, today] == await days.ask(lambda ask: ask.scores(ANN))
    assert today == await days.ask(lambda ask: ask.score(ANN, TODAY))
    assert [today] == await days.ask(lambda ask: ask.scores(ANN, before=TOMORROW))
    assert [tomorrow] == await days.ask(lambda ask: ask.scores(ANN, limit=1))
    assert (3, 2, 1, sols("124"), today.profit + tomorrow.profit) == (
        (whole := await days.ask(lambda ask: ask.score(ANN))).rooms,
        whole.hits,
        whole.voided,
        whole.volume,
        whole.profit,
    )


async def test_the_worked_day_of_the_docs(keeper: Bookkeeper) -> None:
    """docs/statistics.md: Ann and Ben in a hosted room, Ann and Cat in one that nobody stakes against."""
    await keeper.people(ANN, BEN, CAT, HOST, each=sols("100"))
    await end(keeper, 1_000, (ANN, "YES", "90", 0), (BEN, "YES", "10", 0), (BEN, "NO", "50", 0), host=HOST)
    await end(keeper, 1_002, (ANN, "YES", "3", 0), (CAT, "YES", "4", 0))
    await counted(keeper)

    ann, ben, cat = [await keeper.ask(lambda ask, u=user: ask.score(u)) for user in (ANN, BEN, CAT)]  # type: ignore[misc]
    house = await keeper.ask(lambda ask: ask.house())

    assert (1, 1, 1, sols("90"), sols("40.95").value) == (
        ann.rooms,
        ann.hits,
        ann.voided,
        ann.volume,
        ann.profit,
    )
    assert (1, 1, 0, sols("60"), -sols("45.45").value) == (
        ben.rooms,
        ben.hits,
        ben.voided,
        ben.volume,
        ben.profit,
    )
    assert Score(user=CAT, day=ALL_TIME, voided=1) == cat
    assert (1, 1, 2, 2, sols("150"), sols("145.5"), sols("4.5"), sols("3").value) == (
        house.settled,
        house.voided,
        house.players,
        house.hits,
        house.volume,
        house.paid,
        house.takeout,
        house.profit,
    )


async def test_who_was_refunded_has_not_played(days: Bookkeeper) -> None:
    """All of Cat's stake was late, so the room is no miss of hers; only the void one and tomorrow's count."""
    await counted(days)

    assert Score(user=CAT, day=TODAY, voided=1) == await days.ask(lambda ask: ask.score(CAT, TODAY))
    assert (1, 1, sols("1")) == (
        (tomorrow := await days.ask(lambda ask: ask.score(CAT, TOMORROW))).rooms,
        tomorrow.hits,
        tomorrow.volume,
    )


async def test_the_house_by_day_and_over_all_time(days: Bookkeeper) -> None:
    """Volume + subsidy = takeout + paid + breakage on every day; void rooms are counted and move nothing."""
    await counted(days)
    whole = await days.ask(lambda ask: ask.house())
    by_day = await days.ask(lambda ask: ask.house_days())

    assert [TOMORROW, TODAY] == [each.day for each in by_day]
    assert [by_day[1]] == await days.ask(lambda ask: ask.house_days(before=TOMORROW))
    assert [by_day[0]] == await days.ask(lambda ask: ask.house_days(limit=1))
    assert (3, 1, 3, 6, 4, sols("186")) == (
        whole.settled,
        whole.voided,
        whole.hosted,
        whole.players,
        whole.hits,
        whole.volume,
    )
    for each in (whole, *by_day):
        assert each.volume + each.subsidy == each.takeout + each.paid + each.breakage
    kept = await days.ask(lambda ask: ask.balances([PROTOCOL, BREAKAGE]))
    assert whole.profit == sum(kept.values())
    assert whole.volume == by_day[0].volume + by_day[1].volume


async def test_each_room_is_counted_once(days: Bookkeeper) -> None:
    """Counting a room again is refused and changes nothing, nor does a unit of work that is rolled back."""
    await counted(days)
    before = await everything(days, [ANN, BEN, CAT, HOST])

    assert not await days.do(lambda books: books.scores.count(RoomId(1_000)))
    assert not await days.do(lambda books: books.scores.count(RoomId(9_998)))
    await end(days, 1_008, (ANN, "YES", "1", 0), (BEN, "NO", "1", 0))
    assert await days.undo(lambda books: books.scores.count(RoomId(1_008)))

    assert before == await everything(days, [ANN, BEN, CAT, HOST])
    assert 1 == await days.ask(lambda ask: ask.uncounted())
    assert [1, 0] == [await counted(days), await counted(days)]


async def test_a_room_that_is_being_counted_is_not_counted_twice_by_counting_again(days: Bookkeeper) -> None:
    """Whoever empties the scores waits for him: what he adds a moment later would stand beside its own recount."""
    count = CountRooms(store=days.store)
    assert isinstance(await count.rest(), Ok)
    once = await days.ask(lambda ask: ask.house())
    await end(days, 1_100, (ANN, "YES", "1", 0), (BEN, "NO", "1", 0))
    added = asyncio.Event()

    async def slowly(books: Books) -> Result[bool, StoreFailed]:
        counted = await books.scores.count(RoomId(1_100))
        added.set()
        await asyncio.sleep(0.2)
        return Ok(counted)

    counting = asyncio.create_task(days.store.run(slowly))
    await added.wait()
    assert isinstance(await count.recount(), Ok)

    assert Ok(True) == await counting
    assert once.settled + 1 == (await days.ask(lambda ask: ask.house())).settled


async def test_counting_again_gives_equal_scores(days: Bookkeeper) -> None:
    """All scores are made from the books and nothing else."""
    await counted(days)
    before = await everything(days, [ANN, BEN, CAT, HOST])

    await days.do(lambda books: books.scores.forget())
    assert 4 == await days.ask(lambda ask: ask.uncounted())
    assert 4 == await counted(days)

    assert before == await everything(days, [ANN, BEN, CAT, HOST])


async def next_leader(keeper: Bookkeeper, board: Board, after: Mark | None) -> list[Score]:
    """A page of one."""
    return await keeper.ask(lambda ask: ask.leaders(board, after=after, limit=1))


@pytest.mark.parametrize(
    "board, users",
    [
        (Board.PROFIT, [ANN, CAT, BEN]),
        (Board.VOLUME, [ANN, BEN, CAT]),
        (Board.HIT_RATE, []),
        (Board.HOST_VOLUME, [HOST, ANN]),
    ],
)
async def test_a_leaderboard_is_ordered(days: Bookkeeper, board: Board, users: list[UserId]) -> None:
    """Highest first, and only who has something to be ordered by; page by page it is the same."""
    await counted(days)
    whole = await days.ask(lambda ask: ask.leaders(board))
    paged: list[Score] = []
    page = await next_leader(days, board, None)
    while page:
        paged += page
        page = await next_leader(days, board, board.mark(page[-1]))

    assert users == [score.user for score in whole]
    assert whole == paged


async def test_a_leaderboard_of_one_day(days: Bookkeeper) -> None:
    """It knows of no other day."""
    await counted(days)

    found = await days.ask(lambda ask: ask.leaders(Board.PROFIT, TOMORROW))

    assert [(CAT, TOMORROW), (ANN, TOMORROW)] == [(score.user, score.day) for score in found]
    assert [] == await days.ask(lambda ask: ask.leaders(Board.PROFIT, Day(TOMORROW + 1)))


async def test_ties_come_by_user_and_losses_last(keeper: Bookkeeper) -> None:
    """Equal users stand by id, on every page; who lost has a negative profit and stands below who broke even."""
    await keeper.people(ANN, BEN, CAT, HOST, IDLE, each=sols("10"))
    stakes: list[Stake] = [
        (CAT, "YES", "1", 0),
        (ANN, "YES", "1", 0),
        (IDLE, "NO", "1", 0),
        (BEN, "NO", "1", 0),
    ]
    await end(keeper, 1_000, *stakes)
    await counted(keeper)

    first = await keeper.ask(lambda ask: ask.leaders(Board.PROFIT, limit=3))
    second = await keeper.ask(lambda ask: ask.leaders(Board.PROFIT, after=Board.PROFIT.mark(first[-1])))

    assert [ANN, CAT, BEN, IDLE] == [score.user for score in (*first, *second)]
    assert -sols("1").value == second[0].profit


async def test_hit_rates_need_rooms(keeper: Bookkeeper) -> None:
    """Who has played too few rooms is not on the board, however lucky."""
    await keeper.people(ANN, BEN, CAT, each=sols("100"))
    for number in range(HIT_ROOMS_MIN):
        lucky: list[Stake] = [(CAT, "YES", "1", 0)] if number else []
        await end(keeper, 1_000 + 2 * number, (ANN, "YES", "1", 0), (BEN, "NO", "1", 0), *lucky)
    await counted(keeper)

    board = await keeper.ask(lambda ask: ask.leaders(Board.HIT_RATE))

    assert [(ANN, 10_000), (BEN, 0)] == [(score.user, score.hit_bps) for score in board]


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_all_stores_count_alike(keeper: Bookkeeper, seed: int) -> None:
    """A store that counts set-wise finds what adding room by room in plain Python finds."""
    clock = ManualClock()
    plain = Bookkeeper(MemoryStore(clock), clock)
    people = [UserId(2 * each) for each in range(1, 8)]
    for books in (keeper, plain):
        chance = random.Random(seed)
        await populate(books.store, {a_user(each): sols("1000") for each in people})
        for number in range(8):
            stakes: list[Stake] = [
                (chance.choice(people), chance.choice("YN"), str(chance.randint(1, 50)), chance.randint(0, 9))
                for _ in range(chance.randint(1, 6))
            ]
            named = [(who, "YES" if word == "Y" else "NO", amount, at) for who, word, amount, at in stakes]
            await end(books, 1_000 + 2 * number, *named, host=chance.choice([None, *people]), late_after_ms=7)
            books.clock.advance(seconds=chance.choice([0, 3_600, 40_000]))
        assert 8 == await counted(books)

    assert await everything(plain, people) == await everything(keeper, people)
    for board in Board:
        boards = [await each.ask(lambda ask, b=board: ask.leaders(b)) for each in (plain, keeper)]  # type: ignore[misc]
        assert boards[0] == boards[1]


async def test_large_amounts_are_exact(keeper: Bookkeeper) -> None:
    """Nothing is rounded on the way to a score, to the last lamport."""
    most = Lamports(2**61 + 1)
    await keeper.people(ANN, BEN, each=most)
    room = a_room(1_000, status=RoomStatus.SETTLING, resolution=a_resolution("YES"))
    await keeper.opened(room, a_bet(100, ANN, "YES", most), a_bet(102, BEN, "NO", most))
    assert isinstance(await SettleRoom(store=keeper.store)(room.id), Ok)
    await counted(keeper)

    ben = await keeper.ask(lambda ask: ask.score(BEN))
    assert (most, -most.value, ZERO) == (ben.volume, ben.profit, ben.host_earned)
