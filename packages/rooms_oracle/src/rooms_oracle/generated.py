"""Generated markets: several venues around one seeded price, and tokens priced by one pool. No file, no network.

Every price is a pure function of seed, instrument and time, so a run can be repeated, entered anywhere and
checked afterwards; candles are those of the same ticks. A script of moves takes prices where a story needs them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from rooms_oracle.aggregate import INSTANT, PPM
from rooms_oracle.grid import last_closed
from rooms_oracle.heard import (
    MINUTE_MS,
    TICK_MS,
    USD,
    Candle,
    Heard,
    Instrument,
    PoolState,
    Profile,
    Quote,
)
from rooms_oracle.noise import jitter, key_of, wander_ppm
from rooms_oracle.quotes import COIN_UNIT, rate_name
from rooms_oracle.script import Move
from rooms_oracle.single_pool import POOL_PARAMS

ASKED_MS: Final = 400
"""Before the tick."""
RECEIVED_MS: Final = 100

COINS: Final[Mapping[str, int]] = {
    "BTC": 67_000 * COIN_UNIT,
    "ETH": 3_400 * COIN_UNIT,
    "SOL": 165 * COIN_UNIT,
}
"""Anchors of the coins that are generated unless others are asked for, in 10^-12 USD."""


class Venue(NamedTuple):
    """A source: its quote currency, how far it strays from the common price and its half-spread, in ppm."""

    source: str
    quote: str
    stray_ppm: int
    spread_ppm: int


VENUES: Final = (
    Venue("binance", "USDT", 80, 20),
    Venue("coinbase", USD, 100, 40),
    Venue("kraken", USD, 120, 50),
    Venue("okx", "USDT", 100, 30),
    Venue("pyth", USD, 60, 100),
)
RATE_VENUES: Final = (Venue("coinbase", USD, 30, 10), Venue("kraken", USD, 40, 10))
POOL_SOURCES: Final = (
    Venue("chain", "SOL", 0, 0),
    Venue("dexscreener", USD, 900, 0),
    Venue("jupiter", USD, 500, 0),
)
WEIGHT: Final = 10
_USDT: Final = "USDT/USD"
_PEG: Final = 999_600_000_000
_PEG_STILLNESS: Final = 200
"""A stablecoin wanders this many times less than a coin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A pump.fun-like token: the price of one in 10^-12 SOL, supply in base units, and the pool behind it.

    `wildness` multiplies its wandering. `drained_from_ms` on, only `drained_cents` of liquidity are left.
    """

    mint: str
    sol_price: int
    supply: int = 1_000_000_000 * 10**6
    decimals: int = 6
    liquidity_cents: int = 2_500_000
    fee_ppm: int = 10_000
    on_curve: bool = True
    wildness: int = 2
    drained_from_ms: int | None = None
    drained_cents: int = 0

    @property
    def instrument(self) -> str:
        """The name the oracle knows it by."""
        return f"pump:{self.mint}"

    def pool(self, at_ms: int) -> PoolState:
        """The state of its pool at a time."""
        drained = self.drained_from_ms is not None and at_ms >= self.drained_from_ms
        left = self.drained_cents if drained else self.liquidity_cents
        return PoolState(self.supply, self.decimals, left, self.fee_ppm, self.on_curve)


class GeneratedFeeds:
    """A `FeedSource` that needs nothing but a seed. Raises ValueError for tokens without SOL."""

    def __init__(
        self,
        seed: int,
        *,
        coins: Mapping[str, int] = COINS,
        tokens: Iterable[Token] = (),
        moves: Iterable[Move] = (),
    ) -> None:
        self._tokens = {token.instrument: token for token in tokens}
        if self._tokens and "SOL" not in coins:
            raise ValueError("tokens are priced in SOL: generate SOL too")
        self._anchors = {
            _USDT: _PEG,
            **{rate_name(symbol): anchor for symbol, anchor in coins.items()},
            **{name: token.sol_price for name, token in self._tokens.items()},
        }
        self._keys = {name: key_of(seed, name) for name in self._anchors}
        self._venues = {name: self._venues_of(name) for name in self._anchors}
        self._strays = {
            (name, venue.source): key_of(seed, f"{name}/{venue.source}")
            for name, venues in self._venues.items()
            for venue in venues
        }
        self._instruments = {name: self._instrument_of(name) for name in self._anchors}
        self._lately: dict[str, tuple[int, int]] = {}
        self._moves: dict[str, list[tuple[Move, int]]] = {}
        for move in sorted(moves, key=lambda move: move.from_ms):
            self.add(move)

    def add(self, move: Move) -> None:
        """Add a move to the script; its goal is measured on the script so far. Give them in order of time."""
        goal = self._path(move.instrument, move.from_ms) * (PPM + move.by_ppm) // PPM
        self._lately.pop(move.instrument, None)
        self._moves.setdefault(move.instrument, []).append((move, goal))

    def path(self, name: str, at_ms: int) -> int:
        """The common price all venues stray from, in 10^-12 USD (tokens: 10^-12 SOL a piece). Raises KeyError."""
        known = self._lately.get(name)
        if known is None or known[0] != at_ms:
            known = self._lately[name] = (at_ms, self._path(name, at_ms))
        return known[1]

    def _path(self, name: str, at_ms: int) -> int:
        anchor = self._anchors[name]
        wander = wander_ppm(self._keys[name], at_ms)
        if name == _USDT:
            wander //= _PEG_STILLNESS
        elif name in self._tokens:
            wander *= self._tokens[name].wildness
        price = anchor * (PPM + wander) // PPM
        for move, goal in self._moves.get(name, ()):
            share = move.share_ppm(at_ms)
            if share:
                price += (goal - price) * share // PPM
        return price

    def instrument(self, name: str) -> Instrument | None:
        """The settings of a coin, a token or USDT."""
        return self._instruments.get(name)

    def askable(self, now_ms: int) -> int:
        """The last tick that is closed: what is made up can be asked for at any time."""
        return last_closed(now_ms)

    async def collect(self, names: Collection[str], tick_ms: int) -> Mapping[str, Heard]:
        """What each venue says at a tick."""
        return {name: self._heard(name, tick_ms) for name in names if name in self._anchors}

    async def candles(self, name: str, minute_ms: int) -> Sequence[Candle]:
        """The candles of the minute's ticks; tokens priced by one pool have none."""
        if name not in self._anchors or name in self._tokens:
            return ()
        ticks = [self._quotes(name, tick_ms) for tick_ms in range(minute_ms, minute_ms + MINUTE_MS, TICK_MS)]
        return [_candle(said, minute_ms) for said in zip(*ticks, strict=True)]

    def _heard(self, name: str, tick_ms: int) -> Heard:
        token = self._tokens.get(name)
        return Heard(self._quotes(name, tick_ms), None if token is None else token.pool(tick_ms))

    def _quotes(self, name: str, tick_ms: int) -> list[Quote]:
        common = self.path(name, tick_ms)
        worth = {USD: COIN_UNIT}
        if name in self._tokens:
            worth = {"SOL": COIN_UNIT, USD: self.path(rate_name("SOL"), tick_ms)}
        elif name != _USDT:
            worth["USDT"] = COIN_UNIT * COIN_UNIT // self.path(_USDT, tick_ms)
        quotes = []
        for venue in self._venues[name]:
            source, quote, stray_ppm, spread_ppm = venue
            stray = jitter(self._strays[name, source], tick_ms // TICK_MS, stray_ppm)
            price = common * worth[quote] // COIN_UNIT * (PPM + stray) // PPM
            quotes.append(
                Quote(
                    source,
                    "pool" if name in self._tokens else source,
                    price,
                    price * spread_ppm // PPM,
                    WEIGHT,
                    tick_ms - ASKED_MS,
                    tick_ms - RECEIVED_MS,
                    None,
                    quote,
                )
            )
        return quotes

    def _venues_of(self, name: str) -> tuple[Venue, ...]:
        if name in self._tokens:
            return POOL_SOURCES
        return RATE_VENUES if name == _USDT else VENUES

    def _instrument_of(self, name: str) -> Instrument:
        token = name in self._tokens
        venues = self._venues[name]
        settings = Instrument(
            name=name,
            sources={venue.source: ("pool" if token else venue.source, WEIGHT) for venue in venues},
            params=INSTANT,
            rates=tuple([rate_name(quote) for quote in sorted({venue.quote for venue in venues} - {USD})]),
        )
        if token:
            return replace(settings, params=POOL_PARAMS, profile=Profile.SINGLE_POOL)
        return (
            replace(settings, params=replace(INSTANT, quorum=len(RATE_VENUES))) if name == _USDT else settings
        )


def _candle(said: Sequence[Quote], minute_ms: int) -> Candle:
    prices = [seen.price for seen in said]
    first = said[0]
    return Candle(
        first.source,
        first.family,
        first.weight,
        minute_ms,
        prices[0],
        max(prices),
        min(prices),
        prices[-1],
        first.quote,
    )
