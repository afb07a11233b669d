"""The journal in memory: keys once, postings kept, balances checked as they move (I3)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from rooms_core.domain.ids import UserId
from rooms_core.domain.invariants import ensure
from rooms_core.domain.journal import (
    OUTSIDE,
    ROOM_CREDITS,
    WALLETS,
    Account,
    JournalEntry,
    Posting,
    available,
    fold,
    reserved,
)
from rooms_core.domain.money import STORED_MAX, ZERO, Lamports
from rooms_core.domain.wallet import Wallet, credited
from rooms_core.ports.books import EntryWriter
from rooms_core.testing.memory.tables import Tables, Waiting


class MemoryEntryWriter:
    """An entry of any size: postings are kept as they come, balances move when it is closed."""

    def __init__(self, tables: Tables, key: str) -> None:
        self._tables = tables
        self._key = key

    async def add(self, postings: Sequence[Posting]) -> None:
        """Write a block of postings."""
        ensure(self._key in self._tables.unclosed, "I6", f"entry {self._key} is closed")
        keep(self._tables, self._key, postings)

    async def close(self) -> None:
        """Move the balances."""
        ensure(self._key in self._tables.unclosed, "I5", f"entry {self._key} moves its balances once")
        self._tables.unclosed.drop(self._key)
        move(self._tables, self._tables.postings[self._key])


class MemoryJournal:
    """Implements `ports.books.Journal`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def wallets(self, users: Collection[UserId]) -> dict[UserId, Wallet]:
        """The wallets of those who joined, by id."""
        return {user: wallet(self._tables, user) for user in sorted(users) if user in self._tables.users}

    async def available(self, users: Collection[UserId]) -> dict[UserId, int]:
        """What those who joined can bet with."""
        return {user: held.available.value for user, held in (await self.wallets(users)).items()}

    async def balance(self, account: Account) -> int:
        """One balance; 0 for an account that never moved."""
        return self._tables.balances.get(account, 0)

    async def post(self, entry: JournalEntry) -> bool:
        """Post an entry; False if its key is known."""
        writer = await self.write(entry.key)
        if writer is None:
            return False
        await writer.add(entry.postings)
        await writer.close()
        return True

    async def write(self, key: str) -> EntryWriter | None:
        """Begin an entry; None if its key is known."""
        if key in self._tables.entries:
            return None
        begun_ms = self._tables.clock.now_ms()
        self._tables.entries.put(key, begun_ms)
        self._tables.unclosed.put(key, begun_ms)
        return MemoryEntryWriter(self._tables, key)


def wallet(tables: Tables, user: UserId) -> Wallet:
    """A user's balances."""
    waiting = tables.waiting.get(user, Waiting(ZERO, 0))
    return Wallet(
        available=Lamports(tables.balances.get(available(user), 0)),
        reserved=Lamports(tables.balances.get(reserved(user), 0)),
        waiting=waiting.amount,
        waits_until_ms=waiting.until_ms,
    )


def keep(tables: Tables, key: str, postings: Iterable[Posting]) -> None:
    """Write postings to the journal; no amount is larger than what can be stored (M10)."""
    for posting in postings:
        ensure(
            posting.amount.value <= STORED_MAX, "I3", f"{key}: {posting.amount} is more than can be stored"
        )
        tables.postings.append(key, posting)


def move(tables: Tables, postings: Sequence[Posting]) -> None:
    """Move the balances by what these postings change, in account order; credits from rooms start to wait (M9)."""
    for account, change in sorted(fold(postings).items()):
        joined = account.kind not in WALLETS or UserId(account.owner) in tables.users
        ensure(joined, "I2", f"{account}: only who joined has a wallet")
        balance = tables.balances.get(account, 0) + change
        least = -STORED_MAX if account == OUTSIDE else 0
        ensure(least <= balance <= STORED_MAX, "I3", f"{account} would hold {balance} lamports")
        tables.balances.put(account, balance)
    now_ms = tables.clock.now_ms()
    for account, credit in sorted(fold(each for each in postings if each.kind in ROOM_CREDITS).items()):
        if credit > 0:
            user = UserId(account.owner)
            before = tables.waiting.get(user, Waiting(ZERO, 0))
            after = credited(before.amount, before.until_ms, Lamports(credit), now_ms=now_ms)
            tables.waiting.put(user, Waiting(*after))
