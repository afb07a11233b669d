"""Proving the books: every balance recomputed from the postings, and the rules of money checked over all of them.

Accounts, debits and credits are read as three streams in the order of the accounts' numbers and merged, so that
books of any size are proven in little memory.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final

from sqlalchemy import Column, Executable, func, select

from rooms_core.domain.journal import PostingKind
from rooms_core.domain.money import STORED_MAX, Lamports
from rooms_core.ports.queries import LedgerCheck, LedgerDifference, LedgerReport, Progress
from rooms_store.accounts import account_of
from rooms_store.bulk import Blocks
from rooms_store.codes import POSTING_KINDS
from rooms_store.dialect import wide, wide_sum
from rooms_store.ledger_checks import room_checks
from rooms_store.tables import OUTSIDE_CODE, posting
from rooms_store.tables import account as accounts
from rooms_store.work import Rows, Work

_COMES_IN: Final = frozenset({PostingKind.DEPOSIT, PostingKind.FUNDING})
_GOES_OUT: Final = frozenset({PostingKind.SPEND, PostingKind.NETWORK_FEE})


async def verify(work: Work, progress: Progress | None = None) -> LedgerReport:
    """Recompute every balance, find the first that differs (I2), and check I1, I3, I4, I8 and I12."""
    totals, postings = await _totals(work)
    fold = _Fold(progress, expected=await _count(work))
    await fold.run(work)
    brought = sum(totals.get(kind, 0) for kind in _COMES_IN) - sum(totals.get(kind, 0) for kind in _GOES_OUT)
    return LedgerReport(
        accounts=fold.accounts,
        postings=postings,
        first_difference=fold.difference,
        checks=(
            _check(
                "I1",
                "all balances together are zero",
                fold.inside + fold.outside == 0,
                fold.inside + fold.outside,
            ),
            LedgerCheck(
                rule="I3", what="no balance is negative or past 63 bits", wrong=tuple(fold.outside_bounds)
            ),
            _check(
                "I4",
                "deposits + funding − withdrawals − network fees = all balances but the outside world's",
                brought == fold.inside,
                brought - fold.inside,
            ),
            *await room_checks(work),
        ),
        totals={kind: Lamports(amount) for kind, amount in totals.items()},
    )


class _Fold:
    """The merge of accounts with the sums of their credits and debits."""

    def __init__(self, progress: Progress | None, *, expected: int) -> None:
        self._progress = progress
        self._expected = expected
        self.accounts = 0
        self.inside = 0
        self.outside = 0
        self.difference: LedgerDifference | None = None
        self.outside_bounds: list[str] = []

    async def run(self, work: Work) -> None:
        """Go through all accounts once."""
        came, went = _sums(work, posting.c.target), _sums(work, posting.c.source)
        credit, debit = await anext(came, None), await anext(went, None)
        async for rows in _stream(work, select(accounts).order_by(accounts.c.id)):
            for row in rows:
                recomputed = 0
                if credit is not None and credit[0] == row.id:
                    recomputed += credit[1]
                    credit = await anext(came, None)
                if debit is not None and debit[0] == row.id:
                    recomputed -= debit[1]
                    debit = await anext(went, None)
                self._take(row, recomputed)
            if self._progress is not None:
                self._progress(self.accounts, self._expected)
        for left in (credit, debit):
            if left is not None:
                self.outside_bounds.append(f"account {left[0]} has postings and no balance")

    def _take(self, row: Any, recomputed: int) -> None:
        self.accounts += 1
        account = account_of(row.kind, row.owner)
        if row.kind == OUTSIDE_CODE:
            self.outside += row.balance
        else:
            self.inside += row.balance
        if not (0 <= row.balance <= STORED_MAX or row.kind == OUTSIDE_CODE):
            self.outside_bounds.append(f"{account} holds {row.balance}")
        if self.difference is None and recomputed != row.balance:
            self.difference = LedgerDifference(account=account, stored=row.balance, recomputed=recomputed)


def _stream(work: Work, statement: Executable) -> Blocks[Any]:
    async def ask() -> Executable:
        return statement

    async def convert(rows: Rows) -> Rows:
        return rows

    blocks = Blocks(work.copies.arrived, ask, block=work.block, convert=convert)
    work.streamed(blocks)
    return blocks


async def _sums(work: Work, end: Column[Any]) -> AsyncIterator[tuple[int, int]]:
    """What all postings move at one of their ends, by account, in order."""
    statement = select(end.label("account"), *wide_sum(posting.c.amount)).group_by(end).order_by(end)
    async for rows in _stream(work, statement):
        for row in rows:
            yield row.account, wide(row.sum_high, row.sum_low)


async def _totals(work: Work) -> tuple[dict[PostingKind, int], int]:
    """All postings summed by kind, and how many they are."""
    statement = select(posting.c.kind, func.count().label("postings"), *wide_sum(posting.c.amount))
    rows = await work.rows(statement.group_by(posting.c.kind))
    totals = {POSTING_KINDS.word(row.kind): wide(row.sum_high, row.sum_low) for row in rows}
    return totals, sum(row.postings for row in rows)


async def _count(work: Work) -> int:
    row = await work.first(select(func.count().label("accounts")).select_from(accounts))
    return 0 if row is None else int(row.accounts)


def _check(rule: str, what: str, holds: bool, away: int) -> LedgerCheck:
    return LedgerCheck(rule=rule, what=what, wrong=() if holds else (f"{away} lamports away",))
