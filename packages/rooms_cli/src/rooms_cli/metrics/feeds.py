"""The feeds and their streams as metrics."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from prometheus_client.core import Metric

from rooms_cli.metrics.rows import by_word, counts, gauges
from rooms_oracle.breaker import BreakerState
from rooms_oracle.stats import FeedStanding, StreamStanding


def of_feeds(feeds: Sequence[FeedStanding]) -> Iterator[Metric]:
    """What is kept of each feed: when it last answered, how quickly, how it failed, and what may still be asked."""
    answered = [(each, each.last_success_ms) for each in feeds]
    yield gauges(
        "feed_on", "1 unless it is switched off", ["feed"], [([each.name], each.on) for each in feeds]
    )
    yield gauges(
        "feed_last_success_timestamp_seconds",
        "When the feed last answered",
        ["feed"],
        [([each.name], at_ms / 1_000) for each, at_ms in answered if at_ms is not None],
    )
    yield gauges(
        "feed_age_seconds",
        "How long ago that was",
        ["feed"],
        [([each.name], each.age_ms / 1_000) for each in feeds if each.age_ms is not None],
    )
    took = [
        (each.name, rank, ms) for each in feeds for rank, ms in (("0.5", each.p50_ms), ("0.99", each.p99_ms))
    ]
    yield gauges(
        "feed_latency_seconds",
        "How long its last 512 answers took, by rank",
        ["feed", "quantile"],
        [([name, rank], ms / 1_000) for name, rank, ms in took if ms is not None],
    )
    yield counts("feed_calls", "Calls made", ["feed"], [([each.name], each.calls) for each in feeds])
    yield counts(
        "feed_errors",
        "What was not had, by kind: failed calls, calls that were not made, symbols refused",
        ["feed", "kind"],
        by_word((each.name, each.errors) for each in feeds),
    )
    yield gauges(
        "feed_breaker",
        "1 for the state its breaker is in",
        ["feed", "state"],
        [([each.name, state.value], each.breaker is state) for each in feeds for state in BreakerState],
    )
    yield gauges(
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
        yield gauges(
            name, what, ["feed"], [([each.name], value) for each, value in zip(streams, values, strict=True)]
        )
    counted = {
        "stream_messages": ("Messages received", [each.messages for each in streams]),
        "stream_prices": ("Prices of ticks that came from the stream", [each.taken for each in streams]),
        "stream_connections_begun": ("Connections begun", [each.opened for each in streams]),
    }
    for name, (what, values) in counted.items():
        yield counts(
            name, what, ["feed"], [([each.name], value) for each, value in zip(streams, values, strict=True)]
        )
    polled = by_word((each.name, each.polled) for each in streams)
    yield counts("stream_polled", "Prices that were polled instead, by reason", ["feed", "reason"], polled)
