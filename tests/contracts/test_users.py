"""The promises of `ports.books.Users`."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from rooms_core.domain.ids import UserId
from rooms_core.domain.referral import CodeUnknown
from rooms_core.result import Err, Ok
from rooms_core.services.join_by_referral import JoinByReferral
from rooms_core.testing.bookkeeper import Bookkeeper
from rooms_core.testing.builders import a_user
from rooms_core.testing.rng import SeededRng

ANN = a_user(2)
BEN = a_user(4, 2)
EVE = a_user(10, 8, 6, 2, joined_at_ms=7)


async def test_a_user_is_found_by_id_and_by_code(keeper: Bookkeeper) -> None:
    """With his referrers, nearest first, and the time he joined."""
    for user in (ANN, BEN, EVE):
        assert await keeper.do(lambda books, user=user: books.users.add(user))  # type: ignore[misc]

    assert [ANN, BEN, EVE] == [
        await keeper.do(lambda books, user=user: books.users.get(user.id))  # type: ignore[misc]
        for user in (ANN, BEN, EVE)
    ]
    assert BEN == await keeper.do(lambda books: books.users.by_code(BEN.code))


async def test_strangers_are_not_found(keeper: Bookkeeper) -> None:
    """Nobody is nobody."""
    assert None is await keeper.do(lambda books: books.users.get(UserId(2)))
    assert None is await keeper.do(lambda books: books.users.by_code(ANN.code))


async def test_a_referrer_is_set_once(keeper: Bookkeeper) -> None:
    """Who is known stays as he is, whatever a second arrival says."""
    await keeper.do(lambda books: books.users.add(BEN))
    again = replace(BEN, code=a_user(6).code, uplines=())

    assert not await keeper.do(lambda books: books.users.add(again))
    assert BEN == await keeper.do(lambda books: books.users.get(BEN.id))
    assert None is await keeper.do(lambda books: books.users.by_code(again.code))


async def test_who_starts_twice_at_the_same_moment_joins_once(keeper: Bookkeeper) -> None:
    """A double click: each of them is answered with the one user there is."""
    join = JoinByReferral(store=keeper.store, rng=SeededRng())

    for number in range(2, 22, 2):
        first, *others = await asyncio.gather(*(join(UserId(number)) for _ in range(3)))
        assert isinstance(first, Ok)
        assert [first, first] == others


async def test_a_code_has_one_owner(keeper: Bookkeeper) -> None:
    """A code that is taken is refused, and its second owner is not recorded at all."""
    await keeper.do(lambda books: books.users.add(ANN))
    other = replace(a_user(6), code=ANN.code)

    assert not await keeper.do(lambda books: books.users.add(other))
    assert ANN == await keeper.do(lambda books: books.users.by_code(ANN.code))
    assert None is await keeper.do(lambda books: books.users.get(other.id))
    assert {} == await keeper.do(lambda books: books.journal.wallets([other.id]))


@pytest.mark.parametrize("code", ["", "REF", "REF\ud800ABCDE", "REF\0ABCDEF", "refabcdef", "x" * 10_000])
async def test_any_text_may_come_as_a_code(keeper: Bookkeeper, code: str) -> None:
    """Whoever starts with nonsense is told that nobody has this code; no store stumbles over it."""
    join = JoinByReferral(store=keeper.store, rng=SeededRng())

    assert Err(CodeUnknown(code)) == await join(UserId(2), code=code)
    assert isinstance(await join(UserId(2)), Ok)
