"""An entry of any size: postings are written as they come, balances move set-wise at its end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import attrgetter

import attrs
from sqlalchemy import Integer, Select, bindparam, case, func, literal, select, update
from sqlalchemy.dialects.postgresql import Insert

from rooms_core.domain.invariants import InvariantBroken, ensure
from rooms_core.domain.journal import ROOM_CREDITS, Account, AccountKind, Posting
from rooms_core.domain.money import STORED_MAX, Lamports
from rooms_core.domain.wallet import CREDIT_WAIT_MS
from rooms_store.accounts import account_id
from rooms_store.books.balances import open_accounts
from rooms_store.codes import ACCOUNT_KINDS, POSTING_KINDS
from rooms_store.dialect import among, insert, total
from rooms_store.rows import posting_rows
from rooms_store.tables import account as accounts
from rooms_store.tables import posting
from rooms_store.work import Work

_CREDITS = POSTING_KINDS.numbers(ROOM_CREDITS)
_PLAYABLE = ACCOUNT_KINDS.number(AccountKind.AVAILABLE)


@attrs.define
class SqlEntryWriter:
    """Implements `ports.books.EntryWriter`. Memory holds one sum for each source, and no targets."""

    _work: Work
    _key: str
    _number: int
    _debits: dict[Account, int] = attrs.field(factory=dict)
    _others: set[Account] = attrs.field(factory=set)

    async def add(self, postings: Sequence[Posting]) -> None:
        """Write a block of postings."""
        work, number, debits = self._work, self._number, self._debits
        ensure(self._key in work.unclosed, "I6", f"entry {self._key} is closed")
        for source, amount in _by_source(postings, self._key).items():
            if source not in debits:
                await self._meet(source)
            debits[source] = debits.get(source, 0) + amount
        for target in {each.target for each in postings if each.target.kind is not AccountKind.AVAILABLE}:
            if target not in self._others:
                await self._meet(target)
        rows = posting_rows(
            postings, numbers=work.ids.next_ids(len(postings)), entry=number, at_ms=await work.dated_ms()
        )
        await work.copy(posting, rows)

    async def close(self) -> None:
        """Move the balances: what came in for all targets at once, in account order, then what went out.

        Raises InvariantBroken where the rows that were written do not add up to what was asked for (I1).
        """
        work = self._work
        ensure(self._key in work.unclosed, "I5", f"entry {self._key} moves its balances once")
        work.unclosed.remove(self._key)
        if not self._debits:
            return
        sources = sorted((account_id(account), amount) for account, amount in self._debits.items())
        numbers, now_ms = [number for number, _ in sources], await work.dated_ms()
        written = {row.source: row.amount for row in await work.rows(_written(numbers, self._number))}
        ensure(written == dict(sources), "I1", f"entry {self._key} was written as it was asked for")
        await work.write(_credit_all(numbers, self._number, now_ms))
        await work.write_each(_DEBIT, ({"account": number, "amount": amount} for number, amount in sources))

    async def _meet(self, account: Account) -> None:
        """An account that is no user's balance may be new."""
        self._others.add(account)
        await open_accounts(self._work, [account])


def _by_source(postings: Iterable[Posting], key: str) -> dict[Account, int]:
    """What goes out of each account. Raises InvariantBroken for an amount that cannot be stored (I3)."""
    sums: dict[Account, int] = {}
    for source, some in groupby(postings, attrgetter("source")):
        amounts = [each.amount.value for each in some]
        if max(amounts) > STORED_MAX:
            raise InvariantBroken("I3", f"{key}: {Lamports(max(amounts))} is more than can be stored")
        sums[source] = sums.get(source, 0) + sum(amounts)
    return sums


_DEBIT = (
    update(accounts)
    .where(accounts.c.id == bindparam("account"))
    .values(balance=accounts.c.balance - bindparam("amount"), version=accounts.c.version + 1)
)


def _written(sources: Sequence[int], entry: int) -> Select[int, int]:
    """What the rows of an entry take out of each account."""
    return (
        select(posting.c.source, total(posting.c.amount).label("amount"))
        .where(among(posting.c.source, sources), posting.c.entry_id == entry)
        .group_by(posting.c.source)
    )


def _credit_all(sources: Sequence[int], entry: int, now_ms: int) -> Insert:
    """All that an entry credits, summed by account; `domain.wallet.credited` set-wise, its credits together."""
    until_ms = now_ms + CREDIT_WAIT_MS
    from_rooms = case((posting.c.kind.in_(_CREDITS), posting.c.amount), else_=0)
    sums = (
        select(
            posting.c.target,
            literal(_PLAYABLE, Integer()),
            posting.c.target,
            total(posting.c.amount),
            literal(1, Integer()),
            total(from_rooms),
            case((func.sum(from_rooms) > 0, until_ms), else_=0),
        )
        .where(among(posting.c.source, sources), posting.c.entry_id == entry)
        .group_by(posting.c.target)
        .order_by(posting.c.target)
    )
    new = insert(accounts).from_select(accounts.c.keys(), sums)
    credit = new.excluded
    still = case((accounts.c.waits_until_ms > now_ms, accounts.c.waiting), else_=0)
    waits = case((still > STORED_MAX - credit.waiting, STORED_MAX), else_=still + credit.waiting)
    return new.on_conflict_do_update(
        index_elements=[accounts.c.id],
        set_={
            "balance": accounts.c.balance + credit.balance,
            "version": accounts.c.version + 1,
            "waiting": case((credit.waiting > 0, waits), else_=accounts.c.waiting),
            "waits_until_ms": case((credit.waiting > 0, until_ms), else_=accounts.c.waits_until_ms),
        },
    )
