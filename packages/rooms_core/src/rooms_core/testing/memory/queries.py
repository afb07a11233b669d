"""The read side in memory: it waits for the unit of work in progress, so that it sees what is committed and no more."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator
from typing import Final, TypeVar

from rooms_core.domain.ids import RoomId, UserId
from rooms_core.domain.journal import Account, PostingKind, available
from rooms_core.domain.money import Lamports, total
from rooms_core.domain.room import Room
from rooms_core.domain.wallet import Wallet
from rooms_core.ports.books import Bets, SettlementRow
from rooms_core.ports.evidence import EvidenceRecord
from rooms_core.ports.queries import (
    PAGE,
    CashFlow,
    LedgerReport,
    Movement,
    Progress,
    ReferralEarnings,
    RoomFilter,
)
from rooms_core.ports.store import StoreFailed
from rooms_core.result import Err, Ok, Result
from rooms_core.testing.memory.bets import MemoryBets
from rooms_core.testing.memory.journal import wallet
from rooms_core.testing.memory.ledger import room_postings, verify
from rooms_core.testing.memory.records import MemoryEvidence
from rooms_core.testing.memory.tables import Tables

T = TypeVar("T")
E = TypeVar("E")
_ORDER: Final = {kind: place for place, kind in enumerate(PostingKind)}


class MemoryQueries:
    """Implements `ports.queries.Queries`."""

    def __init__(self, tables: Tables, turn: asyncio.Lock) -> None:
        self._tables = tables
        self._turn = turn

    async def rooms(self, wanted: RoomFilter) -> Result[list[Room], StoreFailed]:
        """A page of rooms, newest first."""
        async with self._turn:
            newest = sorted(self._tables.rooms.values(), key=lambda room: room.id, reverse=True)
            return Ok([room for room in newest if _is_wanted(room, wanted)][: wanted.limit])

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

    async def history(
        self, account: Account, *, before: int | None = None, limit: int = PAGE
    ) -> Result[list[Movement], StoreFailed]:
        """A page of an account's postings, newest first."""
        async with self._turn:
            found = [
                each
                for each in self._movements()
                if account in (each.source, each.target) and (before is None or each.id < before)
            ]
        return Ok(found[::-1][:limit])

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
                for each in self._movements()
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

    def _movements(self) -> Iterator[Movement]:
        """All postings, oldest first, numbered from 1."""
        number = 0
        for key, at_ms in self._tables.entries.items():
            for posting in self._tables.postings[key]:
                number += 1
                yield Movement(
                    id=number,
                    entry=key,
                    kind=posting.kind,
                    source=posting.source,
                    target=posting.target,
                    amount=posting.amount,
                    at_ms=at_ms,
                )


def _is_wanted(room: Room, wanted: RoomFilter) -> bool:
    return (
        (not wanted.statuses or room.status in wanted.statuses)
        and wanted.instrument in (None, room.market.instrument)
        and wanted.host in (None, room.host)
        and wanted.held in (None, room.hold is not None)
        and (wanted.before is None or room.id < wanted.before)
    )
