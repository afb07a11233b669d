"""Users, markets, evidence and settlements in memory: rows that are written once, or replaced as a whole."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from rooms_core.domain.ids import RoomId, UserId
from rooms_core.domain.market import MarketState
from rooms_core.domain.referral import User
from rooms_core.ports.books import SettlementRow
from rooms_core.ports.evidence import EvidenceRecord
from rooms_core.testing.memory.tables import Tables


class MemoryUsers:
    """Implements `ports.books.Users`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def add(self, user: User) -> bool:
        """Record a new user; False if he is known or his code is taken."""
        if user.id in self._tables.users or user.code in self._tables.codes:
            return False
        self._tables.users.put(user.id, user)
        self._tables.codes.put(user.code, user.id)
        return True

    async def get(self, user: UserId) -> User | None:
        """A user, or None."""
        return self._tables.users.get(user)

    async def by_code(self, code: str) -> User | None:
        """The owner of a code, or None."""
        owner = self._tables.codes.get(code)
        return None if owner is None else self._tables.users[owner]


class MemoryMarkets:
    """Implements `ports.books.Markets`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def save(self, states: Iterable[MarketState]) -> None:
        """Write these rows, new or instead of those that are there."""
        for state in sorted(states, key=lambda each: each.instrument):
            self._tables.markets.put(state.instrument, state)

    async def lock(self, instruments: Collection[str]) -> dict[str, MarketState]:
        """The rows of these instruments, in order."""
        markets = self._tables.markets
        return {name: markets[name] for name in sorted(instruments) if name in markets}


class MemoryEvidence:
    """Implements `ports.books.Evidence`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def add(self, records: Iterable[EvidenceRecord]) -> None:
        """Keep records, each hash once."""
        for record in records:
            if record.hash not in self._tables.evidence:
                self._tables.evidence.put(record.hash, record)
                self._tables.newest.put(record.instrument, record)

    async def last(self, instrument: str) -> EvidenceRecord | None:
        """The record of an instrument that was added last."""
        return self._tables.newest.get(instrument)

    async def get(self, hashes: Collection[str]) -> list[EvidenceRecord]:
        """The records with these hashes, by (instrument, tick)."""
        evidence = self._tables.evidence
        found = [evidence[each] for each in set(hashes) if each in evidence]
        return sorted(found, key=lambda each: (each.instrument, each.tick_ms, each.hash))


class MemorySettlements:
    """Implements `ports.books.Settlements`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def add(self, row: SettlementRow) -> bool:
        """Record it; False if the room has one."""
        if row.room in self._tables.settlements:
            return False
        self._tables.settlements.put(row.room, row)
        self._tables.uncounted.put(row.room, True)
        return True

    async def get(self, room: RoomId) -> SettlementRow | None:
        """A room's row, or None."""
        return self._tables.settlements.get(room)
