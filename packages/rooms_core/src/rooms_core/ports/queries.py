"""The read side: what lists, pages and reports ask of the books. Nothing here locks, and nothing here decides.

What moved on an account stands in `movements`, scores and leaderboards in `statistics`.

Every answer is a view of one moment. Pages go by key: ask again with the last id of the page before. Lines of a
receipt are not stored: `with_bets` gives the stream they are derived from.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from rooms_core.domain.ids import RoomId, UserId
from rooms_core.domain.journal import Account, PostingKind
from rooms_core.domain.money import Lamports
from rooms_core.domain.room import Room
from rooms_core.domain.wallet import Wallet
from rooms_core.ports.books import Bets, SettlementRow
from rooms_core.ports.evidence import EvidenceRecord
from rooms_core.ports.movements import Movement, Movements
from rooms_core.ports.pages import PAGE
from rooms_core.ports.room_filter import RoomFilter
from rooms_core.ports.statistics import Statistics
from rooms_core.ports.store import StoreFailed
from rooms_core.result import Result

__all__ = [
    "PAGE",
    "CashFlow",
    "LedgerCheck",
    "LedgerDifference",
    "LedgerReport",
    "Movement",
    "Progress",
    "Queries",
    "ReferralEarnings",
    "RoomFilter",
]

T = TypeVar("T")
E = TypeVar("E")


@dataclass(frozen=True, slots=True, kw_only=True)
class CashFlow:
    """All money of one kind that went into or came out of a room (pot and subsidy together), in how many postings."""

    kind: PostingKind
    into_room: bool
    amount: Lamports
    postings: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralEarnings:
    """What a user's code has brought: commissions over all his life, and how many people joined by it."""

    earned: Lamports
    commissions: int
    referred: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerDifference:
    """An account whose stored balance is not the fold of its postings (I2), in lamports, signed."""

    account: Account
    stored: int
    recomputed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerCheck:
    """One invariant looked at over all the books: `rule` is its number, `what` the sentence, `wrong` what breaks it.

    `wrong` names at most the first few offenders; empty means that the rule holds.
    """

    rule: str
    what: str
    wrong: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether nothing breaks the rule."""
        return not self.wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerReport:
    """What recomputing the ledger found. `first_difference` is the one with the smallest account."""

    accounts: int
    postings: int
    first_difference: LedgerDifference | None
    checks: tuple[LedgerCheck, ...]
    totals: Mapping[PostingKind, Lamports] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        """Whether every balance is the fold of its postings and every rule holds."""
        return self.first_difference is None and all(check.holds for check in self.checks)


Progress = Callable[[int, int], None]
"""Told now and then how many accounts of how many have been recomputed."""


class Queries(Movements, Statistics, Protocol):
    """Reading the books without taking part in them."""

    async def rooms(self, wanted: RoomFilter) -> Result[list[Room], StoreFailed]:
        """A page of rooms in the order asked for, each with its pool."""
        ...

    async def room(self, room: RoomId) -> Result[Room | None, StoreFailed]:
        """One room with its pool, or None."""
        ...

    async def wallet(self, user: UserId) -> Result[Wallet | None, StoreFailed]:
        """A user's balances, or None if he never joined."""
        ...

    async def balances(self, accounts: Collection[Account]) -> Result[dict[Account, int], StoreFailed]:
        """Balances in lamports, signed; 0 for an account that never moved."""
        ...

    async def cash_flow(self, room: RoomId) -> Result[list[CashFlow], StoreFailed]:
        """All that went into and came out of a room, by kind of posting: what came in first, then by kind."""
        ...

    async def settlement(self, room: RoomId) -> Result[SettlementRow | None, StoreFailed]:
        """How a room ended, with its receipt's header, or None while its money is still in the pot."""
        ...

    async def with_bets(self, work: Callable[[Bets], Awaitable[Result[T, E]]]) -> Result[T, E | StoreFailed]:
        """Run `work` on the bets as they stand at one moment; a receipt's lines are derived again this way.

        Nothing can be placed through these bets.
        """
        ...

    async def earnings(self, user: UserId) -> Result[ReferralEarnings, StoreFailed]:
        """What a user's referrals have earned him so far."""
        ...

    async def evidence(self, hashes: Collection[str]) -> Result[list[EvidenceRecord], StoreFailed]:
        """The oracle's records with these hashes, by (instrument, tick)."""
        ...

    async def evidence_log(
        self, *, skip: int = 0, limit: int = 1_000
    ) -> Result[list[EvidenceRecord], StoreFailed]:
        """A page of all the oracle's records in the order they were added: what an offline checker reads."""
        ...

    async def verify(self, progress: Progress | None = None) -> Result[LedgerReport, StoreFailed]:
        """Recompute every balance from the postings, streaming, and check I1–I4, I8 and I12 over all the books."""
        ...
