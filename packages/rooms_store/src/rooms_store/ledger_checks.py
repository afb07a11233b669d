"""The rules of money over all rooms, in SQL: what each room's postings must say about how it ended (I5, I8, I12).

What does not lie together where tables are spread is joined as a subquery: it is then brought to the other by itself.
On one server that changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, Subquery, and_, case, func, literal, or_, select

from rooms_core.domain.journal import AccountKind, PostingKind
from rooms_core.domain.status import RoomStatus
from rooms_core.ports.queries import LedgerCheck
from rooms_store.codes import ACCOUNT_KINDS, POSTING_KINDS, ROOM_STATUSES
from rooms_store.tables import account as accounts
from rooms_store.tables import bet, entry, pool, posting, settlement
from rooms_store.tables import room as rooms
from rooms_store.work import Work

SHOWN: Final = 5
"""How many offenders a check names."""
_FINAL: Final = ROOM_STATUSES.numbers((RoomStatus.SETTLED, RoomStatus.VOIDED))
_OF_ROOMS: Final = ACCOUNT_KINDS.numbers((AccountKind.POT, AccountKind.ROOM_SUBSIDY))
_STAKE: Final = POSTING_KINDS.number(PostingKind.STAKE)
_FIGURES_OF: Final = {
    PostingKind.PAYOUT: settlement.c.paid,
    PostingKind.LATE_REFUND: settlement.c.late_refunds,
    PostingKind.MATCH_REFUND: settlement.c.match_refunds,
    PostingKind.HOST: settlement.c.host,
    PostingKind.COMMISSION: settlement.c.commissions,
    PostingKind.PROTOCOL: settlement.c.protocol,
    PostingKind.BREAKAGE: settlement.c.breakage,
}
"""Which figure of a settlement the postings out of its pot add up to, by kind."""


async def room_checks(work: Work) -> list[LedgerCheck]:
    """Check every room; an offender is named by its number."""
    return [
        await _none(work, "I2", "a pool is the sum of its bets", _pools()),
        await _none(work, "I5", "each bet moved its stake once", _bets()),
        await _none(work, "I5", "each posting has its entry", _entries()),
        await _none(work, "I8", "a settled room paid what its figures say", _figures()),
        await _none(work, "I10", "a voided room gave back what was staked", _voids()),
        await _none(work, "I12", "an ended room holds nothing", _pots()),
        await _none(work, "I12", "a room has a settlement row exactly when it has ended", _endings()),
    ]


async def _none(work: Work, rule: str, what: str, offenders: Select[Any]) -> LedgerCheck:
    rows = await work.rows(offenders.limit(SHOWN))
    return LedgerCheck(rule=rule, what=what, wrong=tuple(str(row[0]) for row in rows))


def _pools() -> Select[Any]:
    stood = _sums(bet.c.room_id, bet.c.outcome, stakes=bet.c.stake, bets=literal(1))
    shown = _sums(pool.c.room_id, pool.c.outcome, stakes=pool.c.total, bets=pool.c.bets)
    same = and_(stood.c.room_id == shown.c.room_id, stood.c.outcome == shown.c.outcome)
    return (
        select(shown.c.room_id)
        .outerjoin(stood, same)
        .where(
            or_(
                func.coalesce(stood.c.stakes, 0) != shown.c.stakes,
                func.coalesce(stood.c.bets, 0) != shown.c.bets,
            )
        )
    )


def _bets() -> Select[Any]:
    ends = (posting.c.source, posting.c.id, posting.c.target, posting.c.amount)
    stake = select(*ends).where(posting.c.kind == _STAKE).subquery()
    moved = and_(
        stake.c.source == bet.c.account_id,
        stake.c.id == bet.c.id,
        stake.c.target == bet.c.room_id,
        stake.c.amount == bet.c.stake,
    )
    return select(bet.c.id).outerjoin(stake, moved).where(stake.c.id.is_(None))


def _entries() -> Select[Any]:
    keyed, placed = select(entry.c.id).subquery(), select(bet.c.room_id, bet.c.id).subquery()
    by_key = and_(posting.c.kind != _STAKE, keyed.c.id == posting.c.entry_id)
    by_bet = and_(
        posting.c.kind == _STAKE, placed.c.room_id == posting.c.target, placed.c.id == posting.c.entry_id
    )
    return (
        select(posting.c.id)
        .outerjoin(keyed, by_key)
        .outerjoin(placed, by_bet)
        .where(keyed.c.id.is_(None), placed.c.id.is_(None))
    )


def _figures() -> Select[Any]:
    out = _moved(posting.c.source, _FIGURES_OF)
    came = _moved(posting.c.target, {PostingKind.STAKE, PostingKind.SUBSIDY})
    differs = [func.coalesce(out.c[kind.value], 0) != figure for kind, figure in _FIGURES_OF.items()]
    differs += [
        func.coalesce(came.c[PostingKind.STAKE.value], 0) != settlement.c.staked,
        func.coalesce(came.c[PostingKind.SUBSIDY.value], 0) != settlement.c.subsidy,
    ]
    return (
        select(settlement.c.room_id)
        .outerjoin(out, out.c.account == settlement.c.room_id)
        .outerjoin(came, came.c.account == settlement.c.room_id)
        .where(settlement.c.staked.is_not(None), or_(*differs))
    )


def _voids() -> Select[Any]:
    out = _moved(posting.c.source, {PostingKind.VOID_REFUND})
    came = _moved(posting.c.target, {PostingKind.STAKE})
    back = func.coalesce(out.c[PostingKind.VOID_REFUND.value], 0)
    return (
        select(settlement.c.room_id)
        .outerjoin(out, out.c.account == settlement.c.room_id)
        .outerjoin(came, came.c.account == settlement.c.room_id)
        .where(settlement.c.staked.is_(None), back != func.coalesce(came.c[PostingKind.STAKE.value], 0))
    )


def _pots() -> Select[Any]:
    filled = select(accounts.c.id).where(accounts.c.balance != 0, accounts.c.kind.in_(_OF_ROOMS)).subquery()
    own = or_(filled.c.id == rooms.c.id, filled.c.id == rooms.c.id.bitwise_or(1))
    return select(rooms.c.id).join(filled, own).where(rooms.c.status.in_(_FINAL))


def _endings() -> Select[Any]:
    return (
        select(rooms.c.id)
        .outerjoin(settlement, settlement.c.room_id == rooms.c.id)
        .where(
            or_(
                rooms.c.status.in_(_FINAL) != settlement.c.room_id.is_not(None),
                settlement.c.status != rooms.c.status,
            )
        )
    )


def _sums(*by: ColumnElement[Any], **amounts: ColumnElement[Any]) -> Subquery:
    sums = [func.sum(amount).label(name) for name, amount in amounts.items()]
    return select(*by, *sums).group_by(*by).subquery()


def _moved(end: ColumnElement[Any], kinds: Iterable[PostingKind]) -> Subquery:
    """What postings of some kinds moved at one of their ends, summed by account, a column for each kind."""
    codes = {kind: POSTING_KINDS.number(kind) for kind in kinds}
    sums = [
        func.sum(case((posting.c.kind == code, posting.c.amount), else_=0)).label(kind.value)
        for kind, code in codes.items()
    ]
    return (
        select(end.label("account"), *sums).where(posting.c.kind.in_(codes.values())).group_by(end).subquery()
    )
