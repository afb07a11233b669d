"""Recorded days as feeds, and what the rule makes of four days of March 2023."""

from __future__ import annotations

from pathlib import Path

import pytest

from rooms_core.result import Err, Ok
from rooms_oracle.aggregate import INSTANT, Observation, Params, aggregate
from rooms_oracle.heard import TICK_CLOSES_MS, TICK_MS
from rooms_oracle.held import judge_all, with_rates
from rooms_oracle.oracle import ConsensusOracle
from rooms_oracle.replay import ReplayFeeds
from rooms_oracle.series import HEADER

MINUTE = 1_678_233_600
MINUTE_MS = MINUTE * 1_000


@pytest.fixture
def small(tmp_path: Path) -> ReplayFeeds:
    """Two venues for BTC in USD and USDT, two for USDT, for one or two minutes."""
    rows = {
        "a_BTC-USD": "100,110,90,105",
        "b_BTC-USDT": "101,101,101,101",
        "a_USDT-USD": "0.99,0.99,0.99,0.99",
        "b_USDT-USD": "0.99,0.99,0.99,0.99",
    }
    for name, row in rows.items():
        (tmp_path / f"{name}_1m.csv").write_text(f"{HEADER}\n{MINUTE},{row},1\n", encoding="ascii")
    (tmp_path / "readme.csv").write_text("nothing", encoding="ascii")
    return opened(tmp_path)


def opened(folder: Path) -> ReplayFeeds:
    """Feeds of a folder that can be read."""
    found = ReplayFeeds.open_folder(folder)
    assert isinstance(found, Ok)
    return found.value


def test_each_pair_is_a_source_and_each_venue_a_family(small: ReplayFeeds) -> None:
    """Quote currencies are priced by a consensus of two."""
    btc, usdt = small.instrument("BTC/USD"), small.instrument("USDT/USD")

    assert btc is not None
    assert usdt is not None
    assert {"a:BTC-USD": ("a", 10), "b:BTC-USDT": ("b", 10)} == btc.sources
    assert (("USDT/USD",), 3, (), 2) == (btc.rates, btc.params.quorum, usdt.rates, usdt.params.quorum)
    assert ("BTC/USD", "USDT/USD") == small.instruments()
    assert (MINUTE_MS, MINUTE_MS) == small.span_ms("BTC/USD")
    assert small.instrument("DOGE/USD") is None


async def test_a_tick_has_age_zero_and_no_uncertainty(small: ReplayFeeds) -> None:
    """Its prices are the candle's at that second; unknown names and missing minutes are silent."""
    heard = await small.collect(["BTC/USD", "DOGE/USD"], MINUTE_MS + 3_000)
    later = await small.collect(["BTC/USD"], MINUTE_MS + 60_000)

    assert ["BTC/USD"] == list(heard)
    assert [("a:BTC-USD", 98_500_000_000_000, "USD"), ("b:BTC-USDT", 101 * 10**12, "USDT")] == [
        (seen.source, seen.price, seen.quote) for seen in heard["BTC/USD"].quotes
    ]
    assert {(0, MINUTE_MS + 3_000)} == {
        (seen.conf, seen.ts_request_start) for seen in heard["BTC/USD"].quotes
    }
    assert [] == later["BTC/USD"].quotes


def test_what_was_recorded_can_be_asked_for_as_soon_as_its_tick_has_closed(small: ReplayFeeds) -> None:
    """No venue is waited for: the newest tick that can be asked for is the last one that has closed."""
    closed_ms = MINUTE_MS + TICK_CLOSES_MS

    assert (MINUTE_MS - TICK_MS, MINUTE_MS) == (small.askable(closed_ms - 1), small.askable(closed_ms))


async def test_candles_are_the_recorded_ones(small: ReplayFeeds) -> None:
    """For the audit of gaps."""
    first, second = await small.candles("BTC/USD", MINUTE_MS)

    assert ("a", 110 * 10**12, 90 * 10**12, "USD") == (first.family, first.high, first.low, first.quote)
    assert "USDT" == second.quote
    assert [] == await small.candles("BTC/USD", MINUTE_MS + 60_000)
    assert [] == await small.candles("DOGE/USD", MINUTE_MS)


def test_a_folder_without_series_is_refused(tmp_path: Path) -> None:
    """So is one with a broken file."""
    empty = ReplayFeeds.open_folder(tmp_path)
    (tmp_path / "a_BTC-USD_1m.csv").write_text("nothing", encoding="ascii")
    broken = ReplayFeeds.open_folder(tmp_path)

    assert isinstance(empty, Err)
    assert "no <venue>_" in empty.why.message
    assert isinstance(broken, Err)
    assert "a_BTC-USD_1m.csv" in broken.why.message


@pytest.fixture(scope="module")
def march(data_folder: Path) -> ReplayFeeds:
    """8 to 11 March 2023: a fall of the market, and USDC losing its peg."""
    folder = data_folder / "btc_multi_venue_2023-03-08_11"
    if not folder.is_dir():
        pytest.skip("the days of March 2023 are not here: set ROOMS_DATA to the folder of recorded data")
    return opened(folder)


@pytest.mark.parametrize("floor_ppm, accepted", [(2_000, 5_688), (3_000, 5_735), (5_000, 5_754)])
async def test_three_dollar_venues_agree_on_almost_every_minute(
    march: ReplayFeeds, floor_ppm: int, accepted: int
) -> None:
    """Of 5,756 minutes in which all three traded, their closes make a quorum of 3 in this many."""
    params = Params(tol_floor_ppm=floor_ppm)
    first_ms, last_ms = march.span_ms("BTC/USD")
    found = []
    for minute_ms in range(first_ms, last_ms + 1, 60_000):
        closes = [
            Observation(candle.source, candle.family, candle.close, 0, 0, 10)
            for candle in await march.candles("BTC/USD", minute_ms)
            if candle.quote == "USD"
        ]
        if len(closes) == 3:
            found.append(aggregate(closes, params).accepted)

    assert (5_756, accepted) == (len(found), sum(found))


async def test_a_coin_that_lost_its_peg_does_not_move_the_price(march: ReplayFeeds) -> None:
    """With USDC taken for a dollar the plain mean errs by 348 bps against Coinbase; the rule by 32 at most."""
    first_ms, last_ms = march.span_ms("BTC/USD")
    minutes, errors_mean, errors_rule = 0, [], []
    for minute_ms in range(first_ms, last_ms + 1, 60_000):
        candles = await march.candles("BTC/USD", minute_ms)
        dollars = {candle.family: candle.close for candle in candles if candle.quote == "USD"}
        raw = {candle.source: candle.close for candle in candles if candle.source == "kraken:BTC-USDC"}
        if len(dollars) < 3 or not raw:
            continue
        minutes += 1
        said = dollars | raw
        found = aggregate(
            [Observation(name, name, price, 0, 0, 10) for name, price in said.items()], Params()
        )
        truth = dollars["coinbase"]
        errors_mean.append(abs(sum(said.values()) // 4 - truth) * 10_000 // truth)
        errors_rule.append(abs(found.price - truth) * 10_000 // truth if found.accepted else 10_000)

    assert 3_542 == minutes
    assert max(errors_rule) <= 32
    assert 348 == max(errors_mean)


async def test_usdc_is_converted_by_its_own_consensus_through_the_depeg(march: ReplayFeeds) -> None:
    """Every tick of the worst hours that is accepted lies within the tolerance of the dollar venues alone."""
    hour_ms = (1_678_492_800 + 7 * 3_600) * 1_000
    plan = with_rates(["BTC/USD"], march)
    found = []
    for tick_ms in range(hour_ms, hour_ms + 3_600_000, 30_000):
        heard = await march.collect([each.name for each in plan], tick_ms)
        tick = judge_all(plan, heard, tick_ms)["BTC/USD"]
        if tick.accepted:
            dollars = sorted(seen.price for seen in heard["BTC/USD"].quotes if seen.quote == "USD")
            found.append(dollars[0] * 99 // 100 <= tick.price <= dollars[-1] * 101 // 100)

    assert len(found) > 100
    assert all(found)


async def test_the_oracle_ticks_through_an_hour_of_the_depeg(march: ReplayFeeds) -> None:
    """Accepted prices never move by more than the market did; each refused tick is named."""
    oracle = ConsensusOracle(march)
    oracle.poll("BTC/USD")
    hour_ms = (1_678_492_800 + 7 * 3_600) * 1_000
    told = {"accepted": 0, "refused": 0}
    for tick_ms in range(hour_ms, hour_ms + 3_600_000, 3_000):
        ticked = await oracle.tick(tick_ms)
        assert isinstance(ticked, Ok)
        told["refused" if ticked.value.refused else "accepted"] += 1

    assert 1_200 == sum(told.values())
    assert told["accepted"] >= 1_150
    assert INSTANT.quorum == 3
