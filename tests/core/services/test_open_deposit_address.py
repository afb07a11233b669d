"""One deposit address for each user."""

from __future__ import annotations

from rooms_core.domain.deposit import DepositAddress
from rooms_core.domain.ids import UserId
from rooms_core.domain.withdrawal_request import UserUnknown
from rooms_core.ports.books import Books
from rooms_core.ports.signer import SignerFailed
from rooms_core.result import Err, Ok
from rooms_core.testing.builders import a_user
from rooms_core.testing.custody_house import CustodyHouse, value
from rooms_core.testing.memory_store import Fate

ANN = UserId(2)


async def with_ann() -> CustodyHouse:
    """A house where Ann has joined and has no address yet."""
    house = CustodyHouse()

    async def work(books: Books) -> None:
        await books.users.add(a_user(ANN))

    await house.do(work)
    return house


async def stored(house: CustodyHouse) -> DepositAddress | None:
    """Ann's address in the books."""

    async def work(books: Books) -> DepositAddress | None:
        return await books.deposits.address_of(ANN)

    return await house.do(work)


async def test_it_is_stored_before_it_is_shown() -> None:
    """What is shown is watched; asked again, it is the same."""
    house = await with_ann()

    row = value(await house.deposit_address(ANN))

    assert row == await stored(house)
    assert Ok(row) == await house.deposit_address(ANN)
    assert row.address != value(await CustodyHouse().signer.deposit_address(UserId(4)))


async def test_strangers_have_no_address() -> None:
    """Join first."""
    assert Err(UserUnknown(ANN)) == await CustodyHouse().deposit_address(ANN)


async def test_a_lost_answer_leaves_one_address() -> None:
    """Whether it was written and not heard, or the signer was silent: the next call answers the one address."""
    house = await with_ann()
    house.signer.failing = 100
    assert Err(SignerFailed("503 service unavailable")) == await house.deposit_address(ANN)
    house.signer.failing = 0
    house.memory.plan(Fate.FAILED)
    assert isinstance(await house.deposit_address(ANN), Err)
    house.memory.plan(Fate.DONE, Fate.UNKNOWN)
    assert isinstance(await house.deposit_address(ANN), Err)

    assert await stored(house) == value(await house.deposit_address(ANN))
