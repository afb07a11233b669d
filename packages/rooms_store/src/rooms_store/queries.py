"""The read side in SQL: each question its own small statement, on a connection that cannot write."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from typing import TypeVar

from sqlalchemy import func, select

from rooms_core.domain.ids import RoomId, UserId
from rooms_core.domain.journal import Account, PostingKind, available, pot, room_subsidy
from rooms_core.domain.money import Lamports
from rooms_core.domain.room import Room
from rooms_core.domain.wallet import Wallet
from rooms_core.ports.books import Bets, SettlementRow
from rooms_core.ports.clock import Clock
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
from rooms_store.accounts import account_id
from rooms_store.books.bets import SqlBets
from rooms_store.books.journal import SqlJournal
from rooms_store.books.oracle_books import SqlEvidence
from rooms_store.books.rooms import read_rooms
from rooms_store.books.settlements import SqlSettlements
from rooms_store.codes import POSTING_KINDS
from rooms_store.dialect import among, wide, wide_sum
from rooms_store.engine import Engines
from rooms_store.failures import VENDOR, failed
from rooms_store.ids import TimeSortedIds
from rooms_store.ledger import verify
from rooms_store.listing import listing
from rooms_store.movements import SqlMovements
from rooms_store.statistics import SqlStatistics
from rooms_store.tables import account as accounts
from rooms_store.tables import person, posting
from rooms_store.tables import room as rooms
from rooms_store.work import Work

T = TypeVar("T")
E = TypeVar("E")


class SqlQueries(SqlMovements, SqlStatistics):
    """Implements `ports.queries.Queries`."""

    def __init__(self, engines: Engines, *, clock: Clock, block: int) -> None:
        self._engines = engines
        self._clock = clock
        self._block = block

    async def rooms(self, wanted: RoomFilter) -> Result[list[Room], StoreFailed]:
        """A page of rooms in the order asked for."""
        return await self.ask(lambda work: read_rooms(work, listing(wanted)))

    async def room(self, room: RoomId) -> Result[Room | None, StoreFailed]:
        """One room, or None."""

        async def ask(work: Work) -> Room | None:
            found = await read_rooms(work, select(rooms).where(rooms.c.id == room))
            return found[0] if found else None

        return await self.ask(ask)

    async def wallet(self, user: UserId) -> Result[Wallet | None, StoreFailed]:
        """A user's balances, or None."""

        async def ask(work: Work) -> Wallet | None:
            return (await SqlJournal(work).wallets([user])).get(user)

        return await self.ask(ask)

    async def balances(self, wanted: Collection[Account]) -> Result[dict[Account, int], StoreFailed]:
        """Balances in lamports, signed."""
        numbers = {account: account_id(account) for account in wanted}
        statement = select(accounts.c.id, accounts.c.balance).where(among(accounts.c.id, numbers.values()))

        async def ask(work: Work) -> dict[Account, int]:
            held = {row.id: int(row.balance) for row in await work.rows(statement)}
            return {account: held.get(number, 0) for account, number in numbers.items()}

        return await self.ask(ask)

    async def cash_flow(self, room: RoomId) -> Result[list[CashFlow], StoreFailed]:
        """All that went into and came out of a room, by kind."""
        own = [account_id(pot(room)), account_id(room_subsidy(room))]
        count = func.count().label("postings")

        async def ask(work: Work) -> list[CashFlow]:
            flows = []
            for into, end, other in (
                (True, posting.c.target, posting.c.source),
                (False, posting.c.source, posting.c.target),
            ):
                statement = (
                    select(posting.c.kind, count, *wide_sum(posting.c.amount))
                    .where(end.in_(own), other.not_in(own))
                    .group_by(posting.c.kind)
                    .order_by(posting.c.kind)
                )
                flows += [
                    CashFlow(
                        kind=POSTING_KINDS.word(row.kind),
                        into_room=into,
                        amount=Lamports(wide(row.sum_high, row.sum_low)),
                        postings=row.postings,
                    )
                    for row in await work.rows(statement)
                ]
            return flows

        return await self.ask(ask)

    async def settlement(self, room: RoomId) -> Result[SettlementRow | None, StoreFailed]:
        """How a room ended, or None."""
        return await self.ask(lambda work: SqlSettlements(work).get(room))

    async def with_bets(self, work: Callable[[Bets], Awaitable[Result[T, E]]]) -> Result[T, E | StoreFailed]:
        """Run `work` on the bets as they stand at one moment."""
        done = await self.ask(lambda reading: work(SqlBets(reading)))
        return done if isinstance(done, Err) else done.value

    async def earnings(self, user: UserId) -> Result[ReferralEarnings, StoreFailed]:
        """What a user's referrals have earned him so far."""
        sums = select(func.count().label("commissions"), *wide_sum(posting.c.amount)).where(
            posting.c.target == account_id(available(user)),
            posting.c.kind == POSTING_KINDS.number(PostingKind.COMMISSION),
        )
        brought = select(func.count().label("referred")).where(person.c.ref1 == user)

        async def ask(work: Work) -> ReferralEarnings:
            (earned,), (referred,) = await work.rows(sums), await work.rows(brought)
            return ReferralEarnings(
                earned=Lamports(wide(earned.sum_high, earned.sum_low)),
                commissions=earned.commissions,
                referred=referred.referred,
            )

        return await self.ask(ask)

    async def evidence(self, hashes: Collection[str]) -> Result[list[EvidenceRecord], StoreFailed]:
        """The oracle's records with these hashes."""
        return await self.ask(lambda work: SqlEvidence(work).get(hashes))

    async def evidence_log(
        self, *, skip: int = 0, limit: int = 1_000
    ) -> Result[list[EvidenceRecord], StoreFailed]:
        """A page of all records, oldest first."""
        return await self.ask(lambda work: SqlEvidence(work).page(skip, limit))

    async def verify(self, progress: Progress | None = None) -> Result[LedgerReport, StoreFailed]:
        """Recompute every balance and check the rules."""
        return await self.ask(lambda work: verify(work, progress))

    async def ask(self, question: Callable[[Work], Awaitable[T]]) -> Result[T, StoreFailed]:
        """One snapshot, one question; nothing is written."""
        try:
            async with self._reading() as work:
                return Ok(await question(work))
        except VENDOR as error:
            return Err(failed(error))

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[Work]:
        async with self._engines.readers.begin() as connection:
            work = Work(
                connection, self._clock, TimeSortedIds(self._clock, worker=0), self._block, reading=True
            )
            try:
                yield work
            finally:
                await work.close_streams()
