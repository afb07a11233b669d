"""What a chart of a room shows, as numbers: its ticks, what decided, and when nothing was known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from rooms_core.domain.market import MarketState, Mode
from rooms_core.domain.room import Room
from rooms_oracle.held import HeldTick
from rooms_oracle.held_records import work_out_all
from rooms_oracle.hits import reaches
from rooms_oracle.record_reader import Worked, whole
from rooms_oracle.room_check import RoomFiles

RECORDED_MS: Final = 63_000
"""A tick a minute is written down, so two records are not further apart while the monitor runs."""
_MINUTE_MS: Final = 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownTick:
    """A recorded tick; prices in the subject's units, None where none was accepted. `deciding`: the answer names it."""

    tick_ms: int
    status: str
    price: int | None
    lo: int | None
    hi: int | None
    hit: bool
    deciding: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomChart:
    """A room and what was recorded of its market while it was open, in order of time.

    `audited` are minutes as (start, highest, lowest) two families reached; `silent` are stretches without any record,
    `late` is from when to when stakes go back; `broken` counts records that do not hold and are left out.
    """

    room: Room
    from_ms: int
    ticks: tuple[ShownTick, ...]
    audited: tuple[tuple[int, int, int], ...]
    silent: tuple[tuple[int, int], ...]
    late: tuple[int, int] | None
    gap_from_ms: int | None
    broken: int


def chart_of(files: RoomFiles, state: MarketState | None) -> RoomChart:
    """The chart of a room, from its papers and the row of its market."""
    room, answer = files.room, files.room.resolution
    named = frozenset(answer.evidence if answer is not None else files.receipt_evidence or ())
    own = [each.hash for each in files.records.values() if each.instrument == room.market.instrument]
    held = work_out_all(own, files.records)
    worked = {sealed: each for sealed, each in held.worked.items() if sealed in set(own)}
    from_ms = room.created_at_ms if room.opened_at_ms is None else room.opened_at_ms
    ticks = sorted(
        (_shown(room, each.tick, sealed in named) for sealed, each in worked.items() if _of_grid(each)),
        key=lambda tick: tick.tick_ms,
    )
    late = None if answer is None or answer.late_after_ms is None else (answer.late_after_ms, answer.at_ms)
    alive = room.status.takes_bets or answer is None
    return RoomChart(
        room=room,
        from_ms=from_ms,
        ticks=tuple(ticks),
        audited=tuple(sorted(_minutes(worked.values()))),
        silent=tuple(_silences([tick.tick_ms for tick in ticks if tick.tick_ms >= from_ms])),
        late=late,
        gap_from_ms=None if state is None or not alive else state.gap_from_ms,
        broken=len(held.broken),
    )


def chart_json(chart: RoomChart) -> dict[str, Any]:
    """The points, for programs: prices as texts in 10^`scale` US dollars, times in ms."""
    room, answer = chart.room, chart.room.resolution
    return {
        "room": str(room.id),
        "instrument": room.market.instrument,
        "direction": room.market.direction.value,
        "target": str(room.market.target),
        "scale": room.market.subject.scale,
        "from_ms": chart.from_ms,
        "lock_at_ms": room.lock_at_ms,
        "settle_at_ms": room.settle_at_ms,
        "answer": None
        if answer is None
        else {"winning": list(answer.winning), "price": str(answer.price), "at_ms": answer.at_ms},
        "late": None if chart.late is None else list(chart.late),
        "ticks": [
            {
                "tick_ms": tick.tick_ms,
                "status": tick.status,
                **{name: _text(getattr(tick, name)) for name in ("price", "lo", "hi")},
                "hit": tick.hit,
                "deciding": tick.deciding,
            }
            for tick in chart.ticks
        ],
        "audited": [{"minute_ms": at, "up": str(up), "down": str(down)} for at, up, down in chart.audited],
        "silent": [list(each) for each in chart.silent],
        "gap_from_ms": chart.gap_from_ms,
        "broken": chart.broken,
    }


def _shown(room: Room, tick: HeldTick | None, deciding: bool) -> ShownTick:
    assert tick is not None  # `_of_grid` has seen it
    found, market = tick.judged.found, room.market
    open_then = room.opened_at_ms is not None and room.opened_at_ms <= tick.tick_ms < room.settle_at_ms
    hit = market.mode is Mode.TOUCH and open_then and tick.accepted
    return ShownTick(
        tick_ms=tick.tick_ms,
        status=found.status.value,
        price=found.price if tick.accepted else None,
        lo=found.lo if tick.accepted else None,
        hi=found.hi if tick.accepted else None,
        hit=hit and reaches(tick.at, market.direction, market.target),
        deciding=deciding,
    )


def _of_grid(each: Worked) -> bool:
    return each.tick is not None and each.tick.inputs.basis == "ticks"


def _minutes(worked: Iterable[Worked]) -> Iterable[tuple[int, int, int]]:
    for each in worked:
        if each.minute is not None and each.minute.at is not None:
            yield (whole(each.again["tick_ms"]), *each.minute.at)


def _silences(ticks: list[int]) -> Iterable[tuple[int, int]]:
    for sooner, later in pairwise(ticks):
        if later - sooner > RECORDED_MS:
            yield sooner, later


def _text(value: int | None) -> str | None:
    return None if value is None else str(value)
