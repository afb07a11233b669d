"""Changing one's mind, as long as nothing is signed."""

from __future__ import annotations

from rooms_core.domain.attempt import Attempt, AttemptState
from rooms_core.domain.ids import UserId, WithdrawalId
from rooms_core.domain.journal import available, reserved
from rooms_core.domain.withdrawal import TooLateToCancel, WithdrawalState, WithdrawalUnknown
from rooms_core.ports.books import Books
from rooms_core.result import Err, Ok
from rooms_core.testing.builders import sols
from rooms_core.testing.custody_house import CustodyHouse, value

ANN = UserId(2)


async def opened() -> tuple[CustodyHouse, WithdrawalId]:
    """A house where Ann, with 5 SOL, has asked for one."""
    house = CustodyHouse()
    await house.fund(sols("100"))
    await house.deposit({2: sols("5"), 4: sols("5")})
    return house, (await house.ask(2, sols("1"))).id


async def attempts(house: CustodyHouse, withdrawal: WithdrawalId) -> list[Attempt]:
    """The attempts of a withdrawal."""

    async def work(books: Books) -> list[Attempt]:
        return await books.withdrawals.attempts(withdrawal)

    return await house.do(work)


async def test_what_was_reserved_comes_back() -> None:
    """Cancelled is cancelled: again changes nothing, and nothing is signed afterwards (I15)."""
    house, asked = await opened()

    cancelled = value(await house.cancel(asked, ANN))

    assert (WithdrawalState.CANCELLED, "by_user") == (cancelled.state, cancelled.reason)
    assert Ok(cancelled) == await house.cancel(asked, ANN)
    assert (5_000_000_000, 0) == (await house.balance(available(ANN)), await house.balance(reserved(ANN)))
    for _ in range(12):
        await house.round()
    assert [] == house.chain.paid(asked)


async def test_nobody_cancels_for_another() -> None:
    """Somebody else's withdrawal is unknown to him, like one that does not exist."""
    house, asked = await opened()

    assert Err(WithdrawalUnknown(asked)) == await house.cancel(asked, UserId(4))
    assert Err(WithdrawalUnknown(WithdrawalId(9))) == await house.cancel(WithdrawalId(9), ANN)


async def test_signed_bytes_cannot_be_cancelled() -> None:
    """From the signature on it may land any moment, whether it was sent or not."""
    house, asked = await opened()
    value(await house.reconcile())
    value(await house.sign())

    assert Err(TooLateToCancel(WithdrawalState.SIGNED)) == await house.cancel(asked, ANN)


async def test_an_attempt_without_bytes_is_closed_with_it() -> None:
    """Whoever is signing it at that moment cannot store what he gets."""
    house, asked = await opened()
    value(await house.reconcile())
    house.signer.failing = 100
    value(await house.sign())
    assert [AttemptState.PREPARED] == [each.state for each in await attempts(house, asked)]

    value(await house.cancel(asked, ANN))

    assert [AttemptState.EXPIRED] == [each.state for each in await attempts(house, asked)]
