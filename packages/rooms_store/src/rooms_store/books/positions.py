"""The positions of a room in SQL, in blocks, as a settlement judges them: one statement for stakes and referrers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, Select, and_, case, literal, literal_column, or_, select

from rooms_core.domain.ids import RoomId, UserId
from rooms_core.domain.market import Outcome
from rooms_core.domain.money import ZERO, Lamports
from rooms_core.domain.returns import Marginal
from rooms_core.domain.tally import Position
from rooms_store.dialect import total
from rooms_store.tables import bet, person


def positions_of(
    room: RoomId, *, late_after_ms: int | None, returned: ColumnElement[int] | None = None
) -> Select[Any]:
    """A row for each bettor and outcome, in this order: stakes, those that were late, what of the others goes back
    (`returned_of`), three referrers.

    The bets of a room lie on one server, so they are summed there before the people are asked. Whoever bets has
    joined: if a row of his were missing, the sums would not agree, and nobody would be paid (I8, I12).
    """
    by = (bet.c.account_id, bet.c.outcome)
    late = (
        _NONE if late_after_ms is None else case((bet.c.placed_at_ms > late_after_ms, bet.c.stake), else_=0)
    )
    if returned is not None and late_after_ms is not None:
        returned = case((bet.c.placed_at_ms <= late_after_ms, returned), else_=0)
    amounts = {"staked": bet.c.stake, "late": late, "back": _NONE if returned is None else returned}
    sums = (
        select(*by, *((each if each is _NONE else total(each)).label(name) for name, each in amounts.items()))
        .where(bet.c.room_id == room)
        .group_by(*by)
        .subquery("sums")
    )
    return (
        select(*sums.c, person.c.ref1, person.c.ref2, person.c.ref3)
        .join_from(sums, person, person.c.id == sums.c.account_id)
        .order_by(sums.c.account_id, sums.c.outcome)
    )


_NONE: Final[ColumnElement[int]] = literal_column("0")


def returned_of(marginal: Marginal, outcomes: Sequence[Outcome]) -> ColumnElement[int]:
    """What of a bet goes back because nothing stands against it (`Marginal.returned`), unless it is late."""
    newer = or_(
        bet.c.placed_at_ms > marginal.placed_at_ms,
        and_(bet.c.placed_at_ms == marginal.placed_at_ms, bet.c.id > marginal.bet),
    )
    there = bet.c.outcome == outcomes.index(marginal.outcome)
    return case(
        (and_(there, newer), bet.c.stake),
        (bet.c.id == marginal.bet, literal(marginal.back.value, BigInteger())),
        else_=0,
    )


def positions_in(rows: Iterable[Any], outcomes: Sequence[Outcome]) -> list[Position[UserId]]:
    """These rows as positions."""
    return [
        Position(
            bettor=bettor,
            outcome=outcomes[place],
            staked=Lamports(staked),
            late=Lamports(late) if late else ZERO,
            unmatched=Lamports(back) if back else ZERO,
            uplines=(
                ()
                if ref1 is None
                else (ref1,)
                if ref2 is None
                else (ref1, ref2)
                if ref3 is None
                else (ref1, ref2, ref3)
            ),
        )
        for bettor, place, staked, late, back, ref1, ref2, ref3 in rows
    ]
