"""What the store in memory holds: frozen values by key, and the clock by which units of work judge."""

from __future__ import annotations

from dataclasses import dataclass

from rooms_core.domain.address import Address
from rooms_core.domain.approval import Decision
from rooms_core.domain.attempt import Attempt
from rooms_core.domain.bet import Bet
from rooms_core.domain.deposit import Deposit, DepositAddress
from rooms_core.domain.events import DeadLetter, EventKind, Notice
from rooms_core.domain.ids import RoomId, UserId, WithdrawalId
from rooms_core.domain.journal import Account, Posting
from rooms_core.domain.lease import Lease
from rooms_core.domain.listing import ListingRevision
from rooms_core.domain.market import MarketState
from rooms_core.domain.money import Lamports
from rooms_core.domain.referral import User
from rooms_core.domain.room import Room
from rooms_core.domain.score import Day, HouseScore, Score
from rooms_core.domain.solvency import SolvencyReport
from rooms_core.domain.withdrawal import Withdrawal
from rooms_core.ports.books import SettlementRow
from rooms_core.ports.clock import Clock
from rooms_core.ports.evidence import EvidenceRecord
from rooms_core.testing.memory.undo import Changes, Lists, Table


@dataclass(frozen=True, slots=True)
class Waiting:
    """What of a user's balance came from rooms and may be withdrawn from `until_ms` on."""

    amount: Lamports
    until_ms: int


class Tables:
    """All rows. `block` is the number of rows in which long answers come."""

    def __init__(self, clock: Clock, *, block: int) -> None:
        self.clock = clock
        self.block = block
        self.changes = changes = Changes()
        self.rooms: Table[RoomId, Room] = Table(changes)
        self.bets: Lists[RoomId, Bet] = Lists(changes)
        self.bets_by_key: Table[tuple[RoomId, UserId, str], Bet] = Table(changes)
        self.seats: Lists[RoomId, UserId] = Lists(changes)
        self.seated: Table[tuple[RoomId, UserId], bool] = Table(changes)
        self.entries: Table[str, int] = Table(changes)
        """When each entry was begun (ms), by its key."""
        self.unclosed: Table[str, int] = Table(changes)
        """Those of them whose balances have not moved."""
        self.postings: Lists[str, Posting] = Lists(changes)
        self.balances: Table[Account, int] = Table(changes)
        self.waiting: Table[UserId, Waiting] = Table(changes)
        self.users: Table[UserId, User] = Table(changes)
        self.codes: Table[str, UserId] = Table(changes)
        self.markets: Table[str, MarketState] = Table(changes)
        self.evidence: Table[str, EvidenceRecord] = Table(changes)
        self.newest: Table[str, EvidenceRecord] = Table(changes)
        self.listings: Table[tuple[str, int], ListingRevision] = Table(changes)
        self.settlements: Table[RoomId, SettlementRow] = Table(changes)
        self.uncounted: Table[RoomId, bool] = Table(changes)
        """Ended rooms that are not in the scores yet, in the order they ended."""
        self.scores: Table[tuple[UserId, Day], Score] = Table(changes)
        self.house_scores: Table[Day, HouseScore] = Table(changes)
        self.notices: Table[int, Notice] = Table(changes)
        self.notice_ids: Table[tuple[EventKind, int, UserId], int] = Table(changes)
        self.untold: Table[int, int] = Table(changes)
        """Until when (ms) each waiting notice is hidden, by its number."""
        self.dead: Table[int, DeadLetter] = Table(changes)
        self.leases: Table[str, Lease] = Table(changes)
        self.marks: Table[int, int] = Table(changes)
        """When each process last committed a fence (ms); in memory there is one."""
        self.addresses: Table[Address, DepositAddress] = Table(changes)
        self.address_of: Table[UserId, Address] = Table(changes)
        self.deposits: Table[int, Deposit] = Table(changes)
        self.deposit_ids: Table[tuple[str, Address], int] = Table(changes)
        self.withdrawals: Table[WithdrawalId, Withdrawal] = Table(changes)
        self.withdrawal_ids: Table[tuple[UserId, str], WithdrawalId] = Table(changes)
        self.decisions: Table[tuple[WithdrawalId, str], Decision] = Table(changes)
        self.attempts: Table[tuple[WithdrawalId, int], Attempt] = Table(changes)
        self.reports: Table[int, SolvencyReport] = Table(changes)
