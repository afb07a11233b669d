"""Ticks and instruments as metrics. Instruments that share a name show the worst of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from prometheus_client.core import Metric

from rooms_cli.loops.counted import TickCounts
from rooms_cli.metrics.rows import counts, gauges, word
from rooms_oracle.instrument_standing import InstrumentStanding


def of_ticks(ticks: TickCounts) -> Iterator[Metric]:
    """What the monitor counted by instrument."""
    yield counts(
        "ticks_accepted",
        "Ticks with a price",
        ["instrument"],
        [([name], count) for name, count in sorted(ticks.accepted.items())],
    )
    yield counts(
        "ticks_refused",
        "Ticks without one, by reason",
        ["instrument", "reason"],
        [([name, word(reason)], count) for (name, reason), count in sorted(ticks.refused.items())],
    )
    yield counts(
        "touches",
        "Rooms touched, by how it was found",
        ["found_by"],
        [([by], n) for by, n in sorted(ticks.touches.items())],
    )
    yield counts("evidence_records", "Records of evidence written", [], [([], ticks.records)])
    if ticks.accepted_ms is not None:
        yield gauges(
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
    yield gauges(
        "instrument_families",
        "Families that had a vote on the newest tick (sources, where one pool makes the price)",
        ["instrument"],
        [([name], min([one.families for one in each])) for name, each in rows],
    )
    yield gauges(
        "instrument_families_agreed",
        "Those of them that made the price; 0: there is none",
        ["instrument"],
        [([name], min([one.agreed for one in each])) for name, each in rows],
    )
    yield gauges(
        "instrument_accepted_timestamp_seconds",
        "The newest tick with a price",
        ["instrument"],
        [([name], min(each) / 1_000) for name, each in accepted if each],
    )
    yield gauges(
        "instrument_gaps_open",
        "Silences whose audit is owed",
        ["instrument"],
        [([name], sum([one.gap_from_ms is not None for one in each])) for name, each in rows],
    )
    yield gauges(
        "instrument_rooms_watched",
        "TOUCH rooms that wait for their target",
        ["instrument"],
        [([name], sum([one.watched for one in each])) for name, each in rows],
    )
