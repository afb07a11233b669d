"""Rows of the tables as values of the core, and back: pure, and the only place that knows which column is what."""

from __future__ import annotations

import json
from collections.abc import Iterable
from json.encoder import encode_basestring
from typing import Any, Final, TypeAlias

from sqlalchemy import Row

from rooms_core.domain.bet import Bet
from rooms_core.domain.events import Event, Notice, bucket_of
from rooms_core.domain.ids import BetId, RoomId, UserId
from rooms_core.domain.journal import Account, AccountKind, Posting
from rooms_core.domain.market import Market, Outcome
from rooms_core.domain.money import Lamports
from rooms_core.domain.pool import Pool
from rooms_core.domain.referral import LEVELS_MAX, User
from rooms_core.domain.room import Hold, Resolution, Room
from rooms_core.domain.rules import HouseRules
from rooms_core.domain.tally import Figures
from rooms_core.domain.thin_pool import ThinPool
from rooms_core.ports.books import SettlementRow
from rooms_core.ports.evidence import EvidenceRecord
from rooms_store.accounts import account_id
from rooms_store.codes import EVENT_KINDS, POSTING_KINDS, ROOM_STATUSES
from rooms_store.records import read_optional, read_record, write_optional, write_record
from rooms_store.tables import FIGURES

Values: TypeAlias = dict[str, Any]
"""A row to be written, by column."""
AnyRow: TypeAlias = "Row[Any]"

_quoted: Final = encode_basestring
_encode: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def room_values(room: Room) -> Values:
    """A room's row; its pool has rows of its own."""
    return {
        "id": room.id,
        "title": room.title,
        "instrument": room.market.instrument,
        "market": write_record(Market, room.market),
        "rules": write_record(HouseRules, room.rules),
        "outcomes": json.dumps(room.pool.outcomes, ensure_ascii=False),
        "salt": room.salt,
        "host": room.host,
        "created_at_ms": room.created_at_ms,
        "lock_at_ms": room.lock_at_ms,
        "settle_at_ms": room.settle_at_ms,
        "thin": write_optional(ThinPool, room.thin),
        **moving_values(room),
    }


def moving_values(room: Room) -> Values:
    """What of a room's row moves."""
    return {
        "status": ROOM_STATUSES.number(room.status),
        "opened_at_ms": room.opened_at_ms,
        "hold": write_optional(Hold, room.hold),
        "resolution": write_optional(Resolution, room.resolution),
    }


def outcomes_of(text: str) -> tuple[Outcome, ...]:
    """The names of a room's outcomes; a bet and a pool row name them by their place."""
    return tuple(Outcome(name) for name in json.loads(text))


def room_of(row: AnyRow, stakes: dict[int, int]) -> Room:
    """A room from its row and what stands on each of its outcomes, by place."""
    outcomes = outcomes_of(row.outcomes)
    return Room(
        id=RoomId(row.id),
        title=row.title,
        market=read_record(Market, row.market),
        rules=read_record(HouseRules, row.rules),
        host=None if row.host is None else UserId(row.host),
        created_at_ms=row.created_at_ms,
        lock_at_ms=row.lock_at_ms,
        settle_at_ms=row.settle_at_ms,
        pool=pool_of(outcomes, stakes),
        salt=bytes(row.salt),
        status=ROOM_STATUSES.word(row.status),
        opened_at_ms=row.opened_at_ms,
        thin=read_optional(ThinPool, row.thin),
        hold=read_optional(Hold, row.hold),
        resolution=read_optional(Resolution, row.resolution),
    )


def pool_of(outcomes: tuple[Outcome, ...], stakes: dict[int, int]) -> Pool:
    """A pool from what stands on each outcome, by its place; what is not there is 0."""
    return Pool(tuple((name, Lamports(stakes.get(place, 0))) for place, name in enumerate(outcomes)))


def bet_of(row: AnyRow, outcomes: tuple[Outcome, ...]) -> Bet:
    """A bet from its row and the names of its room's outcomes."""
    return Bet(
        id=BetId(row.id),
        key=row.key,
        room=RoomId(row.room_id),
        bettor=UserId(row.account_id),
        outcome=outcomes[row.outcome],
        stake=Lamports(row.stake),
        placed_at_ms=row.placed_at_ms,
    )


def posting_values(posting: Posting, *, number: int, entry: int, at_ms: int) -> tuple[Any, ...]:
    """A posting's row, in the order of the table's columns."""
    return (
        account_id(posting.source),
        number,
        account_id(posting.target),
        posting.amount.value,
        POSTING_KINDS.number(posting.kind),
        entry,
        at_ms,
    )


def posting_rows(
    postings: Iterable[Posting], *, numbers: Iterable[int], entry: int, at_ms: int
) -> list[tuple[Any, ...]]:
    """`posting_values` of thousands of postings: most have the source and the kind of the one before them."""
    kinds = {kind: POSTING_KINDS.number(kind) for kind in POSTING_KINDS.words()}
    playable = AccountKind.AVAILABLE
    source: Account | None = None
    source_id = 0
    rows = []
    for each, number in zip(postings, numbers, strict=True):
        target = each.target
        owner = target.owner
        if each.source is not source:
            source = each.source
            source_id = account_id(source)
        # A user's balance has his own id (`accounts`); whatever else there is, and what is wrong, is asked for.
        own = target.kind is playable and owner > 0 and not owner & 1
        rows.append(
            (
                source_id,
                number,
                owner if own else account_id(target),
                each.amount.value,
                kinds[each.kind],
                entry,
                at_ms,
            )
        )
    return rows


def user_values(user: User) -> Values:
    """A user's row."""
    refs = (*user.uplines, *(None,) * LEVELS_MAX)
    return {
        "id": user.id,
        "code": user.code,
        "joined_at_ms": user.joined_at_ms,
        "ref1": refs[0],
        "ref2": refs[1],
        "ref3": refs[2],
    }


def uplines_of(row: AnyRow) -> tuple[UserId, ...]:
    """The referrers in a user's row, nearest first."""
    return tuple(UserId(each) for each in (row.ref1, row.ref2, row.ref3) if each is not None)


def user_of(row: AnyRow) -> User:
    """A user from his row."""
    return User(id=UserId(row.id), code=row.code, joined_at_ms=row.joined_at_ms, uplines=uplines_of(row))


def evidence_of(row: AnyRow) -> EvidenceRecord:
    """An oracle's record from its row."""
    return EvidenceRecord(row.instrument, row.tick_ms, row.hash, row.prev, row.body)


def settlement_values(row: SettlementRow) -> Values:
    """The row of a settled or voided room."""
    figures = row.figures
    return {
        "room_id": row.room,
        "status": ROOM_STATUSES.number(row.status),
        "header": row.header,
        "receipt_hash": row.receipt_hash,
        "at_ms": row.at_ms,
        **{name: None if figures is None else getattr(figures, name).value for name in FIGURES},
    }


def settlement_of(row: AnyRow) -> SettlementRow:
    """How a room ended, from its row. Raises InvariantBroken where the figures break I8."""
    amounts = {name: Lamports(getattr(row, name)) for name in FIGURES if getattr(row, name) is not None}
    return SettlementRow(
        room=RoomId(row.room_id),
        status=ROOM_STATUSES.word(row.status),
        figures=Figures(**amounts) if amounts else None,
        header=row.header,
        receipt_hash=row.receipt_hash,
        at_ms=row.at_ms,
    )


def notice_values(event: Event, *, number: int) -> tuple[Any, ...]:
    """The row of a waiting notice, in the order of the table's columns."""
    facts = _encode(dict(event.facts))
    kind = EVENT_KINDS.number(event.kind)
    return (bucket_of(event.user), number, event.user, kind, event.ref, facts, 0, 0, None, 0, None)


def notice_rows(events: Iterable[Event], *, numbers: Iterable[int]) -> list[tuple[Any, ...]]:
    """`notice_values` of thousands of events. Facts are texts, so that their JSON is put together at once."""
    kinds = {kind: EVENT_KINDS.number(kind) for kind in EVENT_KINDS.words()}
    return [
        (
            bucket_of(event.user),
            number,
            event.user,
            kinds[event.kind],
            event.ref,
            "{" + ",".join([f"{_quoted(name)}:{_quoted(fact)}" for name, fact in event.facts.items()]) + "}",
            0,
            0,
            None,
            0,
            None,
        )
        for event, number in zip(events, numbers, strict=True)
    ]


def notice_of(row: AnyRow) -> Notice:
    """A notice from its row."""
    event = Event(
        kind=EVENT_KINDS.word(row.kind), user=UserId(row.user_id), ref=row.ref, facts=json.loads(row.facts)
    )
    return Notice(row.id, event, row.tries)


def stakes_by_room(rows: Iterable[AnyRow]) -> dict[int, dict[int, int]]:
    """The pool rows of several rooms: by room, what stands on each outcome, all shards together."""
    stakes: dict[int, dict[int, int]] = {}
    for row in rows:
        places = stakes.setdefault(row.room_id, {})
        places[row.outcome] = places.get(row.outcome, 0) + row.total
    return stakes
