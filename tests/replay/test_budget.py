"""Limits are kept with a thousand instruments, and an outage of all feeds costs neither limits nor ticks."""

from __future__ import annotations

from tests.replay.budget import MOST_PER_CENT, OUTAGE, RETRIED, measure

from rooms_oracle.heard import TICK_MS

KEYLESS = ("binance", "coinbase", "kraken", "okx")
FROM, TO = OUTAGE[0] // TICK_MS, OUTAGE[1] // TICK_MS


async def test_a_thousand_instruments_keep_to_every_limit() -> None:
    """All nine feeds, counted by the server in each vendor's unit; every instrument has a price on every tick."""
    load = await measure(1_000, 1)

    assert [] == load.wrong
    assert {1_000} == set(load.accepted)
    assert 20 == load.calls["binance"] == load.calls["okx"] == load.calls["kraken"]
    assert all(100 * used <= MOST_PER_CENT * limit for used, limit in load.used.values())


async def test_an_outage_of_all_feeds_leaves_the_ticks_alone() -> None:
    """Retries, and audits of all instruments for the same minutes: no tick is skipped, and each has all its prices."""
    load = await measure(30, 10, faults=RETRIED, feeds=KEYLESS)

    assert [] == load.wrong
    assert load.latest_ms < TICK_MS
    assert {30} == set(load.accepted[:FROM]) == set(load.accepted[TO + 20 :])
    assert {0} == set(load.accepted[FROM + 1 : TO])
    assert (30, 0) == (max(load.owed), load.owed[-1])
