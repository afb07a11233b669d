"""What is shown to Prometheus: each figure under its name, few labels, nothing of what is nobody's business."""

from __future__ import annotations

import re
from pathlib import Path

from tests.cli.metrics.shown import a_process, of, read

from rooms_cli.loops.standing import Running
from rooms_cli.metrics.exposition import registry_of, written
from rooms_core._version import __version__
from rooms_core.testing.clock import NOON_MS

DOCUMENT = Path(__file__).parents[3] / "docs" / "operations.md"
NOON = NOON_MS / 1_000


def shown(running: Running) -> str:
    """The text of a scrape."""
    return written(registry_of(running)).decode()


def test_feeds_are_shown_with_all_that_is_kept_of_them() -> None:
    """Last success, age, latencies, errors by kind, breaker, budget; a feed that never answered has no age."""
    found = read(shown(a_process()))

    assert (1, 0) == (of(found, "rooms_feed_on", feed="okx"), of(found, "rooms_feed_on", feed="pyth"))
    assert NOON == of(found, "rooms_feed_last_success_timestamp_seconds", feed="okx")
    assert 1.5 == of(found, "rooms_feed_age_seconds", feed="okx")
    assert of(found, "rooms_feed_age_seconds", feed="pyth") is None
    assert 0.08 == of(found, "rooms_feed_latency_seconds", feed="okx", quantile="0.5")
    assert 0.9 == of(found, "rooms_feed_latency_seconds", feed="okx", quantile="0.99")
    assert of(found, "rooms_feed_latency_seconds", feed="pyth", quantile="0.99") is None
    assert 7 == of(found, "rooms_feed_calls_total", feed="okx")
    assert 2 == of(found, "rooms_feed_errors_total", feed="okx", kind="TIMEOUT")
    assert 4 == of(found, "rooms_feed_errors_total", feed="okx", kind="OTHER")
    assert 1 == of(found, "rooms_feed_breaker", feed="okx", state="HALF_OPEN")
    assert 0 == of(found, "rooms_feed_breaker", feed="okx", state="OPEN")
    assert 8 == of(found, "rooms_feed_budget", feed="okx")
    assert 3 == of(found, "rooms_stream_symbols_carried", feed="okx")
    assert 5 == of(found, "rooms_stream_polled_total", feed="okx", reason="STALE")


def test_instruments_show_the_worst_of_those_that_share_a_name() -> None:
    """Tokens are one series; how many families are left shows before the price is gone."""
    found = read(shown(a_process()))

    assert 5 == of(found, "rooms_instrument_families", instrument="SOL/USD")
    assert 4 == of(found, "rooms_instrument_families_agreed", instrument="SOL/USD")
    assert 2 == of(found, "rooms_instrument_families_agreed", instrument="pump:*")
    assert 2 == of(found, "rooms_instrument_gaps_open", instrument="pump:*")
    assert 4 == of(found, "rooms_instrument_rooms_watched", instrument="pump:*")
    assert NOON - 3 == of(found, "rooms_instrument_accepted_timestamp_seconds", instrument="pump:*")
    assert of(found, "rooms_instrument_accepted_timestamp_seconds", instrument="NEW/USD") is None
    assert 9 == of(found, "rooms_ticks_accepted_total", instrument="SOL/USD")
    assert 1 == of(found, "rooms_ticks_refused_total", instrument="SOL/USD", reason="NO_QUORUM")
    assert 1 == of(found, "rooms_touches_total", found_by="TICKS")
    assert 12 == of(found, "rooms_evidence_records_total")
    assert NOON == of(found, "rooms_accepted_tick_timestamp_seconds")


def test_loops_are_shown_with_their_turns() -> None:
    """Turns, failures, skipped ticks, lag and the delay of settlements, in buckets that count up."""
    found = read(shown(a_process()))

    assert (1, 0) == (
        of(found, "rooms_role_leads", role="monitor"),
        of(found, "rooms_role_leads", role="settler"),
    )
    assert 2 == of(found, "rooms_loop_turns_total", role="monitor")
    assert 1 == of(found, "rooms_loop_failures_total", role="monitor")
    assert 1 == of(found, "rooms_loop_failures_in_a_row", role="monitor")
    assert NOON + 3 == of(found, "rooms_loop_turn_timestamp_seconds", role="monitor")
    assert of(found, "rooms_loop_turn_timestamp_seconds", role="settler") is None
    assert 4 == of(found, "rooms_loop_events_total", role="monitor", event="skipped")
    assert 1 == of(found, "rooms_loop_events_total", role="settler", event="settled")
    assert 1 == of(found, "rooms_turn_seconds_bucket", role="monitor", le="0.1")
    assert 2 == of(found, "rooms_turn_seconds_bucket", role="monitor", le="+Inf")
    assert 0.14 == of(found, "rooms_turn_seconds_sum", role="monitor")
    assert 1 == of(found, "rooms_tick_lag_seconds_bucket", role="monitor", le="0.5")
    assert 0 == of(found, "rooms_settle_delay_seconds_bucket", role="settler", le="4.5")
    assert 1 == of(found, "rooms_settle_delay_seconds_bucket", role="settler", le="6.0")
    assert NOON == of(found, "rooms_tick_timestamp_seconds", role="monitor")
    assert 3 == of(found, "rooms_instruments_polled", role="monitor")
    assert 1 == of(found, "rooms_build_info", version=__version__)


def test_a_standby_shows_no_instruments() -> None:
    """What its last term knew is old; the leader shows them."""
    found = read(shown(a_process(leads=False)))

    assert 0 == of(found, "rooms_role_leads", role="monitor")
    assert of(found, "rooms_instrument_families", instrument="SOL/USD") is None


def test_a_process_without_feeds_shows_the_rest() -> None:
    """An announcer asks nobody for prices."""
    found = read(shown(Running(loops=a_process().loops)))

    assert 2 == of(found, "rooms_loop_turns_total", role="monitor")
    assert not [name for name, _ in found if name.startswith("rooms_feed")]


def test_every_metric_is_in_the_manual() -> None:
    """Each name stands in docs/operations.md, so that nobody has to guess what it counts."""
    manual = DOCUMENT.read_text(encoding="utf-8")
    families = re.findall(r"^# TYPE (rooms_\w+)", shown(a_process()), re.MULTILINE)

    assert families
    assert [] == [name for name in families if f"`{name}`" not in manual]
