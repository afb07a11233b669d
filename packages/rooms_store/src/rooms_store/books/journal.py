"""The journal in SQL: keys once, postings for ever, balances moved with them (I1–I3, I5, M9)."""

from __future__ import annotations

from collections.abc import Collection

import attrs
from sqlalchemy import select

from rooms_core.domain.ids import UserId, twin
from rooms_core.domain.invariants import ensure
from rooms_core.domain.journal import Account, AccountKind, JournalEntry
from rooms_core.domain.money import Lamports
from rooms_core.domain.wallet import Wallet
from rooms_store.accounts import account_id
from rooms_store.books.balances import move
from rooms_store.books.entry_writer import SqlEntryWriter
from rooms_store.bulk import insert_many
from rooms_store.codes import ACCOUNT_KINDS
from rooms_store.dialect import among_given, insert_new, locked
from rooms_store.rows import posting_values
from rooms_store.tables import account as accounts
from rooms_store.tables import entry as entries
from rooms_store.tables import person, posting
from rooms_store.work import Work


@attrs.frozen
class SqlJournal:
    """Implements `ports.books.Journal`."""

    _work: Work

    async def wallets(self, users: Collection[UserId]) -> dict[UserId, Wallet]:
        """The wallets of those who joined, by id, locked. Raises InvariantBroken for another account's number (I2)."""
        work = self._work
        joined = [row.id for row in await work.rows(_JOINED, ids=users)]
        kinds = dict.fromkeys(joined, _AVAILABLE) | {twin(user): _RESERVED for user in joined}
        held = {row.id: row for row in await work.lock(_WALLETS, ids=list(kinds))}
        for number, row in held.items():
            ensure(row.kind == kinds[number], "I2", f"account {number} has its number to itself")
        return {
            UserId(number): Wallet(
                available=Lamports(row.balance),
                reserved=Lamports(held[twin(number)].balance if twin(number) in held else 0),
                waiting=Lamports(row.waiting),
                waits_until_ms=row.waits_until_ms,
            )
            for number, row in held.items()
            if row.kind == _AVAILABLE
        }

    async def available(self, users: Collection[UserId]) -> dict[UserId, int]:
        """What those who joined can bet with, locked: nobody else has such an account (I2)."""
        held = await self._work.lock(_PURSES, ids=users)
        return {UserId(row.id): row.balance for row in held}

    async def balance(self, account: Account) -> int:
        """One balance, locked; 0 for an account that never moved."""
        statement = select(accounts.c.balance).where(accounts.c.id == account_id(account))
        row = await self._work.first(locked(statement))
        return 0 if row is None else int(row.balance)

    async def post(self, entry: JournalEntry) -> bool:
        """Post an entry; False if its key is known."""
        number = await self._begin(entry.key)
        if number is None:
            return False
        await move(self._work, entry.postings)
        at_ms, ids = await self._work.dated_ms(), self._work.ids
        rows = [
            posting_values(each, number=ids.next_id(), entry=number, at_ms=at_ms) for each in entry.postings
        ]
        await insert_many(self._work.connection, posting, rows)
        return True

    async def write(self, key: str) -> SqlEntryWriter | None:
        """Begin an entry; None if its key is known."""
        number = await self._begin(key)
        if number is None:
            return None
        self._work.unclosed.add(key)
        return SqlEntryWriter(self._work, key, number)

    async def _begin(self, key: str) -> int | None:
        number = self._work.ids.next_id()
        row = {"key": key, "id": number, "at_ms": await self._work.dated_ms()}
        return number if await self._work.write(insert_new(entries).values(row)) else None


_AVAILABLE, _RESERVED = map(ACCOUNT_KINDS.number, (AccountKind.AVAILABLE, AccountKind.RESERVED))
_JOINED = select(person.c.id).where(among_given(person.c.id, "ids"))
_WALLETS = (
    select(accounts.c.id, accounts.c.kind, accounts.c.balance, accounts.c.waiting, accounts.c.waits_until_ms)
    .where(among_given(accounts.c.id, "ids"))
    .order_by(accounts.c.id)
)
_PURSES = (
    select(accounts.c.id, accounts.c.balance)
    .where(among_given(accounts.c.id, "ids"), accounts.c.kind == _AVAILABLE)
    .order_by(accounts.c.id)
)
