"""The books in memory, put together."""

from __future__ import annotations

from rooms_core.ports.books import (
    Bets,
    Evidence,
    Journal,
    Markets,
    Outbox,
    Rooms,
    Settlements,
    Users,
)
from rooms_core.ports.custody_books import Deposits, Solvency, Withdrawals
from rooms_core.ports.leases import Leases
from rooms_core.ports.listings import Listings
from rooms_core.ports.scores import Scores
from rooms_core.testing.memory.bets import MemoryBets
from rooms_core.testing.memory.deposits import MemoryDeposits, MemorySolvency
from rooms_core.testing.memory.journal import MemoryJournal
from rooms_core.testing.memory.leases import MemoryLeases
from rooms_core.testing.memory.listings import MemoryListings
from rooms_core.testing.memory.outbox import MemoryOutbox
from rooms_core.testing.memory.records import MemoryEvidence, MemoryMarkets, MemorySettlements, MemoryUsers
from rooms_core.testing.memory.rooms import MemoryRooms
from rooms_core.testing.memory.scores import MemoryScores
from rooms_core.testing.memory.tables import Tables
from rooms_core.testing.memory.withdrawals import MemoryWithdrawals


class MemoryBooks:
    """Implements `ports.books.Books`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self.rooms: Rooms = MemoryRooms(tables)
        self.bets: Bets = MemoryBets(tables)
        self.journal: Journal = MemoryJournal(tables)
        self.users: Users = MemoryUsers(tables)
        self.markets: Markets = MemoryMarkets(tables)
        self.evidence: Evidence = MemoryEvidence(tables)
        self.listings: Listings = MemoryListings(tables)
        self.settlements: Settlements = MemorySettlements(tables)
        self.outbox: Outbox = MemoryOutbox(tables)
        self.deposits: Deposits = MemoryDeposits(tables)
        self.withdrawals: Withdrawals = MemoryWithdrawals(tables)
        self.solvency: Solvency = MemorySolvency(tables)
        self.scores: Scores = MemoryScores(tables)
        self.leases: Leases = MemoryLeases(tables)

    async def now_ms(self) -> int:
        """The injected clock's time."""
        return self._tables.clock.now_ms()

    async def mark(self) -> None:
        """Write the mark of the one process there is."""
        self._tables.marks.put(0, self._tables.clock.now_ms())
