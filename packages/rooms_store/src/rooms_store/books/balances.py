"""Balances: accounts locked in the order of their numbers, opened when first needed, moved by what postings say."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import bindparam, select, update

from rooms_core.domain.invariants import ensure
from rooms_core.domain.journal import OUTSIDE, ROOM_CREDITS, WALLETS, Account, Posting, fold
from rooms_core.domain.money import STORED_MAX, Lamports
from rooms_core.domain.wallet import credited
from rooms_store.accounts import account_id
from rooms_store.codes import ACCOUNT_KINDS
from rooms_store.dialect import among, insert_new
from rooms_store.tables import account as accounts
from rooms_store.work import Work

EMPTY: Final[Mapping[str, Any]] = {"balance": 0, "waiting": 0, "waits_until_ms": 0}
"""What an account holds that was never opened."""


async def open_accounts(work: Work, wanted: Iterable[Account]) -> None:
    """Make the rows of these accounts that are not there yet, in the order of their numbers."""
    rows = [
        {"id": number, "kind": ACCOUNT_KINDS.number(each.kind), "owner": each.owner, "version": 0, **EMPTY}
        for number, each in sorted((account_id(each), each) for each in wanted)
    ]
    await work.write_each(insert_new(accounts), rows)


async def lock_accounts(work: Work, wanted: Collection[Account]) -> dict[int, Mapping[str, Any]]:
    """Lock accounts in id order and read them, by number. Raises InvariantBroken where two accounts share one (I2)."""
    named = {account_id(account): account for account in wanted}
    statement = select(accounts).where(among(accounts.c.id, named)).order_by(accounts.c.id)
    rows = [row._mapping for row in await work.lock(statement)]
    for row in rows:
        account = named[row["id"]]
        ensure(
            (row["kind"], row["owner"]) == (ACCOUNT_KINDS.number(account.kind), account.owner),
            "I2",
            f"{account} has an account's number to itself",
        )
    return {row["id"]: dict(row) for row in rows}


async def move(work: Work, postings: Sequence[Posting]) -> None:
    """Move the balances by what a few postings change, in account order; credits from rooms start to wait (M9)."""
    changes = {account_id(account): (account, change) for account, change in fold(postings).items()}
    from_rooms = fold(each for each in postings if each.kind in ROOM_CREDITS)
    held = await lock_accounts(work, [account for account, _ in changes.values()])
    new = [account for number, (account, _) in changes.items() if number not in held]
    for account in new:
        ensure(account.kind not in WALLETS, "I2", f"{account}: only who joined has a wallet")
    await open_accounts(work, new)
    now_ms, moves = await work.dated_ms(), []
    for number, (account, change) in sorted(changes.items()):
        row = held.get(number, EMPTY)
        balance = row["balance"] + change
        least = -STORED_MAX if account == OUTSIDE else 0
        ensure(least <= balance <= STORED_MAX, "I3", f"{account} would hold {balance} lamports")
        waiting, until_ms = Lamports(row["waiting"]), row["waits_until_ms"]
        credit = from_rooms.get(account, 0)
        if credit > 0:
            waiting, until_ms = credited(waiting, until_ms, Lamports(credit), now_ms=now_ms)
        moves.append(
            {"account": number, "change": change, "waiting": waiting.value, "waits_until_ms": until_ms}
        )
    await work.write_each(_MOVE, moves)


_MOVE = (
    update(accounts)
    .where(accounts.c.id == bindparam("account"))
    .values(
        balance=accounts.c.balance + bindparam("change"),
        version=accounts.c.version + 1,
        waiting=bindparam("waiting"),
        waits_until_ms=bindparam("waits_until_ms"),
    )
)
