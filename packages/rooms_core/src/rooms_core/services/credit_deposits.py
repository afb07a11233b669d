"""Credit deposits: what arrived on deposit addresses, finalized only, oldest first, once per (signature, address).

A cheap look at the balances says which addresses to read; the cursor of an address moves with each transfer that is
recorded, in the same unit of work, so a crash repeats a transfer and never skips one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace

from rooms_core.domain import entries
from rooms_core.domain.address import Address
from rooms_core.domain.deposit import (
    DEPOSIT_MIN,
    Change,
    Deposit,
    DepositAddress,
    DepositState,
    is_ours,
    to_credit,
)
from rooms_core.domain.events import Event, EventKind
from rooms_core.domain.invariants import InvariantBroken, ensure
from rooms_core.domain.money import Lamports, total
from rooms_core.ports.accounts import ACCOUNTS_MAX, Accounts, AccountState
from rooms_core.ports.books import Books
from rooms_core.ports.chain import Chain, ChainFailed, Seen, Unreadable
from rooms_core.ports.ids import IdSource
from rooms_core.ports.store import Store, StoreFailed
from rooms_core.result import Err, Ok, Result


@dataclass(frozen=True, slots=True)
class Unread:
    """An address whose history could not be read to its end; it is tried again. `why` is for the operator."""

    address: Address
    why: str


@dataclass(slots=True)
class CreditReport:
    """What one round brought: the deposits credited, and the addresses that have to be tried again.

    `alarms`: money that left a deposit address by a transfer our wallet has not paid for; who has its key?
    """

    credited: list[Deposit] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    alarms: list[Deposit] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditDeposits:
    """Read the deposit addresses and credit what came. `wallet`: the platform's own; `minimum`: see `DEPOSIT_MIN`."""

    store: Store
    chain: Chain
    accounts: Accounts
    ids: IdSource
    wallet: Address
    minimum: Lamports = DEPOSIT_MIN

    async def __call__(self, *, full: bool = False) -> Result[CreditReport, StoreFailed]:
        """One round over all addresses; `full` reads every history, also where the balance looks as before.

        (Money that came and was swept between two looks leaves the balance equal: so a full round now and then.)
        """
        report = CreditReport()
        parked = await self.store.run(_parked)
        if isinstance(parked, Err):
            return parked
        for deposit in parked.value:
            await self._again(deposit, report)
        after: Address | None = None
        while True:
            page = await self.store.run(_page(after))
            if isinstance(page, Err):
                return page
            if not page.value:
                return Ok(report)
            for row in await self._changed(page.value, report, full=full):
                await self._read(row, report)
            after = page.value[-1].address

    async def _changed(
        self, rows: Sequence[DepositAddress], report: CreditReport, *, full: bool
    ) -> Sequence[DepositAddress]:
        if full:
            return rows
        reading = await self.accounts.read([row.address for row in rows], finalized=True)
        if isinstance(reading, Err):
            report.unread.extend(Unread(row.address, reading.why.message) for row in rows)
            return ()
        held = reading.value.accounts
        return [row for row in rows if _lamports(held[row.address]) != row.balance.value]

    async def _read(self, row: DepositAddress, report: CreditReport) -> None:
        """Record one address's history, oldest first, up to the first transfer that cannot be had."""
        seen = await self.chain.history(row.address, after=row.cursor, after_slot=row.cursor_slot)
        if isinstance(seen, Err):
            report.unread.append(Unread(row.address, seen.why.message))
            return
        for transfer in seen.value:
            if not await self._take(row.address, transfer, report):
                return

    async def _take(self, address: Address, seen: Seen, report: CreditReport) -> bool:
        """Record one transfer; False where the walk has to stop."""
        found = await self.chain.change(seen.signature, address)
        change = found.value if isinstance(found, Ok) else found.why
        if isinstance(change, ChainFailed):
            report.unread.append(Unread(address, change.message))
            return False

        async def work(books: Books) -> Result[list[Deposit], StoreFailed]:
            row = await _locked(books, address)
            state, moved = self._sort(change, address)
            deposit = Deposit(
                id=self.ids.next_id(),
                user=row.user,
                address=address,
                signature=seen.signature,
                slot=seen.slot,
                change=moved,
                state=state,
                seen_at_ms=await books.now_ms(),
            )
            new = (moved or state is DepositState.PARKED) and await books.deposits.add(deposit)
            credited = await self._credit(books, address) if new and state is DepositState.DUST else []
            after = change.after if isinstance(change, Change) else None
            await books.deposits.move(row.read_to(seen.signature, seen.slot, after))
            foreign = isinstance(change, Change) and moved < 0 and change.payer != self.wallet
            return Ok([deposit] if new and foreign else credited)

        return await self._run(address, work, report)

    async def _again(self, parked: Deposit, report: CreditReport) -> None:
        """Ask once more for a transfer that could not be read."""
        found = await self.chain.change(parked.signature, parked.address)
        if isinstance(found, Err):
            report.unread.append(Unread(parked.address, _why(found.why)))
            return
        change = found.value

        async def work(books: Books) -> Result[list[Deposit], StoreFailed]:
            await _locked(books, parked.address)
            state, moved = self._sort(change, parked.address)
            read = replace(parked, state=state, change=moved)
            saved = await books.deposits.save(read, was=DepositState.PARKED)
            wanted = saved and state is DepositState.DUST
            return Ok(await self._credit(books, parked.address) if wanted else [])

        await self._run(parked.address, work, report)

    def _sort(self, change: Change | Unreadable, address: Address) -> tuple[DepositState, int]:
        if isinstance(change, Unreadable):
            return DepositState.PARKED, 0
        ours = change.error is not None or is_ours(change, address=address, wallet=self.wallet)
        return DepositState.INTERNAL if ours else DepositState.DUST, change.change

    async def _credit(self, books: Books, address: Address) -> list[Deposit]:
        """Credit what waits on an address once it is enough, each transfer under its own key (I16)."""
        now_ms = await books.now_ms()
        waiting = to_credit(
            await books.deposits.find(DepositState.DUST, address=address), minimum=self.minimum
        )
        credited = [deposit.credited(now_ms) for deposit in waiting]
        for deposit in credited:
            ensure(await books.deposits.save(deposit, was=DepositState.DUST), "I16", f"{address} is locked")
            entry = entries.deposit(
                deposit.user, deposit.amount, signature=deposit.signature, address=address
            )
            ensure(await books.journal.post(entry), "I16", f"{deposit.signature} is credited once")
        if credited:
            amount = total(deposit.amount for deposit in credited)
            last = credited[-1]
            facts = {"amount": str(amount.value), "signature": last.signature}
            event = Event(kind=EventKind.DEPOSIT_CREDITED, user=last.user, ref=last.id, facts=facts)
            await books.outbox.add([event])
        return credited

    async def _run(
        self,
        address: Address,
        work: Callable[[Books], Awaitable[Result[list[Deposit], StoreFailed]]],
        report: CreditReport,
    ) -> bool:
        """Run a unit of work for one address; one that breaks stops that address and no other."""
        try:
            done = await self.store.run(work)
        except InvariantBroken as broken:
            report.unread.append(Unread(address, str(broken)))
            return False
        if isinstance(done, Err):
            report.unread.append(Unread(address, done.why.message))
            return False
        for deposit in done.value:
            credited = deposit.state is DepositState.CREDITED
            (report.credited if credited else report.alarms).append(deposit)
        return True


async def _parked(books: Books) -> Result[list[Deposit], StoreFailed]:
    return Ok(await books.deposits.find(DepositState.PARKED))


def _page(
    after: Address | None,
) -> Callable[[Books], Awaitable[Result[list[DepositAddress], StoreFailed]]]:
    async def work(books: Books) -> Result[list[DepositAddress], StoreFailed]:
        return Ok(await books.deposits.addresses(after=after, limit=ACCOUNTS_MAX))

    return work


async def _locked(books: Books, address: Address) -> DepositAddress:
    row = await books.deposits.lock(address)
    if row is None:
        raise InvariantBroken("I16", f"{address} is no deposit address")
    return row


def _lamports(account: AccountState | None) -> int:
    return account.lamports.value if account else 0


def _why(failed: Unreadable | ChainFailed) -> str:
    return failed.reason if isinstance(failed, Unreadable) else failed.message
