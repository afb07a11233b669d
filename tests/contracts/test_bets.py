"""The promises of `ports.books.Bets`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import TypeVar

import pytest

from rooms_core.domain.bet import Bet
from rooms_core.domain.ids import RoomId, UserId
from rooms_core.domain.invariants import InvariantBroken
from rooms_core.domain.journal import available, pot
from rooms_core.domain.market import YES, Outcome
from rooms_core.domain.money import STORED_MAX, ZERO, Lamports
from rooms_core.domain.pool import Pool
from rooms_core.domain.returns import Marginal
from rooms_core.domain.tally import Position
from rooms_core.ports.books import Books
from rooms_core.result import Err, Result
from rooms_core.testing.bookkeeper import Bookkeeper
from rooms_core.testing.builders import a_bet, a_room, a_user, an_order, populate
from rooms_core.testing.clock import NOON_MS

T = TypeVar("T")
ROOM = a_room(outcomes=("YES", "NO", "MAYBE"))
EMPTY_ROOM = a_room(1_002)

BETS = (
    a_bet(102, 4, "YES", Lamports(5), at_ms=NOON_MS),
    a_bet(104, 2, "NO", Lamports(7), at_ms=NOON_MS),
    a_bet(106, 2, "YES", Lamports(11), at_ms=NOON_MS + 1),
    a_bet(108, 4, "YES", Lamports(13), at_ms=NOON_MS + 2),
    a_bet(110, 2, "YES", Lamports(17), at_ms=NOON_MS + 2),
    a_bet(112, 6, "MAYBE", Lamports(19), at_ms=NOON_MS + 3),
)


async def joined(blocks: AsyncIterator[Sequence[T]]) -> list[T]:
    """A stream as one list; no block is empty."""
    rows: list[T] = []
    async for block in blocks:
        assert block
        rows.extend(block)
    return rows


@pytest.fixture
async def betted(keeper: Bookkeeper) -> Bookkeeper:
    """Three people (4 was brought by 2, 6 by 4) with 100 lamports each and six bets in a room of three outcomes."""
    people = (a_user(2), a_user(4, 2), a_user(6, 4, 2))
    await populate(keeper.store, dict.fromkeys(people, Lamports(100)))
    await keeper.opened(ROOM, *BETS)
    await keeper.do(lambda books: books.rooms.add(EMPTY_ROOM))
    return keeper


async def test_bets_move_the_stakes_into_the_pot(betted: Bookkeeper) -> None:
    """The bettors have what they did not stake, and the pot what they did."""
    assert 72 == await betted.balance(pot(ROOM.id))
    assert [65, 82, 81] == [await betted.balance(available(UserId(user))) for user in (2, 4, 6)]


async def test_bets_make_the_pool(betted: Bookkeeper) -> None:
    """The room shows what stands on each outcome."""
    expected = {"YES": Lamports(46), "NO": Lamports(7), "MAYBE": Lamports(19)}

    assert Pool.of(expected) == (await betted.room(ROOM)).pool


async def test_bets_are_known_by_room_bettor_and_key(betted: Bookkeeper) -> None:
    """The same key of another bettor, or in another room, is another order; the outcome and stake do not matter."""
    orders = [
        an_order(2, "NO", Lamports(1), key="110"),
        an_order(2, "YES", Lamports(5), key="102"),
        an_order(4, "YES", Lamports(5), key="102"),
        an_order(4, "YES", Lamports(5), key="102", room=1_002),
        an_order(4, "YES", Lamports(5), key="unheard of"),
    ]

    known = await betted.do(lambda books: books.bets.known(orders))

    assert {(ROOM.id, UserId(2), "110"): BETS[4], (ROOM.id, UserId(4), "102"): BETS[0]} == known
    assert {} == await betted.do(lambda books: books.bets.known([]))


async def test_a_key_places_once(betted: Bookkeeper) -> None:
    """A second bet with a key of the same bettor in the same room is not placed, nor is any other beside it (I5)."""
    bets = [a_bet(198, 6, "NO", Lamports(1)), a_bet(200, 2, "NO", Lamports(1), key="110")]

    async def work(books: Books) -> Result[None, bool]:
        return Err(await books.bets.place(bets))

    assert Err(False) == await betted.store.run(work)
    assert 72 == await betted.balance(pot(ROOM.id))


async def test_who_places_a_key_twice_cannot_commit(betted: Bookkeeper) -> None:
    """A unit of work that goes on although a key was known takes nothing: that is a bug (I2)."""
    with pytest.raises(InvariantBroken, match="I2"):
        await betted.do(lambda books: books.bets.place([a_bet(200, 2, "NO", Lamports(1), key="110")]))
    assert 72 == await betted.balance(pot(ROOM.id))


async def test_a_key_stands_once_in_a_batch(betted: Bookkeeper) -> None:
    """Two bets of a batch with one key are not placed (I5)."""
    bets = [a_bet(198, 6, "NO", Lamports(1), key="a"), a_bet(200, 6, "YES", Lamports(1), key="a")]

    async def work(books: Books) -> Result[None, bool]:
        return Err(await books.bets.place(bets))

    assert Err(False) == await betted.store.run(work)


async def test_a_stake_nobody_has_is_not_taken(betted: Bookkeeper) -> None:
    """No balance falls below zero, and the other bets of the batch are not placed either (I3)."""
    bets = [a_bet(200, 6, "NO", Lamports(1)), a_bet(202, 2, "NO", Lamports(66))]

    with pytest.raises(InvariantBroken, match="I3"):
        await betted.do(lambda books: books.bets.place(bets))
    assert 81 == await betted.balance(available(UserId(6)))


async def test_a_batch_takes_from_a_bettor_what_its_bets_take_together(betted: Bookkeeper) -> None:
    """Several bets of one bettor in several rooms go in one batch; nothing to place is no trouble."""
    bets = [a_bet(200, 2, "NO", Lamports(60)), a_bet(202, 2, "NO", Lamports(5), room=1_002)]

    await betted.do(lambda books: books.bets.place(bets))
    await betted.do(lambda books: books.bets.place([]))

    assert (0, 132, 5) == (
        await betted.balance(available(UserId(2))),
        await betted.balance(pot(ROOM.id)),
        await betted.balance(pot(EMPTY_ROOM.id)),
    )


async def test_a_pot_holds_up_to_the_largest_stored_amount(keeper: Bookkeeper) -> None:
    """2^63 − 1 lamports fit, to the last one (M10)."""
    await keeper.people(2, each=Lamports(STORED_MAX))
    await keeper.opened(a_room(), a_bet(102, 2, "YES", Lamports(STORED_MAX)))

    (position,) = await keeper.do(lambda books: joined(books.bets.positions(ROOM.id, late_after_ms=None)))

    assert STORED_MAX == await keeper.balance(pot(ROOM.id))
    assert Lamports(STORED_MAX) == position.staked


async def test_players_are_counted_once_each(betted: Bookkeeper) -> None:
    """Who bets twice is one player; they are listed by id."""
    assert 3 == await betted.do(lambda books: books.bets.players(ROOM.id))
    assert [2, 4, 6] == await betted.do(lambda books: books.bets.bettors(ROOM.id))
    assert 0 == await betted.do(lambda books: books.bets.players(EMPTY_ROOM.id))
    assert [] == await betted.do(lambda books: books.bets.bettors(EMPTY_ROOM.id))


@pytest.mark.parametrize(
    "late_after_ms, stakes",
    [
        (None, (46, 7, 19)),
        (NOON_MS + 3, (46, 7, 19)),
        (NOON_MS + 2, (46, 7, 0)),
        (NOON_MS + 1, (16, 7, 0)),
        (NOON_MS - 1, (0, 0, 0)),
    ],
)
async def test_the_pool_without_late_stakes(
    betted: Bookkeeper, late_after_ms: int | None, stakes: tuple[int, ...]
) -> None:
    """A stake exactly at the edge stays, and every outcome of the room is named in the room's order."""
    expected = Pool.of(dict(zip(("YES", "NO", "MAYBE"), map(Lamports, stakes), strict=True)))

    assert expected == await betted.do(
        lambda books: books.bets.pool_until(ROOM.id, late_after_ms=late_after_ms)
    )


@pytest.mark.parametrize(
    "outcome, late_after_ms, ids",
    [
        ("YES", None, [110, 108, 106, 102]),
        ("YES", NOON_MS + 2, [110, 108, 106, 102]),
        ("YES", NOON_MS + 1, [106, 102]),
        ("YES", NOON_MS - 1, []),
        ("NO", None, [104]),
    ],
)
async def test_newest_first_by_time_then_id(
    betted: Bookkeeper, outcome: str, late_after_ms: int | None, ids: list[int]
) -> None:
    """Of two bets of one ms the one with the larger id is the newer; late ones and other outcomes are left out."""

    async def work(books: Books) -> list[Bet]:
        return await joined(books.bets.newest_first(ROOM.id, Outcome(outcome), late_after_ms=late_after_ms))

    assert ids == [bet.id for bet in await betted.do(work)]


async def test_a_bet_comes_back_as_it_was_placed(betted: Bookkeeper) -> None:
    """All fields are kept."""

    async def work(books: Books) -> list[Bet]:
        return await joined(books.bets.newest_first(ROOM.id, Outcome("MAYBE"), late_after_ms=None))

    assert [BETS[5]] == await betted.do(work)


async def test_positions_sum_up_a_bettors_stakes_on_one_outcome(betted: Bookkeeper) -> None:
    """By bettor, then in the order of the room's outcomes, late parts told apart, with the referrers above each."""

    def position(bettor: int, outcome: str, staked: int, late: int, *uplines: int) -> Position[UserId]:
        return Position(
            bettor=UserId(bettor),
            outcome=Outcome(outcome),
            staked=Lamports(staked),
            late=Lamports(late),
            uplines=tuple(map(UserId, uplines)),
        )

    expected = [
        position(2, "YES", 28, 17),
        position(2, "NO", 7, 0),
        position(4, "YES", 18, 13, 2),
        position(6, "MAYBE", 19, 19, 4, 2),
    ]

    assert expected == await betted.do(
        lambda books: joined(books.bets.positions(ROOM.id, late_after_ms=NOON_MS + 1))
    )


@pytest.mark.parametrize("late_after_ms", [None, NOON_MS + 1, NOON_MS])
async def test_positions_know_what_goes_back_of_them(betted: Bookkeeper, late_after_ms: int | None) -> None:
    """Wherever the match refunds end, what goes back of a position is that of its bets on that outcome (M6)."""

    async def work(books: Books) -> list[tuple[list[int], list[int]]]:
        timely = await joined(books.bets.newest_first(ROOM.id, YES, late_after_ms=late_after_ms))
        seen = []
        for last in timely:
            ended = Marginal(outcome=YES, placed_at_ms=last.placed_at_ms, bet=last.id, back=Lamports(1))
            stream = books.bets.positions(ROOM.id, late_after_ms=late_after_ms, marginal=ended)
            told = {(each.bettor, each.outcome): each.unmatched.value for each in await joined(stream)}
            back = dict.fromkeys(told, 0)
            for bet in timely:
                back[bet.bettor, YES] += ended.returned(bet.id, bet.placed_at_ms, bet.stake).value
            seen.append((list(told.values()), list(back.values())))
        return seen

    seen = await betted.do(work)

    assert seen
    assert all(told == back for told, back in seen)


async def test_without_a_late_window_nothing_is_late(betted: Bookkeeper) -> None:
    """An AT_CLOSE room has no late stakes; a room without bets has no positions."""
    positions = await betted.do(lambda books: joined(books.bets.positions(ROOM.id, late_after_ms=None)))

    assert {ZERO} == {each.late for each in positions} == {each.unmatched for each in positions}
    assert [] == await betted.do(
        lambda books: joined(books.bets.positions(RoomId(1_002), late_after_ms=None))
    )


async def test_a_stream_may_be_left_before_its_end(betted: Bookkeeper) -> None:
    """Who has seen enough reads no further, and the unit of work goes on and commits."""

    async def work(books: Books) -> int:
        async for block in books.bets.newest_first(ROOM.id, Outcome("YES"), late_after_ms=None):
            await books.bets.place([a_bet(200, 6, "NO", Lamports(1))])
            return len(block)
        return 0

    assert 0 < await betted.do(work) < 4
    assert 73 == await betted.balance(pot(ROOM.id))


async def test_books_are_written_while_positions_stream(betted: Bookkeeper) -> None:
    """A settlement writes between the blocks it reads; what it reads are the frozen bets of another room."""

    async def work(books: Books) -> int:
        seen = 0
        async for block in books.bets.positions(ROOM.id, late_after_ms=None):
            seen += len(block)
            await books.bets.place([a_bet(200 + 2 * seen, 6, "NO", Lamports(1), room=1_002)])
        return seen

    assert 4 == await betted.do(work)
    assert 2 == await betted.balance(pot(EMPTY_ROOM.id))
