"""Minutes as the director reads them: all dollar venues together, or silence."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from rooms_cli.demo.minutes import SILENT, read_minutes
from rooms_oracle.heard import MINUTE_MS, Candle, Heard, Instrument


class _Recorded:
    """Feeds that know nothing but candles."""

    def __init__(self, candles: Sequence[Candle]) -> None:
        self._candles = candles

    def instrument(self, name: str) -> Instrument | None:
        """Nobody asks."""
        return None

    async def collect(self, names: Collection[str], tick_ms: int) -> Mapping[str, Heard]:
        """Nobody asks."""
        return {}

    def askable(self, now_ms: int) -> int:
        """Nobody asks."""
        return now_ms

    async def candles(self, name: str, minute_ms: int) -> Sequence[Candle]:
        """The candles of a minute."""
        return [candle for candle in self._candles if candle.minute_ms == minute_ms]


def _candle(family: str, minute: int, *prices: int, quote: str = "USD") -> Candle:
    opened, high, low, close = prices
    return Candle(
        source=f"{family}-{quote}",
        family=family,
        weight=10,
        minute_ms=minute * MINUTE_MS,
        open=opened,
        high=high,
        low=low,
        close=close,
        quote=quote,
    )


async def test_a_minute_holds_the_least_and_the_most_that_any_venue_saw() -> None:
    """Bounds are over all dollar venues; a price in another currency is not looked at."""
    feeds = _Recorded(
        [
            _candle("a", 5, 100, 120, 90, 110),
            _candle("b", 5, 101, 119, 92, 108),
            _candle("c", 5, 99, 121, 91, 111),
            _candle("d", 5, 1, 2, 1, 1, quote="USDT"),
        ]
    )

    (seen,) = await read_minutes(feeds, "SOL/USD", start_ms=5 * MINUTE_MS, count=1)

    assert (3, True, True, False) == (seen.venues, seen.full, seen.rising, seen.falling)
    assert (99, 101) == (seen.open_low, seen.open_high)
    assert (119, 121) == (seen.high_low, seen.high_high)
    assert (90, 92) == (seen.low_low, seen.low_high)
    assert (108, 111) == (seen.close_low, seen.close_high)
    assert 109 == seen.close


async def test_a_minute_rises_or_falls_only_if_all_venues_agree() -> None:
    """A leap that one venue saw as a fall is neither."""
    feeds = _Recorded([_candle("a", 0, 100, 120, 90, 110), _candle("b", 0, 110, 120, 90, 100)])

    (seen,) = await read_minutes(feeds, "SOL/USD", start_ms=0, count=1)

    assert (False, False) == (seen.rising, seen.falling)
    assert not seen.full


async def test_a_minute_without_candles_is_silent() -> None:
    """Silence is no price of 0 that a target could be below."""
    feeds = _Recorded([_candle("a", 1, 100, 120, 90, 110)])

    first, second = await read_minutes(feeds, "SOL/USD", start_ms=0, count=2)

    assert SILENT == first
    assert not first.full
    assert 1 == second.venues


async def test_a_minute_upside_down_twice_is_itself() -> None:
    """One search finds rises and falls, because mirroring loses nothing."""
    feeds = _Recorded([_candle("a", 0, 100, 120, 90, 110), _candle("b", 0, 101, 119, 91, 111)])
    (seen,) = await read_minutes(feeds, "SOL/USD", start_ms=0, count=1)

    turned = seen.mirrored(300)

    assert (300 - 91, 300 - 90) == (turned.high_low, turned.high_high)
    assert (True, False) == (turned.falling, turned.rising)
    assert seen == turned.mirrored(300)
