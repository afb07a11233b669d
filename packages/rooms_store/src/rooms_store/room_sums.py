"""What an ended room adds to the scores, as one statement: stakes from its bets, what came back from its pot.

The parts are summed one by one, each on the server that has the room's rows, before they are put together by user: a
room's bets and its pot's postings need not lie on the same one.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    and_,
    case,
    literal_column,
    select,
    true,
    union_all,
)

from rooms_core.domain.ids import RoomId
from rooms_core.domain.journal import PostingKind, pot
from rooms_core.domain.money import BPS_WHOLE
from rooms_core.domain.score import ALL_TIME, Day
from rooms_store.accounts import account_id
from rooms_store.codes import POSTING_KINDS
from rooms_store.dialect import total
from rooms_store.tables import bet, posting, settlement
from rooms_store.tables import room as rooms

Sums: TypeAlias = Subquery
"""One row for each bettor and the host: user_id, staked, paid, refunded, hosted, host_volume, host_earned."""

_PAYOUT: Final = POSTING_KINDS.number(PostingKind.PAYOUT)
_REFUNDS: Final = POSTING_KINDS.numbers((PostingKind.LATE_REFUND, PostingKind.MATCH_REFUND))
_PARTS: Final = ("staked", "paid", "refunded", "hosted", "host_volume", "host_earned")
_ONE: Final[ColumnElement[int]] = literal_column("1")
_NONE: Final[ColumnElement[int]] = literal_column("0")


def room_sums(room: RoomId, *, settled: bool) -> Sums:
    """What each user had in a room and got out of it. Of a void room nothing but who was there and who hosted it."""

    def part(user: ColumnElement[int], **amounts: ColumnElement[int]) -> Select[Any]:
        named: list[ColumnElement[Any]] = [amounts.get(name, _NONE).label(name) for name in _PARTS]
        return select(user.label("user_id"), *named)

    kind, amount = posting.c.kind, posting.c.amount
    parts = [
        part(bet.c.account_id, staked=total(bet.c.stake))
        .where(bet.c.room_id == room)
        .group_by(bet.c.account_id),
        part(rooms.c.host, hosted=_ONE, **_host_amounts(settled))
        .join_from(rooms, settlement, settlement.c.room_id == rooms.c.id)
        .where(rooms.c.id == room, rooms.c.host.is_not(None)),
    ]
    if settled:
        paid, back = case((kind == _PAYOUT, amount), else_=0), case((kind != _PAYOUT, amount), else_=0)
        parts.append(
            part(posting.c.target, paid=total(paid), refunded=total(back))
            .where(posting.c.source == account_id(pot(room)), kind.in_([_PAYOUT, *_REFUNDS]))
            .group_by(posting.c.target)
        )
    whole = union_all(*parts).subquery("parts")
    totals: list[ColumnElement[Any]] = [total(whole.c[name]).label(name) for name in _PARTS]
    return select(whole.c.user_id, *totals).group_by(whole.c.user_id).subquery("sums")


def by_user(sums: Sums, day: Day, *, settled: bool) -> Select[Any]:
    """The rows to be added to the scores, in the order of their columns: each user's for the day and for all time."""
    days: list[Select[Any]] = [
        select(literal_column(str(day)).label("day")),
        select(literal_column(str(ALL_TIME))),
    ]
    each = union_all(*days).subquery("days")
    volume = sums.c.staked - sums.c.refunded if settled else _NONE
    hit = _either(sums.c.paid > 0)
    return (
        select(
            sums.c.user_id,
            each.c.day,
            _either(volume > 0) if settled else _NONE,
            hit,
            _NONE if settled else _either(sums.c.staked > 0),
            volume,
            sums.c.paid - volume,
            sums.c.hosted,
            _NONE if settled else sums.c.hosted,
            sums.c.host_volume,
            sums.c.host_earned,
            hit * BPS_WHOLE,
        )
        .join_from(sums, each, true())
        .where(true())
        .order_by(sums.c.user_id, each.c.day)
    )


def players(sums: Sums) -> Select[int, int]:
    """How many bettors of a settled room had money in its pool, and how many of them were paid."""
    played = sums.c.staked > sums.c.refunded
    return select(
        total(_either(played)).label("players"),
        total(_either(and_(played, sums.c.paid > 0))).label("hits"),
    )


def _host_amounts(settled: bool) -> dict[str, ColumnElement[int]]:
    return {"host_volume": settlement.c.gross, "host_earned": settlement.c.host} if settled else {}


def _either(holds: ColumnElement[bool]) -> ColumnElement[int]:
    return case((holds, 1), else_=0)
