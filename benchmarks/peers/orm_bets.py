"""A bet as an ORM's users write it: one unit of work for each, objects read, changed and flushed.

Same tables, same checks, same guarantees as the bet desk: the room and the balance are locked before they are judged,
the key is looked up first, and money, bet, posting and pool move together.
"""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from benchmarks.peers.orm_tables import AccountRow, BetRow, PersonRow, PoolRow, PostingRow, RoomRow
from rooms_core.domain.bet import BetOrder
from rooms_core.domain.journal import PostingKind
from rooms_core.domain.money import STORED_MAX
from rooms_core.domain.rules import HouseRules
from rooms_core.domain.status import RoomStatus
from rooms_store.codes import POSTING_KINDS, ROOM_STATUSES
from rooms_store.records import read_record
from rooms_store.tables import account, bet, pool, room

_OPEN = ROOM_STATUSES.numbers(status for status in RoomStatus if status.takes_bets)


class Refused(Exception):
    """The bet is not taken; nothing was done."""


def place_one(session: Session, order: BetOrder, *, bet_id: int, now_ms: int) -> int:
    """Place one bet in the session's unit of work, which the caller commits; answers the bet's id."""
    found = session.scalars(_locked(select(RoomRow).where(room.c.id == order.room))).one_or_none()
    if found is None:
        raise Refused("no such room")
    known = session.scalars(
        select(BetRow).where(
            bet.c.room_id == order.room, bet.c.account_id == order.bettor, bet.c.key == order.key
        )
    ).one_or_none()
    if known is not None:
        return int(known.id)
    if found.status not in _OPEN or found.hold is not None or now_ms >= found.lock_at_ms:
        raise Refused("the room is closed")
    place = json.loads(found.outcomes).index(order.outcome)
    rules = read_record(HouseRules, found.rules)
    if order.stake < rules.limits.stake_min:
        raise Refused("the stake is too small")
    if session.get(PersonRow, order.bettor) is None:
        raise Refused("no such bettor")
    bettor, pot = session.scalars(
        _locked(
            select(AccountRow)
            .where(account.c.id.in_([order.bettor, order.room]))
            .order_by(account.c.id.desc())
        )
    ).all()
    if bettor.balance < order.stake.value:
        raise Refused("the balance is too low")
    pools = session.scalars(_locked(select(PoolRow).where(pool.c.room_id == order.room))).all()
    if sum(each.total for each in pools) + order.stake.value > STORED_MAX:
        raise Refused("the pot is full")
    stake = order.stake.value
    session.add(
        BetRow(
            room_id=order.room,
            id=bet_id,
            account_id=order.bettor,
            outcome=place,
            stake=stake,
            key=order.key,
            placed_at_ms=now_ms,
        )
    )
    session.add(
        PostingRow(
            source=order.bettor,
            id=bet_id,
            target=order.room,
            amount=stake,
            kind=POSTING_KINDS.number(PostingKind.STAKE),
            entry_id=bet_id,
            at_ms=now_ms,
        )
    )
    bettor.balance -= stake
    bettor.version += 1
    pot.balance += stake
    pot.version += 1
    (on,) = (each for each in pools if each.outcome == place)
    on.total += stake
    on.bets += 1
    session.flush()
    return bet_id


def _locked(rows: Select[Any]) -> Select[Any]:
    return rows.with_for_update(key_share=True)
