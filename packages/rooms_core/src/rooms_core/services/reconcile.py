"""Reconcile: what the chain holds for us against what the books owe, and each deposit address by itself (C5, I18).

The books are read before the chain, and a node must have finalized all they rest on: what comes in meanwhile can only
add. Withdrawals under way are looked for before and after, since money leaves while the check is made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rooms_core.domain.address import Address
from rooms_core.domain.deposit import DepositAddress, DepositState
from rooms_core.domain.invariants import ensure
from rooms_core.domain.journal import OPERATING, OUTSIDE, SUBSIDY
from rooms_core.domain.money import ZERO, Lamports
from rooms_core.domain.solvency import SolvencyReport
from rooms_core.ports.accounts import ACCOUNTS_MAX, Accounts
from rooms_core.ports.books import Books
from rooms_core.ports.chain import Chain, ChainFailed
from rooms_core.ports.store import Store, StoreFailed
from rooms_core.result import Err, Ok, Result
from rooms_core.services.releasing import paid_by


@dataclass(frozen=True, slots=True, kw_only=True)
class _Owed:
    """What the books say at one moment: debts, what was recorded on each address, and the newest slot they rest on."""

    liabilities: Lamports
    dust: int
    rows: list[DepositAddress]
    recorded: dict[Address, int]
    live: dict[str, Lamports]
    seen_slot: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconcile:
    """Check solvency and keep the report; without a fresh and good one no withdrawal is signed."""

    store: Store
    chain: Chain
    accounts: Accounts
    wallet: Address

    async def __call__(self) -> Result[SolvencyReport, ChainFailed | StoreFailed]:
        """One check, to be made hourly. A chain that does not answer leaves no report: the last one grows old."""
        before = await self.store.run(_owed)
        if isinstance(before, Err):
            return before
        owed = before.value
        finality = await self.chain.finality()
        if isinstance(finality, Err):
            return finality
        fresh = max(finality.value.slot, owed.seen_slot)
        own = await self.accounts.read([self.wallet], finalized=True, at_least_slot=fresh)
        if isinstance(own, Err):
            return own
        slot = own.value.slot
        # Not before the wallet's slot: money swept between the two looks is missed then, never counted twice.
        held = await self._held(list(owed.recorded), slot)
        if isinstance(held, Err):
            return held
        after = await self.store.run(_under_way)
        if isinstance(after, Err):
            return after
        landed = await self._landed(owed.live | after.value, slot)
        if isinstance(landed, Err):
            return landed
        on_addresses = held.value
        beyond = {name: on_addresses[name] - recorded for name, recorded in owed.recorded.items()}
        missing = await self._missing([row for row in owed.rows if beyond[row.address] < 0])
        if isinstance(missing, Err):
            return missing
        account = own.value.accounts[self.wallet]
        uncredited = owed.dust + sum(max(0, each) for each in beyond.values())
        assets = (account.lamports.value if account else 0) + sum(on_addresses.values())

        async def keep(books: Books) -> Result[SolvencyReport, StoreFailed]:
            report = SolvencyReport(
                at_ms=await books.now_ms(),
                slot=slot,
                assets=Lamports(assets),
                landed=landed.value,
                uncredited=Lamports(uncredited),
                liabilities=owed.liabilities,
                differs=missing.value,
            )
            await books.solvency.add(report)
            return Ok(report)

        return await self.store.run(keep)

    async def _held(
        self, names: Sequence[Address], at_least_slot: int
    ) -> Result[dict[Address, int], ChainFailed]:
        """What every deposit address holds on chain, each batch at one slot."""
        held: dict[Address, int] = {}
        for first in range(0, len(names), ACCOUNTS_MAX):
            batch = names[first : first + ACCOUNTS_MAX]
            reading = await self.accounts.read(batch, finalized=True, at_least_slot=at_least_slot)
            if isinstance(reading, Err):
                return reading
            for name in batch:
                account = reading.value.accounts[name]
                held[name] = account.lamports.value if account else 0
        return Ok(held)

    async def _missing(self, short: Sequence[DepositAddress]) -> Result[int, ChainFailed]:
        """How many of these addresses hold less than recorded, though all of their history has been read."""
        differing = 0
        for row in short:
            seen = await self.chain.history(row.address, after=row.cursor, after_slot=row.cursor_slot)
            if isinstance(seen, Err):
                return seen
            differing += not seen.value
        return Ok(differing)

    async def _landed(self, under_way: Mapping[str, Lamports], slot: int) -> Result[Lamports, ChainFailed]:
        """What withdrawals took out of the wallet up to a slot while the books still owed it."""
        gone = ZERO
        for signature, amount in under_way.items():
            answer = await self.chain.landed(signature, at_least_slot=slot)
            if isinstance(answer, Err):
                return answer
            landed = answer.value
            if landed is not None and landed.error is None and landed.slot <= slot:
                gone += amount
        return Ok(gone)


async def _under_way(books: Books) -> Result[dict[str, Lamports], StoreFailed]:
    return Ok(await _live(books))


async def _live(books: Books) -> dict[str, Lamports]:
    """The amounts of the signed attempts that may land or have landed, by signature."""
    amounts: dict[str, Lamports] = {}
    for attempt in await books.withdrawals.live_attempts():
        if attempt.signature is not None:
            amounts[attempt.signature] = (await paid_by(books, attempt)).amount
    return amounts


async def _owed(books: Books) -> Result[_Owed, StoreFailed]:
    """Debts are all accounts but the operator's own and the outside world; since all sum to zero, three balances do.

    Withdrawals first, then accounts by their number, as whoever ends a withdrawal locks them.
    """
    live = await _live(books)
    outside, operating, subsidy = [
        await books.journal.balance(each) for each in (OUTSIDE, OPERATING, SUBSIDY)
    ]
    owed = -outside - operating - subsidy
    ensure(owed >= 0, "I18", f"{owed} lamports owed")
    rows, last = await _rows(books), await books.solvency.last()
    return Ok(
        _Owed(
            liabilities=Lamports(owed),
            rows=rows,
            dust=sum(each.change for each in await books.deposits.find(DepositState.DUST)),
            recorded=await books.deposits.moved([row.address for row in rows]),
            live=live,
            seen_slot=max([row.cursor_slot for row in rows] + [last.slot if last else 0]),
        )
    )


async def _rows(books: Books) -> list[DepositAddress]:
    rows: list[DepositAddress] = []
    while page := await books.deposits.addresses(
        after=rows[-1].address if rows else None, limit=ACCOUNTS_MAX
    ):
        rows.extend(page)
    return rows
