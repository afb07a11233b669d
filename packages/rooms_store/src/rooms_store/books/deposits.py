"""The deposit addresses and deposits in SQL."""

from __future__ import annotations

from collections.abc import Collection

import attrs
from sqlalchemy import select, update

from rooms_core.domain.address import Address
from rooms_core.domain.deposit import Deposit, DepositAddress, DepositState
from rooms_core.domain.ids import UserId
from rooms_core.domain.money import Lamports
from rooms_store.codes import DEPOSIT_STATES
from rooms_store.custody_rows import address_of, address_values, deposit_of, deposit_values
from rooms_store.dialect import among, insert_new, locked, wide, wide_sum
from rooms_store.side_tables import deposit as deposits
from rooms_store.side_tables import deposit_address as addresses
from rooms_store.work import Work


@attrs.frozen
class SqlDeposits:
    """Implements `ports.custody_books.Deposits`."""

    _work: Work

    async def add_address(self, row: DepositAddress) -> bool:
        """Record a user's deposit address; False if he has one, or the address is another's."""
        return await self._work.write(insert_new(addresses).values(address_values(row))) == 1

    async def address_of(self, user: UserId) -> DepositAddress | None:
        """The deposit address of a user, or None."""
        row = await self._work.first(select(addresses).where(addresses.c.user_id == user))
        return None if row is None else address_of(row)

    async def lock(self, address: Address) -> DepositAddress | None:
        """Lock a deposit address and read it."""
        row = await self._work.first(locked(select(addresses).where(addresses.c.address == address)))
        return None if row is None else address_of(row)

    async def addresses(self, *, after: Address | None, limit: int) -> list[DepositAddress]:
        """Deposit addresses in the order of their text, those after `after`."""
        statement = select(addresses).order_by(addresses.c.address).limit(limit)
        if after is not None:
            statement = statement.where(addresses.c.address > after)
        return [address_of(row) for row in await self._work.rows(statement)]

    async def move(self, row: DepositAddress) -> None:
        """Write the cursor and the balance of a locked deposit address."""
        moved = update(addresses).where(addresses.c.address == row.address)
        values = address_values(row)
        await self._work.write(
            moved.values({name: values[name] for name in ("cursor", "cursor_slot", "balance")})
        )

    async def add(self, deposit: Deposit) -> bool:
        """Record what one transfer changed; False if its (signature, address) is known."""
        return await self._work.write(insert_new(deposits).values(deposit_values(deposit))) == 1

    async def save(self, deposit: Deposit, *, was: DepositState) -> bool:
        """Compare-and-set on the state."""
        statement = (
            update(deposits)
            .where(deposits.c.address == deposit.address, deposits.c.signature == deposit.signature)
            .where(deposits.c.state == DEPOSIT_STATES.number(was))
        )
        values = deposit_values(deposit)
        moving = {name: values[name] for name in ("state", "change", "slot", "credited_at_ms")}
        return await self._work.write(statement.values(moving)) == 1

    async def find(self, state: DepositState, *, address: Address | None = None) -> list[Deposit]:
        """The deposits in one state, of one address or of all, by id."""
        statement = select(deposits).where(deposits.c.state == DEPOSIT_STATES.number(state))
        if address is not None:
            statement = statement.where(deposits.c.address == address)
        return [deposit_of(row) for row in await self._work.rows(statement.order_by(deposits.c.id))]

    async def credited_since(self, user: UserId, since_ms: int) -> Lamports:
        """The sum of a user's deposits credited since."""
        row = await self._work.first(
            select(*wide_sum(deposits.c.change)).where(
                deposits.c.user_id == user,
                deposits.c.state == DEPOSIT_STATES.number(DepositState.CREDITED),
                deposits.c.credited_at_ms >= since_ms,
            )
        )
        return Lamports(0 if row is None else wide(row.sum_high, row.sum_low))

    async def moved(self, wanted: Collection[Address]) -> dict[Address, int]:
        """The signed sum of all recorded changes of each of these addresses."""
        statement = (
            select(deposits.c.address, *wide_sum(deposits.c.change))
            .where(among(deposits.c.address, wanted))
            .group_by(deposits.c.address)
        )
        sums = {row.address: wide(row.sum_high, row.sum_low) for row in await self._work.rows(statement)}
        return {address: sums.get(address, 0) for address in wanted}
