"""What the monitor counts: ticks by instrument and reason, under a limited number of names."""

from __future__ import annotations

from rooms_cli.loops.counted import OTHERS, TOKENS, Names, TickCounts
from rooms_core.domain.ids import RoomId
from rooms_core.domain.market import FoundBy
from rooms_core.domain.status import RoomStatus
from rooms_core.ports.oracle import TickReport, Touch
from rooms_core.services.watch_targets import Answered, Watched
from rooms_core.testing.builders import USD, a_market_state, a_reading
from rooms_core.testing.clock import NOON_MS
from rooms_core.testing.house import a_record

ROOM = RoomId(1_000)
TOUCH = Touch(
    room=ROOM, at_ms=NOON_MS, price=USD, last_clear_ms=NOON_MS, found_by=FoundBy.TICKS, evidence=("sha256:0",)
)


def test_a_tick_is_accepted_or_refused_for_a_reason() -> None:
    """A row that only tells of a new gap is no price."""
    counts = TickCounts()
    states = (a_market_state(a_reading(USD)), a_market_state(a_reading(USD, instrument="BTC/USD")))
    report = TickReport(NOON_MS, states, (), (("BTC/USD", "NO_QUORUM"),), (a_record("SOL/USD", NOON_MS),))
    counts.take(Watched(report, ()))

    assert {"SOL/USD": 1} == counts.accepted
    assert {("BTC/USD", "NO_QUORUM"): 1} == counts.refused
    assert (1, NOON_MS) == (counts.records, counts.accepted_ms)


def test_a_touch_is_counted_once() -> None:
    """It is reported again until its room has moved; only then it counts."""
    counts = TickCounts()
    report = TickReport(NOON_MS, (), (TOUCH,))
    counts.take(Watched(report, ()))
    counts.take(Watched(report, (Answered(ROOM, RoomStatus.SETTLING),)))

    assert {FoundBy.TICKS.value: 1} == counts.touches
    assert counts.accepted_ms is None


def test_names_are_few() -> None:
    """Tokens share one, and so do instruments beyond the limit; who has one keeps it."""
    names = Names(most=2)

    assert ["a", "b", OTHERS, "a", TOKENS] == [names.of(each) for each in ("a", "b", "c", "a", "pump:x")]
