"""One tick of one instrument: everything that enters it, and what follows. The same code judges and checks.

`judge` needs nothing but its inputs, so whoever holds a record of them can work the answer out again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from rooms_oracle.aggregate import Aggregate, Observation, Reject, Status, aggregate
from rooms_oracle.heard import Instrument, PoolState, Quote
from rooms_oracle.quotes import Rate, in_dollars
from rooms_oracle.single_pool import aggregate_pool, market_caps


class TickInputs(NamedTuple):
    """All that one tick rests on. `frozen` were found to stand still before; `basis` is "ticks" or "candles".

    `silent` names why the other sources were not heard: it decides nothing, and is written down.
    """

    instrument: Instrument
    tick_ms: int
    quotes: Sequence[Quote]
    rates: Mapping[str, Rate]
    frozen: frozenset[str] = frozenset()
    pool: PoolState | None = None
    basis: str = "ticks"
    silent: Mapping[str, str] = MappingProxyType({})


class Judged(NamedTuple):
    """All quotes that could be converted to dollars, and the answer with every rejection named."""

    observations: Sequence[Observation]
    found: Aggregate


def judge(inputs: TickInputs) -> Judged:
    """Convert, set aside what is frozen, and apply the rule of the instrument's profile."""
    early: dict[str, Reject] = {}
    skew_ms = inputs.instrument.params.max_skew_ms
    observations = in_dollars(
        inputs.quotes, inputs.rates, eval_ms=inputs.tick_ms, rejected=early, skew_ms=skew_ms
    )
    return judge_observations(inputs, observations, early)


def judge_observations(
    inputs: TickInputs, observations: list[Observation], early: dict[str, Reject]
) -> Judged:
    """The same for quotes that were converted already; `early` holds what had no rate."""
    judged = observations
    if inputs.frozen:
        early |= {seen.source: Reject.FROZEN for seen in observations if seen.source in inputs.frozen}
        judged = [seen for seen in observations if seen.source not in inputs.frozen]
    if inputs.instrument.single_pool:
        found = _judge_pool(inputs, judged)
    else:
        found = aggregate(judged, inputs.instrument.params)
    if early:
        found = found._replace(rejected={**early, **found.rejected})
    return Judged(observations, found)


def _judge_pool(inputs: TickInputs, observations: Sequence[Observation]) -> Aggregate:
    """Without the chain's supply there is no market cap, whatever the feeds claim it to be."""
    if inputs.pool is None:
        return Aggregate(Status.NO_QUORUM, (), {})
    return aggregate_pool(market_caps(observations, inputs.pool), inputs.instrument.params)
