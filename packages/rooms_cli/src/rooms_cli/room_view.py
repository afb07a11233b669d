"""A room as it is shown: JSON for programs (money, prices and ids as strings, times in ms), and words for people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from json import loads
from typing import Any

from rooms_core.domain.market import Direction, Market
from rooms_core.domain.money import sol
from rooms_core.domain.room import Room
from rooms_core.ports.books import SettlementRow
from rooms_core.ports.queries import CashFlow


def room_json(room: Room) -> dict[str, Any]:
    """What anybody may know of a room; its salt stays hidden."""
    answer = room.resolution
    return {
        "id": str(room.id),
        "title": room.title,
        "status": room.status.value,
        "instrument": room.market.instrument,
        "direction": room.market.direction.value,
        "target": str(room.market.target),
        "target_scale": room.market.subject.scale,
        "mode": room.market.mode.value,
        "host": None if room.host is None else str(room.host),
        "created_at_ms": room.created_at_ms,
        "opened_at_ms": room.opened_at_ms,
        "lock_at_ms": room.lock_at_ms,
        "settle_at_ms": room.settle_at_ms,
        "staked": str(room.pool.gross.value),
        "pool": {outcome: str(amount.value) for outcome, amount in room.pool.stakes},
        "hold": None if room.hold is None else {"reason": room.hold.reason, "since_ms": room.hold.since_ms},
        "resolution": None
        if answer is None
        else {
            "winning": list(answer.winning),
            "price": str(answer.price),
            "at_ms": answer.at_ms,
            "found_by": answer.found_by.value,
            "late_after_ms": answer.late_after_ms,
            "evidence": list(answer.evidence),
        },
    }


def ended_json(row: SettlementRow | None, flows: Sequence[CashFlow]) -> dict[str, Any]:
    """How a room ended, and all money that went through it."""
    header = {} if row is None else loads(row.header)
    ended = row and {
        "state": row.status.value,
        "reason": header["reason"],
        "figures": header["figures"],
        "receipt_hash": row.receipt_hash,
        "at_ms": row.at_ms,
    }
    return {
        "settlement": ended,
        "cash_flow": [
            {
                "kind": flow.kind.value,
                "way": "in" if flow.into_room else "out",
                "amount": str(flow.amount.value),
                "postings": flow.postings,
            }
            for flow in flows
        ],
    }


def question(market: Market) -> str:
    """The question in a few words: `SOL/USD up to 165, touch`."""
    way = "up to" if market.direction is Direction.UP else "down to"
    return (
        f"{market.instrument} {way} {price(market.target, market.subject.scale)}, {market.mode.value.lower()}"
    )


def price(units: int, scale: int) -> str:
    """A price in USD: its units times ten to the (negative) `scale`, exact, without trailing zeros."""
    whole, rest = divmod(units, 10**-scale)
    return f"{whole}.{rest:0{-scale}d}".rstrip("0").rstrip(".")


def moment(ms: int | None) -> str:
    """A time as people read it, in UTC; nothing for none."""
    return "" if ms is None else datetime.fromtimestamp(ms // 1_000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def room_facts(room: Room) -> list[tuple[str, str]]:
    """A room for people, line by line."""
    answer, hold = room.resolution, room.hold
    pairs = [
        ("question", question(room.market)),
        ("status", room.status.value + (f", held: {hold.reason}" if hold else "")),
        ("host", "nobody" if room.host is None else str(room.host)),
        ("created", moment(room.created_at_ms)),
        ("locks", moment(room.lock_at_ms)),
        ("settles", moment(room.settle_at_ms)),
        ("staked", f"{room.pool.gross}"),
        *((f"  on {outcome}", f"{amount}") for outcome, amount in room.pool.stakes),
    ]
    if answer is not None:
        at = price(answer.price, room.market.subject.scale)
        pairs.append(
            ("answer", f"{', '.join(answer.winning)} at {at} on {moment(answer.at_ms)}, by {answer.found_by}")
        )
    return pairs


def ended_facts(row: SettlementRow) -> list[tuple[str, str]]:
    """The figures of a settlement in SOL; for a void room its reason."""
    header = loads(row.header)
    figures = row.figures
    names = ("gross", "takeout", "host", "protocol", "commissions", "paid", "breakage", "subsidy")
    shown = [] if figures is None else [(name, f"{sol(getattr(figures, name))} SOL") for name in names]
    reason = [] if header["reason"] is None else [("reason", header["reason"])]
    return [("ended", moment(row.at_ms)), *reason, *shown, ("receipt", row.receipt_hash)]
