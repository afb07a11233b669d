"""Everyone locks in one order: withdrawals, then accounts by their number. So no two can wait for each other."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from rooms_core.domain.ids import UserId, WithdrawalId
from rooms_core.domain.journal import Account
from rooms_core.domain.wallet import Wallet
from rooms_core.domain.withdrawal import Withdrawal
from rooms_core.testing.builders import sols
from rooms_core.testing.custody_house import CustodyHouse, value
from rooms_core.testing.memory.journal import MemoryJournal
from rooms_core.testing.memory.withdrawals import MemoryWithdrawals
from rooms_store.accounts import account_id

WITHDRAWAL, ACCOUNT = range(2)


@pytest.fixture
def locked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """What is locked, in order, as pairs that grow where the order is kept. To be emptied for each unit of work."""
    order: list[tuple[int, int]] = []
    wallets, balance, lock = MemoryJournal.wallets, MemoryJournal.balance, MemoryWithdrawals.lock

    async def in_wallets(self: MemoryJournal, users: Collection[UserId]) -> dict[UserId, Wallet]:
        order.extend((ACCOUNT, user) for user in sorted(users))
        return await wallets(self, users)

    async def in_balance(self: MemoryJournal, account: Account) -> int:
        order.append((ACCOUNT, account_id(account)))
        return await balance(self, account)

    async def in_lock(self: MemoryWithdrawals, withdrawal: WithdrawalId) -> Withdrawal | None:
        order.append((WITHDRAWAL, 0))
        return await lock(self, withdrawal)

    monkeypatch.setattr(MemoryJournal, "wallets", in_wallets)
    monkeypatch.setattr(MemoryJournal, "balance", in_balance)
    monkeypatch.setattr(MemoryWithdrawals, "lock", in_lock)
    return order


async def test_a_withdrawal_locks_in_order_from_its_request_to_its_signature(
    locked: list[tuple[int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever credits a deposit locks the outside world before the user; whoever ends a withdrawal that one first."""
    house = CustodyHouse()
    await house.fund(sols("1000"))
    await house.deposit({2: sols("5"), 4: sols("5")})
    units: list[list[tuple[int, int]]] = []
    run = type(house.store).run

    async def one_by_one(*given: object) -> object:
        locked.clear()
        answer: object = await run(*given)  # type: ignore[arg-type]
        units.append([*locked])
        return answer

    monkeypatch.setattr(type(house.store), "run", one_by_one)
    for user, key in ((2, "a"), (4, "b"), (2, "c")):
        await house.ask(user, sols("1"), key=key)
        value(await house.reconcile())
        value(await house.sign())
    value(await house.reconcile())

    assert [sorted(unit) for unit in units] == units
    assert {WITHDRAWAL, ACCOUNT} == {kind for unit in units if len({*unit}) > 2 for kind, _ in unit}
