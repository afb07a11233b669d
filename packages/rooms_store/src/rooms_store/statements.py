"""An account over a period: its postings summed on both of its indexes, and a page of them, oldest first.

The time of each of the account's postings is looked at: ids are made by several clocks and say only roughly when. The
cost is that of the account's own history, never of the table.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, case, select

from rooms_core.domain.journal import Account
from rooms_core.domain.money import Lamports
from rooms_core.ports.movements import Movement, Period, Statement, StatementLine
from rooms_store.accounts import account_id
from rooms_store.dialect import wide, wide_sum
from rooms_store.history import told
from rooms_store.rows import AnyRow
from rooms_store.tables import posting
from rooms_store.work import Work

_OUT, _IN = posting.c.source, posting.c.target


async def statement(
    work: Work, account: Account, period: Period, *, after: int | None, limit: int
) -> Statement:
    """The sums of a period, and its movements with ids above `after`, at most `limit`."""
    number = account_id(account)
    debited, credited = [await _sums(work, end == number, period, after) for end in (_OUT, _IN)]
    opening = credited["before"] - debited["before"]
    balance = opening + credited["skipped"] - debited["skipped"]
    lines = []
    for movement in await _page(work, number, period, after, limit):
        amount = movement.amount.value
        balance += amount if movement.target == account else -amount
        lines.append(StatementLine(movement=movement, balance=balance))
    return Statement(
        account=account,
        period=period,
        opening=opening,
        credited=Lamports(credited["within"]),
        debited=Lamports(debited["within"]),
        lines=tuple(lines),
    )


async def _sums(work: Work, own: ColumnElement[bool], period: Period, after: int | None) -> dict[str, int]:
    """What went one way: `before` the period, `within` it, and there on the pages before this one (`skipped`)."""
    within = _within(period)
    parts = {"before": posting.c.at_ms < period.since_ms, "within": within}
    if after is not None:
        parts["skipped"] = and_(within, posting.c.id <= after)
    halves: list[ColumnElement[Any]] = [
        half
        for name, holds in parts.items()
        for half in wide_sum(case((holds, posting.c.amount), else_=0), name)
    ]
    (row,) = await work.rows(select(*halves).where(own))
    sums = {name: wide(row._mapping[f"{name}_high"], row._mapping[f"{name}_low"]) for name in parts}
    return {"skipped": 0, **sums}


async def _page(work: Work, number: int, period: Period, after: int | None, limit: int) -> list[Movement]:
    found: list[AnyRow] = []
    for end in (_OUT, _IN):
        statement = select(posting).where(end == number, _within(period)).order_by(posting.c.id).limit(limit)
        if after is not None:
            statement = statement.where(posting.c.id > after)
        found += await work.rows(statement)
    return await told(work, sorted(found, key=lambda row: row.id)[:limit])


def _within(period: Period) -> ColumnElement[bool]:
    return and_(posting.c.at_ms >= period.since_ms, posting.c.at_ms < period.until_ms)
