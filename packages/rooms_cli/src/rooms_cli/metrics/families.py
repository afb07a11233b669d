"""The metrics of a process, made from how its parts stand at the moment somebody looks. Nothing is kept here.

Times are seconds, as everywhere in Prometheus. No label comes from a setting: names of feeds, instruments and roles,
and words of ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

from rooms_cli.loops.counted import TickCounts
from rooms_cli.loops.standing import LoopStanding
from rooms_oracle.breaker import BreakerState
from rooms_oracle.instrument_standing import InstrumentStanding
from rooms_oracle.stats import FeedStanding, StreamStanding

OTHER: Final = "OTHER"
_WORD: Final = re.compile(r"[A-Za-z][A-Za-z_]{0,40}")

Row = tuple[Sequence[str], float]


def of_feeds(feeds: Sequence[FeedStanding]) -> Iterator[Metric]:
    """What is kept of each feed: when it last answered, how quickly, how it failed, and what may still be asked."""
    answered = [(each, each.last_success_ms) for each in feeds]
    yield _gauges(
        "feed_on", "1 unless it is switched off", ["feed"], [([each.name], each.on) for each in feeds]
    )
    yield _gauges(
        "feed_last_success_timestamp_seconds",
        "When the feed last answered",
        ["feed"],
        [([each.name], at_ms / 1_000) for each, at_ms in answered if at_ms is not None],
    )
    yield _gauges(
        "feed_age_seconds",
        "How long ago that was",
        ["feed"],
        [([each.name], each.age_ms / 1_000) for each in feeds if each.age_ms is not None],
    )
    took = [
        (each.name, rank, ms) for each in feeds for rank, ms in (("0.5", each.p50_ms), ("0.99", each.p99_ms))
    ]
    yield _gauges(
        "feed_latency_seconds",
        "How long its last 512 answers took, by rank",
        ["feed", "quantile"],
        [([name, rank], ms / 1_000) for name, rank, ms in took if ms is not None],
    )
    yield _counts("feed_calls", "Calls made", ["feed"], [([each.name], each.calls) for each in feeds])
    yield _counts(
        "feed_errors",
        "What was not had, by kind: failed calls, calls that were not made, symbols refused",
        ["feed", "kind"],
        _by_word((each.name, each.errors) for each in feeds),
    )
    yield _gauges(
        "feed_breaker",
        "1 for the state its breaker is in",
        ["feed", "state"],
        [([each.name, state.value], each.breaker is state) for each in feeds for state in BreakerState],
    )
    yield _gauges(
        "feed_budget",
        "What may be asked at once, in the vendor's unit",
        ["feed"],
        [([each.name], each.budget) for each in feeds],
    )


def of_streams(streams: Sequence[StreamStanding]) -> Iterator[Metric]:
    """The streams: what they carry, and how often polling had to answer instead."""
    now = {
        "stream_connections": ("Connections that stand", [each.connected for each in streams]),
        "stream_symbols_carried": ("Symbols that stand on them", [each.carried for each in streams]),
        "stream_symbols_wanted": ("Symbols that should", [each.wanted for each in streams]),
    }
    for name, (what, values) in now.items():
        yield _gauges(
            name, what, ["feed"], [([each.name], value) for each, value in zip(streams, values, strict=True)]
        )
    counted = {
        "stream_messages": ("Messages received", [each.messages for each in streams]),
        "stream_prices": ("Prices of ticks that came from the stream", [each.taken for each in streams]),
        "stream_connections_begun": ("Connections begun", [each.opened for each in streams]),
    }
    for name, (what, values) in counted.items():
        yield _counts(
            name, what, ["feed"], [([each.name], value) for each, value in zip(streams, values, strict=True)]
        )
    polled = _by_word((each.name, each.polled) for each in streams)
    yield _counts("stream_polled", "Prices that were polled instead, by reason", ["feed", "reason"], polled)


def of_ticks(ticks: TickCounts) -> Iterator[Metric]:
    """What the monitor counted by instrument."""
    yield _counts(
        "ticks_accepted",
        "Ticks with a price",
        ["instrument"],
        [([name], count) for name, count in sorted(ticks.accepted.items())],
    )
    yield _counts(
        "ticks_refused",
        "Ticks without one, by reason",
        ["instrument", "reason"],
        [([name, _word(reason)], count) for (name, reason), count in sorted(ticks.refused.items())],
    )
    yield _counts(
        "touches",
        "Rooms touched, by how it was found",
        ["found_by"],
        [([by], n) for by, n in sorted(ticks.touches.items())],
    )
    yield _counts("evidence_records", "Records of evidence written", [], [([], ticks.records)])
    if ticks.accepted_ms is not None:
        yield _gauges(
            "accepted_tick_timestamp_seconds",
            "The newest tick with a price",
            [],
            [([], ticks.accepted_ms / 1_000)],
        )


def of_instruments(found: Iterable[InstrumentStanding], ticks: TickCounts) -> Iterator[Metric]:
    """How each polled instrument stands; those that share a label show the worst of them."""
    shared: dict[str, list[InstrumentStanding]] = {}
    for each in found:
        shared.setdefault(ticks.names.of(each.name), []).append(each)
    rows = sorted(shared.items())
    accepted = [
        (name, [one.accepted_ms for one in each if one.accepted_ms is not None]) for name, each in rows
    ]
    yield _gauges(
        "instrument_families",
        "Families that had a vote on the newest tick (sources, where one pool makes the price)",
        ["instrument"],
        [([name], min([one.families for one in each])) for name, each in rows],
    )
    yield _gauges(
        "instrument_families_agreed",
        "Those of them that made the price; 0: there is none",
        ["instrument"],
        [([name], min([one.agreed for one in each])) for name, each in rows],
    )
    yield _gauges(
        "instrument_accepted_timestamp_seconds",
        "The newest tick with a price",
        ["instrument"],
        [([name], min(each) / 1_000) for name, each in accepted if each],
    )
    yield _gauges(
        "instrument_gaps_open",
        "Silences whose audit is owed",
        ["instrument"],
        [([name], sum([one.gap_from_ms is not None for one in each])) for name, each in rows],
    )
    yield _gauges(
        "instrument_rooms_watched",
        "TOUCH rooms that wait for their target",
        ["instrument"],
        [([name], sum([one.watched for one in each])) for name, each in rows],
    )


_NOW: Final = {
    "instruments": ("instruments_polled", "Instruments asked for on the last tick", 1),
    "priced": ("instruments_priced", "Those with something to tell on it", 1),
    "tick_ms": ("tick_timestamp_seconds", "The last tick that was evaluated", 1_000),
    "rooms": ("rooms_live", "Rooms that are looked after", 1),
    "settling": ("rooms_settling", "Rooms that had their answer and not yet their money", 1),
    "waiting": ("rooms_waiting", "Of these, rooms that could not be settled or are held", 1),
}


def of_loops(loops: Sequence[LoopStanding]) -> Iterator[Metric]:
    """How the loops of this process stand."""
    yield _gauges(
        "role_leads",
        "1 while this process has the role",
        ["role"],
        [([each.role], each.leads) for each in loops],
    )
    yield _counts("loop_turns", "Turns taken", ["role"], [([each.role], each.turns) for each in loops])
    yield _counts(
        "loop_failures", "Turns that failed", ["role"], [([each.role], each.failed) for each in loops]
    )
    yield _gauges(
        "loop_failures_in_a_row",
        "Turns, and tries to have the role, that failed one after another",
        ["role"],
        [([each.role], each.failed_row) for each in loops],
    )
    yield _gauges(
        "loop_turn_timestamp_seconds",
        "When the last turn ended",
        ["role"],
        [([each.role], each.last_turn_ms / 1_000) for each in loops if each.last_turn_ms is not None],
    )
    yield _counts(
        "loop_events",
        "What happened on the turns, by role and event",
        ["role", "event"],
        _by_word((each.role, each.counts) for each in loops),
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
        yield _gauges(name, what, ["role"], seen)


_TIMES: Final = {
    "turn": "How long a turn took",
    "tick_lag": "From the time of a tick to the end of its turn",
    "settle_delay": "From the touch, or the settle time, to the money",
}


def _gauges(
    name: str, what: str, labels: Sequence[str], rows: Iterable[tuple[Sequence[str], float]]
) -> Metric:
    family = GaugeMetricFamily(f"rooms_{name}", what, labels=labels)
    for values, value in rows:
        family.add_metric(values, float(value))
    return family


def _counts(
    name: str, what: str, labels: Sequence[str], rows: Iterable[tuple[Sequence[str], float]]
) -> Metric:
    family = CounterMetricFamily(f"rooms_{name}", what, labels=labels)
    for values, value in rows:
        family.add_metric(values, float(value))
    return family


def _by_word(counted: Iterable[tuple[str, Mapping[str, int]]]) -> list[Row]:
    """Rows for (name, word); what is no word of ours shares one."""
    found: dict[tuple[str, str], int] = {}
    for name, counts in counted:
        for kind, count in counts.items():
            key = (name, _word(kind))
            found[key] = found.get(key, 0) + count
    return [(key, float(count)) for key, count in sorted(found.items())]


def _word(text: str) -> str:
    return text if _WORD.fullmatch(text) else OTHER
