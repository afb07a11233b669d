"""The gap audit: what one-minute candles say about the seconds in which no tick was accepted.

If two families' highs (lows) of one minute are at or past a target, it was touched, and the touch counts at the
end of that minute. The second-highest high and the second-lowest low therefore say it for all targets at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rooms_core.ports.oracle import WatchedRoom
from rooms_oracle.aggregate import weighted_median
from rooms_oracle.heard import MINUTE_MS, USD, Candle
from rooms_oracle.hits import FAMILIES_MIN
from rooms_oracle.quotes import COIN_UNIT, Rate, rate_name


class MinuteJudged(NamedTuple):
    """What a minute reached: each family's (high, low) in USD, and the (highest, lowest) two of them were at.

    `at` is None when fewer than two families had a candle: then the minute says nothing yet.
    """

    families: Mapping[str, tuple[int, int]]
    at: tuple[int, int] | None


def judge_minute(candles: Sequence[Candle], rates: Mapping[str, Rate]) -> MinuteJudged:
    """Judge the candles of one minute; several sources of a family speak with their weighted median.

    Candles without a rate for their currency, without weight, or with prices that are none are left out.
    """
    members: dict[str, list[tuple[int, int, int]]] = {}
    for candle in candles:
        dollars = _in_dollars(candle, rates)
        if dollars is not None and candle.weight > 0 and dollars[1] > 0:
            members.setdefault(candle.family, []).append((*dollars, candle.weight))
    families = {family: _collapse(said) for family, said in sorted(members.items())}
    if len(families) < FAMILIES_MIN:
        return MinuteJudged(families, None)
    highs = sorted([high for high, _ in families.values()])
    lows = sorted([low for _, low in families.values()])
    return MinuteJudged(families, (highs[-FAMILIES_MIN], lows[FAMILIES_MIN - 1]))


def counts_for(minute_ms: int, room: WatchedRoom) -> bool:
    """A minute that began before the room was OPEN or ends after its settle time is no evidence."""
    return room.since_ms <= minute_ms and minute_ms + MINUTE_MS <= room.settle_at_ms


def _in_dollars(candle: Candle, rates: Mapping[str, Rate]) -> tuple[int, int] | None:
    if candle.quote == USD:
        return candle.high, candle.low
    rate = rates.get(rate_name(candle.quote))
    if rate is None:
        return None
    return candle.high * rate.price // COIN_UNIT, candle.low * rate.price // COIN_UNIT


def _collapse(said: Sequence[tuple[int, int, int]]) -> tuple[int, int]:
    high = weighted_median([(high, weight) for high, _, weight in said])
    low = weighted_median([(low, weight) for _, low, weight in said])
    return high, low
