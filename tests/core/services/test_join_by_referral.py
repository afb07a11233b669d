"""Joining: a referrer is set once, is older, and no ring closes (decision M7)."""

from __future__ import annotations

import pytest

from rooms_core.domain.ids import UserId
from rooms_core.domain.invariants import InvariantBroken
from rooms_core.domain.referral import AlreadyJoined, CodeUnknown, ReferrerNotOlder, User, is_code
from rooms_core.ports.books import Books
from rooms_core.result import Err, Ok
from rooms_core.services.join_by_referral import JoinByReferral
from rooms_core.testing.house import House


class OneNumber:
    """Chance that always draws the same."""

    def below(self, limit: int) -> int:
        """Below any limit."""
        return min(7, limit - 1)

    def salt(self) -> bytes:
        """No chance at all."""
        return bytes(16)


async def joined(house: House, user: int, code: str | None = None) -> User:
    """A user who is welcome."""
    answer = await house.join(UserId(user), code=code)
    assert isinstance(answer, Ok), answer
    return answer.value


async def test_whoever_comes_alone_has_a_code_and_nobody_above() -> None:
    """The first start makes a user, with a code of his own to hand on."""
    house = House()
    ann = await joined(house, 2)

    assert (UserId(2), (), house.now_ms) == (ann.id, ann.uplines, ann.joined_at_ms)
    assert is_code(ann.code)


async def test_whoever_was_brought_has_his_referrers_above_him() -> None:
    """Three levels, nearest first; the fourth falls away."""
    house = House()
    ann = await joined(house, 2)
    ben = await joined(house, 4, ann.code)
    cem = await joined(house, 6, ben.code)
    dan = await joined(house, 8, cem.code)
    eve = await joined(house, 10, dan.code)

    assert (2,) == ben.uplines
    assert (4, 2) == cem.uplines
    assert (6, 4, 2) == dan.uplines
    assert (8, 6, 4) == eve.uplines


async def test_starting_again_changes_nothing() -> None:
    """Without a code, or with the first one, the answer is the same user."""
    house = House()
    ann = await joined(house, 2)
    ben = await joined(house, 4, ann.code)
    house.clock.advance(hours=1)

    assert ben == await joined(house, 4)
    assert ben == await joined(house, 4, ann.code)


async def test_a_referrer_is_set_once() -> None:
    """Another code afterwards is refused, known or not, also for those who came alone."""
    house = House()
    ann, ben = await joined(house, 2), await joined(house, 4)
    cem = await joined(house, 6, ann.code)

    assert Err(AlreadyJoined(UserId(6))) == await house.join(UserId(6), code=ben.code)
    assert Err(AlreadyJoined(UserId(6))) == await house.join(UserId(6), code="REFZZZZZZ")
    assert Err(AlreadyJoined(UserId(4))) == await house.join(UserId(4), code=ann.code)
    assert cem == await joined(house, 6)


async def test_a_code_nobody_has_is_refused_and_nobody_joins() -> None:
    """He can start again with the right one."""
    house = House()
    ann = await joined(house, 2)

    assert Err(CodeUnknown("REFZZZZZZ")) == await house.join(UserId(4), code="REFZZZZZZ")
    assert (2,) == (await joined(house, 4, ann.code)).uplines


async def test_nobody_refers_himself() -> None:
    """His own code comes after his first start, and that is too late."""
    house = House()
    ann = await joined(house, 2)

    assert Err(AlreadyJoined(UserId(2))) == await house.join(UserId(2), code=ann.code)


async def test_no_ring_can_close() -> None:
    """Ann brings ben, ben brings cem, and cem cannot bring ann."""
    house = House()
    ann = await joined(house, 2)
    ben = await joined(house, 4, ann.code)
    cem = await joined(house, 6, ben.code)

    assert Err(AlreadyJoined(UserId(2))) == await house.join(UserId(2), code=cem.code)


async def test_a_referrer_is_older_than_the_referred() -> None:
    """An id made before the referrer's is refused, whatever order the starts arrive in."""
    house = House()
    late = await joined(house, 8)

    assert Err(ReferrerNotOlder(UserId(8), UserId(2))) == await house.join(UserId(2), code=late.code)


async def test_a_code_that_is_taken_is_drawn_again() -> None:
    """Two users never have one code; the house draws until it finds a free one."""
    house, twin = House(), House()
    ann = await joined(house, 2)
    assert ann.code == (await joined(twin, 2)).code  # the same chance
    again = JoinByReferral(store=house.store, rng=twin.rng)

    async def taken(books: Books) -> bool:
        return await books.users.by_code(ann.code) is not None

    assert await house.books.do(taken)
    ben = await again(UserId(4))
    assert isinstance(ben, Ok)
    assert ann.code != ben.value.code


async def test_chance_that_draws_one_number_for_ever_is_a_bug() -> None:
    """After twenty draws the house stops: nobody joins, somebody is woken."""
    house = House()
    stuck = JoinByReferral(store=house.store, rng=OneNumber())

    assert isinstance(await stuck(UserId(2)), Ok)
    with pytest.raises(InvariantBroken, match="no free referral code in 20 draws"):
        await stuck(UserId(4))
    assert Err(AlreadyJoined(UserId(2))) == await stuck(UserId(2), code="REFZZZZZZ")
