"""Deposits and the reports of solvency in memory."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from rooms_core.domain.address import Address
from rooms_core.domain.deposit import Deposit, DepositAddress, DepositState
from rooms_core.domain.ids import UserId
from rooms_core.domain.money import Lamports, total
from rooms_core.domain.solvency import SolvencyReport
from rooms_core.testing.memory.tables import Tables


class MemoryDeposits:
    """Implements `ports.custody_books.Deposits`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def add_address(self, row: DepositAddress) -> bool:
        """Record a user's address; False if he has one, or it is another's."""
        if row.address in self._tables.addresses or row.user in self._tables.address_of:
            return False
        self._tables.addresses.put(row.address, row)
        self._tables.address_of.put(row.user, row.address)
        return True

    async def address_of(self, user: UserId) -> DepositAddress | None:
        """The deposit address of a user, or None."""
        address = self._tables.address_of.get(user)
        return None if address is None else self._tables.addresses[address]

    async def lock(self, address: Address) -> DepositAddress | None:
        """A deposit address, or None."""
        return self._tables.addresses.get(address)

    async def addresses(self, *, after: Address | None, limit: int) -> list[DepositAddress]:
        """A page of deposit addresses, by their text."""
        names = sorted(name for name in self._tables.addresses if after is None or name > after)
        return [self._tables.addresses[name] for name in names[:limit]]

    async def move(self, row: DepositAddress) -> None:
        """Write cursor and balance."""
        stored = self._tables.addresses[row.address]
        moved = replace(stored, cursor=row.cursor, cursor_slot=row.cursor_slot, balance=row.balance)
        self._tables.addresses.put(row.address, moved)

    async def add(self, deposit: Deposit) -> bool:
        """Record what a transfer changed; False if its (signature, address) is known."""
        key = (deposit.signature, deposit.address)
        if key in self._tables.deposit_ids:
            return False
        self._tables.deposit_ids.put(key, deposit.id)
        self._tables.deposits.put(deposit.id, deposit)
        return True

    async def save(self, deposit: Deposit, *, was: DepositState) -> bool:
        """Compare-and-set."""
        stored = self._tables.deposits.get(deposit.id)
        if stored is None or stored.state is not was:
            return False
        moved = replace(
            stored,
            state=deposit.state,
            change=deposit.change,
            slot=deposit.slot,
            credited_at_ms=deposit.credited_at_ms,
        )
        self._tables.deposits.put(deposit.id, moved)
        return True

    async def find(self, state: DepositState, *, address: Address | None = None) -> list[Deposit]:
        """The deposits in one state, by id."""
        return [
            deposit
            for _, deposit in sorted(self._tables.deposits.items())
            if deposit.state is state and address in (None, deposit.address)
        ]

    async def credited_since(self, user: UserId, since_ms: int) -> Lamports:
        """What was credited to a user since then."""
        return total(
            deposit.amount
            for deposit in self._tables.deposits.values()
            if deposit.user == user
            and deposit.state is DepositState.CREDITED
            and deposit.credited_at_ms is not None
            and deposit.credited_at_ms >= since_ms
        )

    async def moved(self, addresses: Collection[Address]) -> dict[Address, int]:
        """The signed sum of all changes of each address."""
        sums = dict.fromkeys(addresses, 0)
        for deposit in self._tables.deposits.values():
            if deposit.address in sums:
                sums[deposit.address] += deposit.change
        return sums


class MemorySolvency:
    """Implements `ports.custody_books.Solvency`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def add(self, report: SolvencyReport) -> None:
        """Keep a report."""
        self._tables.reports.put(len(self._tables.reports), report)

    async def last(self) -> SolvencyReport | None:
        """The newest report, or None."""
        return max(self._tables.reports.values(), key=lambda report: report.at_ms, default=None)
