"""The loops of a process as metrics: who leads, how turns went and how long they took."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from prometheus_client.core import HistogramMetricFamily, Metric

from rooms_cli.loops.standing import LoopStanding
from rooms_cli.metrics.rows import by_word, counts, gauges

_NOW: Final = {
    "instruments": ("instruments_polled", "Instruments asked for on the last tick", 1),
    "priced": ("instruments_priced", "Those of them with a price on it", 1),
    "tick_ms": ("tick_timestamp_seconds", "The last tick that was evaluated", 1_000),
    "rooms": ("rooms_live", "Rooms that are looked after", 1),
    "settling": ("rooms_settling", "Rooms that had their answer and not yet their money", 1),
    "waiting": ("rooms_waiting", "Of these, rooms that could not be settled or are held", 1),
}
"""What a loop saw last → the name it is shown by, what it is, and what it is divided by."""
_TIMES: Final = {
    "turn": "How long a turn took",
    "tick_lag": "From the time of a tick to the end of its turn",
    "settle_delay": "From the touch, or the settle time, to the money",
}
"""What is timed, in words."""


def of_loops(loops: Sequence[LoopStanding]) -> Iterator[Metric]:
    """How the loops of this process stand."""
    yield gauges(
        "role_leads",
        "1 while this process has the role",
        ["role"],
        [([each.role], each.leads) for each in loops],
    )
    yield counts("loop_turns", "Turns taken", ["role"], [([each.role], each.turns) for each in loops])
    yield counts(
        "loop_failures", "Turns that failed", ["role"], [([each.role], each.failed) for each in loops]
    )
    yield gauges(
        "loop_failures_in_a_row",
        "Turns, and tries to have the role, that failed one after another",
        ["role"],
        [([each.role], each.failed_row) for each in loops],
    )
    yield gauges(
        "loop_turn_timestamp_seconds",
        "When the last turn ended",
        ["role"],
        [([each.role], each.last_turn_ms / 1_000) for each in loops if each.last_turn_ms is not None],
    )
    yield counts(
        "loop_events",
        "What happened on the turns, by role and event",
        ["role", "event"],
        by_word((each.role, each.counts) for each in loops),
    )
    times: dict[str, HistogramMetricFamily] = {}
    for each in loops:
        for name, kept in each.times.items():
            family = times.setdefault(
                name, HistogramMetricFamily(f"rooms_{name}_seconds", _TIMES.get(name, name), labels=["role"])
            )
            rows = [("+Inf" if ms is None else str(ms / 1_000), float(count)) for ms, count in kept.up_to()]
            family.add_metric([each.role], rows, kept.sum_ms / 1_000)
    yield from times.values()
    for key, (name, what, divided) in _NOW.items():
        seen = [([each.role], each.gauges[key] / divided) for each in loops if key in each.gauges]
        yield gauges(name, what, ["role"], seen)
