"""What the loss of USDC's peg does to a plain mean, and what to the rule: minute closes of the four days."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Final

from tests.replay.stage import COIN

from rooms_oracle.aggregate import INSTANT, PPM, Observation, aggregate
from rooms_oracle.heard import MINUTE_MS, USD, Candle, Heard
from rooms_oracle.held import judge_all, with_rates
from rooms_oracle.replay import ReplayFeeds
from rooms_oracle.settle_price import closes

RAW: Final = "kraken:BTC-USDC"
BEYOND_PPM: Final = 5_000


@dataclass(slots=True)
class Errors:
    """How far a way to make one price of several was from Coinbase's dollars, in ppm rounded down."""

    minutes: int = 0
    without_price: int = 0
    most_ppm: int = 0
    beyond_50_bps: int = 0

    def add(self, price: int | None, truth: int) -> None:
        """One minute; None: no price."""
        self.minutes += 1
        if price is None:
            self.without_price += 1
            return
        away = abs(price - truth) * PPM
        self.most_ppm = max(self.most_ppm, away // truth)
        self.beyond_50_bps += away > BEYOND_PPM * truth

    def record(self) -> dict[str, int]:
        """For programs."""
        return asdict(self)


async def depeg(feeds: ReplayFeeds) -> dict[str, Errors]:
    """The minutes in which the three dollar venues traded and Kraken's BTC-USDC did.

    `mean` and `rule` take USDC for a dollar, as a fourth venue; `converted` is the rule over all pairs by their rates.
    """
    errors = {name: Errors() for name in ("mean", "rule", "converted")}
    plan = with_rates([COIN], feeds)
    first_ms, last_ms = feeds.span_ms(COIN)
    for minute_ms in range(first_ms, last_ms + 1, MINUTE_MS):
        candles: dict[str, list[Candle]] = {
            each.name: list(await feeds.candles(each.name, minute_ms)) for each in plan
        }
        said = {each.source: each.close for each in candles[COIN] if each.quote == USD or each.source == RAW}
        if len(said) < 4:
            continue
        truth = said["coinbase:BTC-USD"]
        found = aggregate([Observation(name, name, price, 0, 0, 10) for name, price in said.items()], INSTANT)
        errors["mean"].add(sum(said.values()) // len(said), truth)
        errors["rule"].add(found.price if found.accepted else None, truth)
        end_ms = minute_ms + MINUTE_MS
        heard = {name: Heard(closes(each, end_ms)) for name, each in candles.items()}
        tick = judge_all(plan, heard, end_ms, basis="candles")[COIN]
        errors["converted"].add(tick.price if tick.accepted else None, truth)
    return errors
