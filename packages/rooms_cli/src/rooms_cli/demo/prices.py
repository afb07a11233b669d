"""The prices a demo day is played on: recorded minutes from a folder, or a seeded market. The same story either way."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rooms_cli.demo.director import Director, Scene
from rooms_cli.demo.minutes import read_minutes
from rooms_core.domain.market import CoinPrice, Direction, PumpMarketCap
from rooms_core.result import Err, Ok, Result
from rooms_oracle.generated import GeneratedFeeds, Token
from rooms_oracle.heard import MINUTE_MS
from rooms_oracle.replay import ReplayFeeds
from rooms_oracle.script import JoinedFeeds, Move, ScriptedFeeds

DAY_MINUTES: Final = 1_440
GENERATED_START_MS: Final = 1_767_225_600_000
"""1 January 2026, 00:00 UTC: where generated days begin."""
MINT: Final = "7LSsEoJGhLeZzGvDofTdNg7M3JttxQqGWNLo6vWMpump"
_SOL: Final = "SOL/USD"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """A market to play on. `minutes` from `start_ms` on are known to the director; outages are added to `feeds`."""

    feeds: ScriptedFeeds
    coin: CoinPrice
    pump: PumpMarketCap
    pump_scene: Scene
    start_ms: int
    minutes: int
    label: str


async def director_of(prices: Prices) -> Director:
    """The director who has read the day's minutes beforehand."""
    minutes = await read_minutes(
        prices.feeds, prices.coin.instrument, start_ms=prices.start_ms, count=prices.minutes
    )
    return Director(minutes)


def generated_prices(seed: int) -> Prices:
    """One seeded day of SOL, with the moves the story needs, and a token priced by one pool."""
    start = GENERATED_START_MS

    def at(minute: int, second: int = 0) -> int:
        return start + minute * MINUTE_MS + second * 1_000

    climb, leap = 480_000, 20_000
    moves = [
        Move(instrument=_SOL, from_ms=at(60), by_ppm=10_000, over_ms=climb, hold_ms=600_000, back_ms=3_600_000),
        Move(instrument=_SOL, from_ms=at(180), by_ppm=-10_000, over_ms=climb, hold_ms=600_000, back_ms=3_600_000),
        Move(instrument=_SOL, from_ms=at(905, 20), by_ppm=12_000, over_ms=leap, hold_ms=600_000, back_ms=3_600_000),
        Move(instrument=_SOL, from_ms=at(1_065, 20), by_ppm=-12_000, over_ms=leap, hold_ms=600_000, back_ms=3_600_000),
        Move(instrument=_SOL, from_ms=at(1_250, 15), by_ppm=8_000, over_ms=15_000, hold_ms=6_000, back_ms=15_000),
    ]  # fmt: skip
    feeds = GeneratedFeeds(seed, tokens=[_token()], moves=moves)
    return Prices(
        feeds=ScriptedFeeds(feeds=feeds),
        coin=CoinPrice("SOL"),
        pump=PumpMarketCap(MINT),
        pump_scene=_pump_scene(feeds, start),
        start_ms=start,
        minutes=DAY_MINUTES,
        label=f"generated prices, seed {seed}",
    )


def recorded_prices(folder: Path, *, seed: int) -> Result[Prices, str]:
    """The recorded days of a folder. The token, which nobody recorded, is generated around them."""
    opened = ReplayFeeds.open_folder(folder)
    if isinstance(opened, Err):
        return Err(opened.why.message)
    replay = opened.value
    named = [name for name in replay.instruments() if not name.startswith(("USDT/", "USDC/"))]
    if not named:
        return Err(f"{folder} holds rates only, no coin")
    symbol = named[0].partition("/")[0]
    first, last = replay.span_ms(named[0])
    start = -(-first // (DAY_MINUTES * MINUTE_MS)) * DAY_MINUTES * MINUTE_MS
    generated = GeneratedFeeds(seed, tokens=[_token()])
    return Ok(
        Prices(
            feeds=ScriptedFeeds(feeds=JoinedFeeds([replay, generated])),
            coin=CoinPrice(symbol),
            pump=PumpMarketCap(MINT),
            pump_scene=_pump_scene(generated, start),
            start_ms=start,
            minutes=(last - start) // MINUTE_MS + 1,
            label=f"recorded minutes of {symbol} from {folder.name}",
        )
    )


def _token() -> Token:
    return Token(mint=MINT, sol_price=400_000, liquidity_cents=6_000_000)


def _pump_scene(feeds: GeneratedFeeds, start_ms: int) -> Scene:
    """A room on the token's market cap, 12 % above what it is at noon; in 10^-2 USD."""
    noon = 720
    at_ms = start_ms + noon * MINUTE_MS
    token = _token()
    piece = feeds.path(token.instrument, at_ms) * feeds.path(_SOL, at_ms) // 10**12
    cap_cents = piece * token.supply // 10**token.decimals // 10**10
    return Scene(noon, cap_cents * 112 // 100, noon + 30, Direction.UP)
