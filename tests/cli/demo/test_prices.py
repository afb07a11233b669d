"""The two markets a day can be played on: generated from a seed, or recorded in a folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from rooms_cli.demo.prices import DAY_MINUTES, GENERATED_START_MS, generated_prices, recorded_prices
from rooms_core.domain.market import CoinPrice, Direction
from rooms_core.result import Err, Ok
from rooms_oracle.heard import MINUTE_MS

MIDNIGHT_MS = 1_678_233_600_000
"""8 March 2023, 00:00 UTC."""


def _recorded(*minutes_after_midnight: int) -> str:
    """A file of recorded minutes."""
    seconds = MIDNIGHT_MS // 1_000
    rows = [f"{seconds + 60 * minute},20000,20010.5,19990,20001,0.5" for minute in minutes_after_midnight]
    return "\n".join(["ts_open,open,high,low,close,volume", *rows, ""])


async def test_a_generated_day_is_its_seeds() -> None:
    """The same seed has the same minutes, another seed others; a day has 1,440 of them."""
    first, same, other = generated_prices(7), generated_prices(7), generated_prices(8)
    at_ms = GENERATED_START_MS + 90 * MINUTE_MS

    assert (GENERATED_START_MS, DAY_MINUTES) == (first.start_ms, first.minutes)
    assert CoinPrice("SOL") == first.coin
    assert "generated prices, seed 7" == first.label
    assert await first.feeds.candles("SOL/USD", at_ms) == await same.feeds.candles("SOL/USD", at_ms)
    assert await first.feeds.candles("SOL/USD", at_ms) != await other.feeds.candles("SOL/USD", at_ms)


async def test_the_token_has_a_room_of_its_own() -> None:
    """Its target lies above its market cap, and the pool behind it answers at any time."""
    prices = generated_prices(7)
    heard = await prices.feeds.collect([prices.pump.instrument], prices.start_ms)

    assert Direction.UP is prices.pump_scene.direction
    assert prices.pump_scene.target > 0
    assert heard[prices.pump.instrument].quotes


def test_a_folder_without_prices_is_told(tmp_path: Path) -> None:
    """An empty folder, and one with rates but no coin, are answered with what is wrong."""
    rates = tmp_path / "rates"
    rates.mkdir()
    (rates / "kraken_USDT-USD_1m.csv").write_text(_recorded(0, 1, 2), encoding="ascii")

    assert isinstance(recorded_prices(tmp_path, seed=7), Err)
    match recorded_prices(rates, seed=7):
        case Err(why):
            assert "holds rates only, no coin" in why
        case Ok():
            pytest.fail("a day without a coin")


def test_recorded_minutes_are_played_from_their_first_midnight(tmp_path: Path) -> None:
    """A folder of one coin is played as that coin; days begin at 00:00 UTC."""
    (tmp_path / "kraken_BTC-USD_1m.csv").write_text(_recorded(-2, -1, 0, 1, 2), encoding="ascii")

    match recorded_prices(tmp_path, seed=7):
        case Ok(prices):
            assert CoinPrice("BTC") == prices.coin
            assert MIDNIGHT_MS == prices.start_ms
            assert 3 == prices.minutes
            assert prices.label.startswith("recorded minutes of BTC from ")
        case Err(why):
            pytest.fail(why)
