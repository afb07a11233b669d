"""The books inside one unit of work: what services read, lock and write. All of it is undone unless the work commits.

Rows are locked in one fixed order: leases, then rooms, then markets, then accounts, each by id. A lock lasts until
the unit of work ends.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from rooms_core.domain.bet import Bet, BetOrder
from rooms_core.domain.events import DeadLetter, Event, Notice
from rooms_core.domain.ids import RoomId, UserId
from rooms_core.domain.journal import Account, JournalEntry, Posting
from rooms_core.domain.market import MarketState, Outcome
from rooms_core.domain.money import Lamports
from rooms_core.domain.pool import Pool
from rooms_core.domain.referral import User
from rooms_core.domain.returns import Marginal
from rooms_core.domain.room import Room
from rooms_core.domain.status import RoomStatus
from rooms_core.domain.tally import Figures, Position
from rooms_core.domain.wallet import Wallet
from rooms_core.ports.custody_books import Deposits, Solvency, Withdrawals
from rooms_core.ports.evidence import EvidenceRecord
from rooms_core.ports.leases import Leases
from rooms_core.ports.listings import Listings
from rooms_core.ports.scores import Scores


class Rooms(Protocol):
    """The rooms."""

    async def add(self, room: Room) -> None:
        """Record a new room with its empty pool."""
        ...

    async def lock(self, ids: Collection[RoomId]) -> dict[RoomId, Room]:
        """Lock rooms, in id order, and read them; unknown ids are left out."""
        ...

    async def save(self, room: Room, *, was: RoomStatus) -> bool:
        """Compare-and-set: write status, opening time, hold and resolution if the stored status is still `was`."""
        ...

    async def find(
        self,
        statuses: Collection[RoomStatus],
        *,
        lock_due_ms: int | None = None,
        settle_due_ms: int | None = None,
    ) -> list[Room]:
        """Rooms in these states, by id, not locked; given a time, only those whose lock (settle) time has come."""
        ...

    async def staked_on(self, instrument: str) -> Lamports:
        """What all rooms on an instrument hold that are QUEUING, OPEN or LOCKED."""
        ...


class Bets(Protocol):
    """The bets, append-only."""

    async def known(self, orders: Sequence[BetOrder]) -> dict[tuple[RoomId, UserId, str], Bet]:
        """The bets that carry the (room, bettor, key) of one of these orders."""
        ...

    async def place(self, bets: Sequence[Bet]) -> bool:
        """Record bets set-wise: the rows, their postings (`entries.stake`), balances and pools.

        Their rooms and what their bettors have `available` are locked before. False if one of their keys is known
        (I5): then this unit of work has to end with an `Err`.
        """
        ...

    async def players(self, room: RoomId) -> int:
        """How many different bettors the room has."""
        ...

    async def bettors(self, room: RoomId) -> list[UserId]:
        """The different bettors of a room, by id."""
        ...

    async def pool_until(self, room: RoomId, *, late_after_ms: int | None) -> Pool:
        """The pool without the stakes placed after `late_after_ms` (None: all of it)."""
        ...

    def newest_first(
        self, room: RoomId, outcome: Outcome, *, late_after_ms: int | None
    ) -> AsyncIterator[Sequence[Bet]]:
        """The bets on one outcome that are not late, in blocks, newest first by (placed_at, id)."""
        ...

    def positions(
        self, room: RoomId, *, late_after_ms: int | None, marginal: Marginal | None = None
    ) -> AsyncIterator[Sequence[Position[UserId]]]:
        """All positions in blocks, by bettor, then in the order of the room's outcomes.

        `late` and `uplines` are filled in, and `unmatched` by where the match refunds end (None: there are none).
        """
        ...


class EntryWriter(Protocol):
    """A journal entry of any size in the making."""

    async def add(self, postings: Sequence[Posting]) -> None:
        """Write a block of postings; balances do not move yet."""
        ...

    async def close(self) -> None:
        """Move the balances, last and in account order; credits from rooms start to wait (decision M9)."""
        ...


class Journal(Protocol):
    """The double-entry journal, append-only, and the balances it folds into."""

    async def wallets(self, users: Collection[UserId]) -> dict[UserId, Wallet]:
        """Lock the accounts of these users, in id order, and read them; users who never joined are left out."""
        ...

    async def available(self, users: Collection[UserId]) -> dict[UserId, int]:
        """Lock what these users can bet with, in id order, and read it, in lamports; who never joined is left out."""
        ...

    async def balance(self, account: Account) -> int:
        """One balance in lamports, locked; 0 for an account that never moved; negative only for the outside world."""
        ...

    async def post(self, entry: JournalEntry) -> bool:
        """Post an entry and move the balances; False, and nothing done, if its key was posted before (I5)."""
        ...

    async def write(self, key: str) -> EntryWriter | None:
        """Begin an entry of any size; None if its key was posted before."""
        ...


class Users(Protocol):
    """The people."""

    async def add(self, user: User) -> bool:
        """Record a new user with an empty wallet; False if he is known or his code is taken."""
        ...

    async def get(self, user: UserId) -> User | None:
        """A user, or None."""
        ...

    async def by_code(self, code: str) -> User | None:
        """The owner of a referral code, or None."""
        ...


class Markets(Protocol):
    """What the monitor last saw of each instrument."""

    async def save(self, states: Iterable[MarketState]) -> None:
        """Write these rows, in instrument order."""
        ...

    async def lock(self, instruments: Collection[str]) -> dict[str, MarketState]:
        """Lock the rows of these instruments, in order, and read them; unknown ones are left out."""
        ...


class Evidence(Protocol):
    """The oracle's records, append-only, each hash once."""

    async def add(self, records: Iterable[EvidenceRecord]) -> None:
        """Keep records; those known already are passed over."""
        ...

    async def last(self, instrument: str) -> EvidenceRecord | None:
        """The record of an instrument that was added last: the end of its chain, whatever tick it is about."""
        ...

    async def get(self, hashes: Collection[str]) -> list[EvidenceRecord]:
        """The records with these hashes, by (instrument, tick)."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementRow:
    """The one row a room has once its money is gone, for ever. `figures` None: it was voided.

    `header` is the receipt's header as canonical JSON text, `receipt_hash` its hash.
    """

    room: RoomId
    status: RoomStatus
    figures: Figures | None
    header: str
    receipt_hash: str
    at_ms: int


class Settlements(Protocol):
    """Settled and voided rooms, append-only: the second guard against paying twice (R7)."""

    async def add(self, row: SettlementRow) -> bool:
        """Record it; False if the room has one."""
        ...

    async def get(self, room: RoomId) -> SettlementRow | None:
        """A room's row, or None."""
        ...


class Outbox(Protocol):
    """Notices waiting to be told; one for each (kind, ref, user).

    They lie in buckets (`bucket_of` their user), and a user's notices are told in the order they came.
    """

    async def add(self, events: Iterable[Event]) -> None:
        """Queue events; those queued before are passed over."""
        ...

    async def add_new(self, events: Sequence[Event]) -> None:
        """Queue events none of which can have been queued before, by the thousand (a room ends once, I5)."""
        ...

    async def take(self, buckets: Iterable[int], limit: int, *, now_ms: int, hide_ms: int) -> list[Notice]:
        """Take up to `limit` notices that are due from these buckets, one bucket after the other, each oldest first.

        Taken ones are hidden from everybody for `hide_ms`, and have one try more. What another unit of work has
        locked is passed over. A notice that is hidden or passed over holds its user's later ones back.
        """
        ...

    async def done(self, notices: Collection[Notice]) -> None:
        """These have been delivered."""
        ...

    async def again(self, notices: Collection[Notice], *, at_ms: int, why: str = "") -> None:
        """These have not: their users' notices wait until `at_ms`. Passed over where they were taken again since."""
        ...

    async def untried(self, notices: Collection[Notice]) -> None:
        """These were taken and not tried: they are due again, as before. Passed over where taken again since."""
        ...

    async def bury(self, notices: Collection[Notice], *, why: str) -> None:
        """These are given up: kept as dead letters, not tried again. Passed over where they were taken again since."""
        ...

    async def waiting(self, limit: int) -> list[Notice]:
        """A look at the oldest notices that are neither delivered nor dead, hidden ones too, without locks."""
        ...

    async def dead(self, limit: int, *, after: int = 0) -> list[DeadLetter]:
        """A page of the dead letters, by id, those after `after`, without locks."""
        ...

    async def revive(self, ids: Collection[int]) -> int:
        """Queue dead letters anew, without their tries; answers how many of these there were."""
        ...


class Books(Protocol):
    """Everything one unit of work can reach."""

    rooms: Rooms
    bets: Bets
    journal: Journal
    users: Users
    markets: Markets
    evidence: Evidence
    listings: Listings
    settlements: Settlements
    outbox: Outbox
    deposits: Deposits
    withdrawals: Withdrawals
    solvency: Solvency
    scores: Scores
    leases: Leases

    async def now_ms(self) -> int:
        """The time by which this unit of work judges; read it after the rows are locked (decision E8)."""
        ...

    async def mark(self) -> None:
        """Write this process's mark, for a fence (`Store.fence`)."""
        ...


Balances = Mapping[Account, int]
"""Balances in lamports, by account."""
