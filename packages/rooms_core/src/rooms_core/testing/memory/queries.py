"""The read side in memory: it waits for the unit of work in progress, so that it sees what is committed and no more."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from typing import Final, TypeVar

from rooms_core.domain.ids import RoomId, UserId
from rooms_core.domain.journal import Account, PostingKind, available
from rooms_core.domain.money import Lamports, total
from rooms_core.domain.room import Room
from rooms_core.domain.wallet import Wallet
from rooms_core.ports.books import Bets, SettlementRow
from rooms_core.ports.evidence import EvidenceRecord
from rooms_core.ports.queries import (
    CashFlow,
    LedgerReport,
    Progress,
    ReferralEarnings,
    RoomFilter,
)
from rooms_core.ports.store import StoreFailed
from rooms_core.result import Err, Ok, Result
from rooms_core.testing.memory.bets import MemoryBets
from rooms_core.testing.memory.journal import wallet
from rooms_core.testing.memory.ledger import room_postings, verify
from rooms_core.testing.memory.listing import listed
from rooms_core.testing.memory.movements import MemoryMovements, movements
from rooms_core.testing.memory.records import MemoryEvidence
from rooms_core.testing.memory.scores import MemoryStatistics

T = TypeVar("T")
E = TypeVar("E")
_ORDER: Final = {kind: place for place, kind in enumerate(PostingKind)}


class MemoryQueries(MemoryMovements, MemoryStatistics):
    """Implements `ports.queries.Queries`."""

    async def rooms(self, wanted: RoomFilter) -> Result[list[Room], StoreFailed]:
        """A page of rooms in the order asked for."""
        async with self._turn:
            return Ok(listed(self._tables.rooms.values(), wanted))

    async def room(self, room: RoomId) -> Result[Room | None, StoreFailed]:
        """One room, or None."""
        async with self._turn:
            return Ok(self._tables.rooms.get(room))

    async def wallet(self, user: UserId) -> Result[Wallet | None, StoreFailed]:
        """A user's balances, or None."""
        async with self._turn:
            return Ok(wallet(self._tables, user) if user in self._tables.users else None)

    async def balances(self, accounts: Collection[Account]) -> Result[dict[Account, int], StoreFailed]:
        """Balances in lamports, signed."""
        async with self._turn:
            return Ok({account: self._tables.balances.get(account, 0) for account in accounts})

    async def cash_flow(self, room: RoomId) -> Result[list[CashFlow], StoreFailed]:
        """All that went into and came out of a room, by kind."""
        amounts: dict[tuple[bool, PostingKind], list[Lamports]] = {}
        async with self._turn:
            for into_room, posting in room_postings(self._tables, room):
                amounts.setdefault((into_room, posting.kind), []).append(posting.amount)
        return Ok(
            [
                CashFlow(kind=kind, into_room=into_room, amount=total(moved), postings=len(moved))
                for (into_room, kind), moved in sorted(
                    amounts.items(), key=lambda flow: (not flow[0][0], _ORDER[flow[0][1]])
                )
            ]
        )

    async def settlement(self, room: RoomId) -> Result[SettlementRow | None, StoreFailed]:
        """How a room ended, or None."""
        async with self._turn:
            return Ok(self._tables.settlements.get(room))

    async def with_bets(self, work: Callable[[Bets], Awaitable[Result[T, E]]]) -> Result[T, E | StoreFailed]:
        """Run `work` on the bets; whoever places through them is told that he cannot."""
        async with self._turn:
            try:
                answer = await work(MemoryBets(self._tables))
                if self._tables.changes.count:
                    return Err(StoreFailed("these books are only for reading", retryable=False))
                return answer
            finally:
                self._tables.changes.undo()

    async def earnings(self, user: UserId) -> Result[ReferralEarnings, StoreFailed]:
        """What a user's referrals have earned him so far."""
        async with self._turn:
            amounts = [
                each.amount
                for each in movements(self._tables)
                if each.kind is PostingKind.COMMISSION and each.target == available(user)
            ]
            referred = sum(1 for each in self._tables.users.values() if each.uplines[:1] == (user,))
        return Ok(ReferralEarnings(earned=total(amounts), commissions=len(amounts), referred=referred))

    async def evidence(self, hashes: Collection[str]) -> Result[list[EvidenceRecord], StoreFailed]:
        """The oracle's records with these hashes."""
        async with self._turn:
            return Ok(await MemoryEvidence(self._tables).get(hashes))

    async def evidence_log(
        self, *, skip: int = 0, limit: int = 1_000
    ) -> Result[list[EvidenceRecord], StoreFailed]:
        """A page of all records, oldest first."""
        async with self._turn:
            return Ok(list(self._tables.evidence.values())[skip : skip + limit])

    async def verify(self, progress: Progress | None = None) -> Result[LedgerReport, StoreFailed]:
        """Recompute every balance and check the rules."""
        async with self._turn:
            report = verify(self._tables)
        if progress is not None:
            progress(report.accounts, report.accounts)
        return Ok(report)
