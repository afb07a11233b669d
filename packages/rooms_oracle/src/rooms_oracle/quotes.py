"""Foreign quotes in dollars: a price in USDT becomes USD by the accepted price of USDT, never by assuming 1.

The rate is itself a consensus (quorum 2). Without it every observation in that currency is rejected by name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from rooms_core.domain.listing import rate_name
from rooms_oracle.aggregate import Aggregate, Observation, Reject
from rooms_oracle.heard import USD, Quote

__all__ = ["COIN_UNIT", "Rate", "in_dollars", "rate_name", "rate_of"]

COIN_UNIT: Final = 10**12
"""Prices are whole numbers of 10^-12."""


class Rate(NamedTuple):
    """What a quote currency is worth: price and half-width in 10^-12 USD, and the age of its oldest observation."""

    price: int
    conf: int
    age_ms: int


def rate_of(found: Aggregate, observations: Sequence[Observation]) -> Rate | None:
    """The rate an accepted consensus gives: half-width is the wider side of its band. None without consensus."""
    if not found.accepted:
        return None
    oldest = max([seen.age_ms for seen in observations if seen.source not in found.rejected])
    return Rate(found.price, max(found.price - found.lo, found.hi - found.price), oldest)


def in_dollars(
    quotes: Sequence[Quote],
    rates: Mapping[str, Rate],
    *,
    eval_ms: int,
    rejected: dict[str, Reject],
    skew_ms: int = 0,
) -> list[Observation]:
    """The quotes as observations in USD; those whose currency has no rate are added to `rejected`.

    A price is as old as the older of itself and its rate, unless its clock is ahead by more than `skew_ms`.
    """
    observations = []
    for seen in quotes:
        source, family, price, conf, weight, asked_ms, _, own_ms, quote, _, _ = seen
        age_ms = eval_ms - (asked_ms if own_ms is None else own_ms)
        if quote != USD:
            rate = rates.get(rate_name(quote))
            if rate is None:
                rejected[source] = Reject.NO_QUOTE_RATE
                continue
            if conf >= 0:  # a negative one stays what it is, so that the gate sees it
                conf = (conf * rate.price + price * rate.conf) // COIN_UNIT + 1
            price = price * rate.price // COIN_UNIT
            if age_ms >= -skew_ms:  # a clock that is off stays what it is, so that the gate sees it
                age_ms = max(age_ms, rate.age_ms)
        observations.append(Observation(source, family, price, conf, age_ms, weight))
    return observations
