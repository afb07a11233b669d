"""Whether the settle price of an AT_CLOSE room follows: from the ticks of its last minute, or from its candles."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rooms_core.domain.market import FoundBy
from rooms_core.domain.room import Resolution, Room
from rooms_oracle.points import Point
from rooms_oracle.record_reader import Worked
from rooms_oracle.settle_price import settle_price


def close_points(room: Room, answer: Resolution, said: Sequence[Worked]) -> Iterable[Point]:
    """The points of a settle price."""
    yield Point("it is the price at the settle time", answer.at_ms == room.settle_at_ms)
    accepted = _accepted(said)
    median = settle_price(accepted, room.settle_at_ms)
    if answer.found_by is FoundBy.CLOSE:
        made = [each.close for each in said if each.again["tick_ms"] == str(room.settle_at_ms)]
        recorded = [price for price in made if price is not None]
        yield Point(
            "a settle price was recorded for this time, and is the room's", recorded == [answer.price]
        )
        yield Point("it is the median of the last minute", median == answer.price, f"{len(accepted)} ticks")
        return
    yield Point("too few ticks of the last minute have a price", median is None, f"{len(accepted)} ticks")
    yield Point("the minute's candles give the price", _of_candles(room, said) == [answer.price])


def no_price_points(room: Room, said: Sequence[Worked]) -> Iterable[Point]:
    """The points of a room that is void because there was no price."""
    accepted = _accepted(said)
    none = settle_price(accepted, room.settle_at_ms) is None and not _of_candles(room, said)
    yield Point("no settle price follows from them", none, f"{len(accepted)} ticks")


def _accepted(said: Sequence[Worked]) -> list[tuple[int, int]]:
    """The accepted ticks of the grid among records."""
    ticks = [each.tick for each in said if each.tick is not None and each.tick.inputs.basis == "ticks"]
    return [(tick.tick_ms, tick.price) for tick in ticks if tick.accepted]


def _of_candles(room: Room, said: Sequence[Worked]) -> list[int]:
    """The prices that candles give for the settle time."""
    ticks = [each.tick for each in said if each.tick is not None and each.tick.inputs.basis == "candles"]
    return [tick.price for tick in ticks if tick.accepted and tick.tick_ms == room.settle_at_ms]
