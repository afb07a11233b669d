"""Whether the answer of a TOUCH room follows: the hits of a touch, the minute of an audit, or silence until the end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rooms_core.domain.market import Direction, FoundBy
from rooms_core.domain.room import Resolution, Room
from rooms_core.ports.oracle import WatchedRoom
from rooms_core.services.watch_targets import watched
from rooms_oracle.audit import MinuteJudged, counts_for
from rooms_oracle.heard import MINUTE_MS, TICK_MS
from rooms_oracle.held import HeldTick
from rooms_oracle.held_records import HeldRecords
from rooms_oracle.hits import Thresholds, reaches
from rooms_oracle.points import Point, time_text
from rooms_oracle.record_reader import Worked, whole
from rooms_oracle.settle_price import is_last_minute, settle_price
from rooms_oracle.touch import POOL_TOUCH, VENUES_TOUCH, Hit, Streak, add_hit, is_touch
from rooms_oracle.tracker import depth_of


def touch_points(
    room: Room, answer: Resolution, said: Sequence[Worked], around: HeldRecords
) -> Iterable[Point]:
    """The points of a YES."""
    asked = _watched(room)
    if answer.found_by is FoundBy.AUDIT:
        yield from _audit_points(room, asked, answer, said)
        return
    ticks = _ticks(said)
    hits = [tick for tick in ticks if _hit(tick, asked)]
    row = _row(ticks, asked, answer.at_ms)
    rule = POOL_TOUCH if asked.pool_priced else VENUES_TOUCH
    open_then = all(asked.since_ms <= tick.tick_ms < asked.settle_at_ms for tick in hits)
    yield Point("enough of them in a row are hits (families)", is_touch(row, rule), _shown(hits))
    yield Point("the room was open at each hit", open_then)
    first = row.hits[0] if row.hits else None
    yield Point(
        "time and price are those of the first hit",
        first == Hit(answer.at_ms, answer.price),
        "" if first is None else time_text(first.tick_ms),
    )
    yield from _clear_points(room, answer, ticks, hits)
    if _halved(asked, [*ticks, *_ticks(around.worked.values())]):
        yield _median_point(asked, ticks, hits)
    else:
        earlier = [each for each in _touches(asked, around) if each[-1].tick_ms < answer.at_ms]
        yield Point("no touch before it was recorded", not earlier, _at(earlier))


def silence_points(
    room: Room, answer: Resolution, said: Sequence[Worked], around: HeldRecords
) -> Iterable[Point]:
    """The points of a NO."""
    asked = _watched(room)
    yield Point("it was given at the settle time", answer.at_ms == room.settle_at_ms)
    ticks = [tick for tick in _ticks(said) if tick.accepted and tick.tick_ms <= room.settle_at_ms]
    if ticks:
        yield Point("the price is that of the last tick", ticks[-1].price == answer.price)
    minutes = [each for each in (*said, *around.worked.values()) if each.minute is not None]
    reached = [each for each in minutes if _counts(each, asked) and _reached(each.minute, asked)]
    yield Point("no audited minute reached the target", not reached, f"{len(minutes)} minutes were audited")
    if _halved(asked, _ticks(around.worked.values())):
        yield Point("its pool has halved: hits alone were no touch, and the median is as told")
    else:
        touches = _touches(asked, around)
        yield Point("no touch was recorded while it was open", not touches, _at(touches))
    yield Point("that nothing was touched on ticks without a record is as told")


def _audit_points(
    room: Room, asked: WatchedRoom, answer: Resolution, said: Sequence[Worked]
) -> Iterable[Point]:
    minutes = [each for each in said if each.minute is not None and _counts(each, asked)]
    yield Point("one audited minute is named, within the room's life", len(minutes) == len(said) == 1)
    for each in minutes:
        at = None if each.minute is None else each.minute.at
        edge = None if at is None else at[0] if asked.direction is Direction.UP else at[1]
        reached = _reached(each.minute, asked)
        yield Point("two families reached the target in it", reached)
        yield Point("the price is the furthest that two families reached", edge == answer.price)
        yield Point("the touch counts at the minute's end", answer.at_ms == _minute_ms(each) + MINUTE_MS)
    late, least = answer.late_after_ms, room.late_after_ms(answer.at_ms, FoundBy.AUDIT)
    yield Point(
        "stakes go back from before the gap on, whose start is as told", late is not None and late < least
    )


def _clear_points(
    room: Room, answer: Resolution, ticks: Sequence[HeldTick], hits: Sequence[HeldTick]
) -> Iterable[Point]:
    """L, the last accepted tick before the touch that was no hit; stakes after it, less the window, go back."""
    before = [tick for tick in ticks if tick.accepted and tick.tick_ms < answer.at_ms and tick not in hits]
    late = answer.late_after_ms
    if before:
        due = room.late_after_ms(before[-1].tick_ms, answer.found_by)
        clear = time_text(before[-1].tick_ms)
        yield Point("late stakes go back from the last tick that was no hit", late == due, clear)
    else:
        least = room.late_after_ms(answer.at_ms, answer.found_by)
        yield Point("no record says when the target was last clear", late is not None and late < least)


def _median_point(asked: WatchedRoom, ticks: Sequence[HeldTick], hits: Sequence[HeldTick]) -> Point:
    """A thin room whose pool has halved needs the median of its last minute past the target as well (decision R6)."""
    last_ms = hits[-1].tick_ms if hits else 0
    minute = [
        (tick.tick_ms, tick.price)
        for tick in ticks
        if tick.accepted and is_last_minute(tick.tick_ms, last_ms)
    ]
    median = settle_price(minute, last_ms)
    past = median is not None and reaches(Thresholds(median, median), asked.direction, asked.target)
    return Point("its pool has halved, and the median of the last minute is past the target", past)


def _halved(asked: WatchedRoom, ticks: Iterable[HeldTick]) -> bool:
    """Whether a thin room's pool was seen at half of what it was."""
    created = asked.created_liquidity_cents
    depths = [depth for tick in ticks if (depth := depth_of(tick)) is not None]
    return created is not None and any(2 * depth.liquidity_cents <= created for depth in depths)


def _touches(asked: WatchedRoom, around: HeldRecords) -> list[list[HeldTick]]:
    """Rows of recorded ticks, each next to the other, that make a touch while the room was open."""
    rule = POOL_TOUCH if asked.pool_priced else VENUES_TOUCH
    touches: list[list[HeldTick]] = []
    row: list[HeldTick] = []
    for tick in _ticks(around.worked.values()):
        if not (asked.since_ms <= tick.tick_ms < asked.settle_at_ms and _hit(tick, asked)):
            row = []
        elif row and tick.tick_ms - row[-1].tick_ms == TICK_MS:
            row.append(tick)
        else:
            row = [tick]
        if len(row) == rule.hits:
            touches.append(row)
    return touches


def _ticks(said: Iterable[Worked]) -> list[HeldTick]:
    """The ticks of the grid among records, in the order of their time."""
    ticks = [each.tick for each in said if each.tick is not None and each.tick.inputs.basis == "ticks"]
    return sorted(ticks, key=lambda tick: tick.tick_ms)


def _row(ticks: Sequence[HeldTick], asked: WatchedRoom, at_ms: int) -> Streak:
    """The hits in a row that begin at a time; where none do, the first ones there are."""
    rows, row = [], Streak(0)
    for tick in ticks:
        if _hit(tick, asked):
            row = add_hit(row, Hit(tick.tick_ms, tick.price))
        elif tick.accepted:
            row = Streak(tick.tick_ms)
        if row.hits:
            rows.append(row)
    return max(
        [each for each in rows if each.hits[0].tick_ms == at_ms],
        key=lambda each: len(each.hits),
        default=rows[0] if rows else Streak(0),
    )


def _hit(tick: HeldTick, asked: WatchedRoom) -> bool:
    return tick.accepted and reaches(tick.at, asked.direction, asked.target)


def _counts(each: Worked, asked: WatchedRoom) -> bool:
    return counts_for(_minute_ms(each), asked)


def _minute_ms(each: Worked) -> int:
    return whole(each.again["tick_ms"])


def _reached(minute: MinuteJudged | None, asked: WatchedRoom) -> bool:
    if minute is None or minute.at is None:
        return False
    return reaches(Thresholds(*minute.at), asked.direction, asked.target)


def _watched(room: Room) -> WatchedRoom:
    return watched(room, room.created_at_ms if room.opened_at_ms is None else room.opened_at_ms)


def _at(touches: Sequence[Sequence[HeldTick]]) -> str:
    return ", ".join(time_text(row[0].tick_ms) for row in touches[:3])


def _shown(hits: Sequence[HeldTick]) -> str:
    """When, and by how many families: `15:05:33 (4), 15:05:36 (3)`."""
    return ", ".join(f"{time_text(tick.tick_ms)} ({len(tick.judged.found.inliers)})" for tick in hits[:5])
