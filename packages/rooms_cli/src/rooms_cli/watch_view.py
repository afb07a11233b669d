"""A tick as it is shown: a line for each instrument and one for each feed, or an object for programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rooms_cli.price_watch import Seen, SeenTick
from rooms_cli.probe_view import price_shown, short
from rooms_cli.room_view import moment
from rooms_oracle.breaker import BreakerState
from rooms_oracle.gaps import SILENCE_MS
from rooms_oracle.reasons import in_words
from rooms_oracle.stats import FeedStanding

INSTRUMENTS: Final = ("instrument", "USD", "band", "in", "out", "oldest", "gap", "not in the price, and why")
FEEDS: Final = ("feed", "last answer", "p50", "p99", "calls", "budget", "breaker", "errors")


def instrument_rows(tick: SeenTick) -> list[list[str]]:
    """One row for each instrument."""
    return [
        [
            short(seen.name),
            "none" if seen.price is None else price_shown(seen.price, seen.scale),
            _band(seen),
            " ".join(seen.agreed),
            " ".join(seen.others),
            "" if seen.ages_ms is None else f"{max(0, seen.ages_ms[1]) / 1000:.1f} s",
            gap(seen, tick.at_ms),
            _why(seen),
        ]
        for seen in tick.instruments
    ]


def feed_rows(tick: SeenTick) -> list[list[str]]:
    """One row for each feed that is on."""
    return [
        [
            each.name,
            "never" if each.age_ms is None else f"{each.age_ms / 1000:.1f} s ago",
            _ms(each.p50_ms),
            _ms(each.p99_ms),
            f"{each.calls:,}",
            f"{each.budget:,}",
            _breaker(each),
            ", ".join(f"{kind} {count:,}" for kind, count in sorted(each.errors.items())),
        ]
        for each in tick.feeds
    ]


def headline(tick: SeenTick, asked: str) -> str:
    """Which tick it is, and who is asked."""
    skipped = f" · {tick.skipped:,} ticks skipped" if tick.skipped else ""
    return f"Tick {moment(tick.at_ms)} UTC · {asked}{skipped}"


def gap(seen: Seen, at_ms: int) -> str:
    """How long no tick has been accepted, once that is a silence; since watching began where there was none."""
    if seen.price is not None:
        return ""
    if seen.accepted_ms is None:
        return "no price yet"
    silent_ms = at_ms - seen.accepted_ms
    return f"{silent_ms // 1000} s" if silent_ms > SILENCE_MS else ""


def watch_json(tick: SeenTick) -> dict[str, Any]:
    """The tick for programs: prices as texts in 10^scale USD, times in ms."""
    return {
        "tick_ms": tick.at_ms,
        "skipped": tick.skipped,
        "instruments": [_seen_json(each) for each in tick.instruments],
        "feeds": [_feed_json(each) for each in tick.feeds],
    }


def _seen_json(seen: Seen) -> dict[str, Any]:
    prices = {name: getattr(seen, name) for name in ("price", "lo", "hi")}
    return {
        "instrument": seen.name,
        "status": seen.status,
        "words": in_words(seen.status),
        **{name: None if value is None else str(value) for name, value in prices.items()},
        "scale": seen.scale,
        "families_in": list(seen.agreed),
        "families_out": list(seen.others),
        "refused": {source: {"reason": why, "words": in_words(why)} for source, why in seen.refused.items()},
        "ages_ms": None if seen.ages_ms is None else list(seen.ages_ms),
        "accepted_ms": seen.accepted_ms,
    }


def _feed_json(feed: FeedStanding) -> dict[str, Any]:
    return {
        "feed": feed.name,
        "on": feed.on,
        "last_success_ms": feed.last_success_ms,
        "p50_ms": feed.p50_ms,
        "p99_ms": feed.p99_ms,
        "calls": feed.calls,
        "budget": feed.budget,
        "breaker": feed.breaker.value,
        "errors": dict(feed.errors),
    }


def _band(seen: Seen) -> str:
    """How far the families go to either side, in basis points of the price."""
    if seen.price is None or seen.lo is None or seen.hi is None:
        return ""
    down, up = [abs(edge - seen.price) * 10_000 / seen.price for edge in (seen.lo, seen.hi)]
    return f"-{down:.1f} +{up:.1f} bps"


def _why(seen: Seen) -> str:
    """The sources by the reason, which is said once."""
    by_reason: dict[str, list[str]] = {}
    for source, why in seen.refused.items():
        by_reason.setdefault(why, []).append(source.partition(":")[0])
    said = [f"{', '.join(dict.fromkeys(names))}: {in_words(why)}" for why, names in by_reason.items()]
    own = [] if seen.price is not None else [f"{seen.status}: {in_words(seen.status)}"]
    return "; ".join([*own, *said])


def _breaker(feed: FeedStanding) -> str:
    if not feed.on:
        return "switched off"
    words: Mapping[BreakerState, str] = {
        BreakerState.CLOSED: "closed",
        BreakerState.OPEN: "OPEN",
        BreakerState.HALF_OPEN: "half open",
    }
    return words[feed.breaker]


def _ms(value: int | None) -> str:
    return "" if value is None else f"{value:,} ms"
