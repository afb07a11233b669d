"""A tick as a record, and back: inputs and answer in one, so that whoever reads it can work it out again.

Prices stand in the instrument's unit; where they were sent in another (a foreign currency, a price per token of
a market cap) `quoted` keeps what was sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from rooms_core.domain.market import CAP_SCALE, COIN_SCALE
from rooms_core.proofs.canonical import Json, canonical_hash
from rooms_oracle.aggregate import RULE, Observation, Params
from rooms_oracle.aggregate_json import JsonObject, params_json, result_json
from rooms_oracle.heard import USD, Instrument, PoolState, Profile, Quote
from rooms_oracle.single_pool import market_caps
from rooms_oracle.tick import Judged, TickInputs

POOL_RULE: Final = "rooms-pool/1"


def tick_body(inputs: TickInputs, judged: Judged, rate_evidence: Mapping[str, str]) -> JsonObject:
    """The record of a judged tick; `rate_evidence` names, by rate, the record its price comes from."""
    instrument = inputs.instrument
    result = result_json(judged.found)
    rejected = result.pop("rejected")
    shown = _shown(inputs, judged)
    body: JsonObject = {
        "v": POOL_RULE if instrument.single_pool else RULE,
        "basis": inputs.basis,
        "instrument": instrument.name,
        "metric": "market_cap" if instrument.single_pool else "price",
        "scale": str(CAP_SCALE if instrument.single_pool else COIN_SCALE),
        "tick_ms": str(inputs.tick_ms),
        **settings_json(instrument),
        "observations": [_observation(seen, inputs, shown.get(seen.source)) for seen in inputs.quotes],
        "quote_rates": {
            name: {
                "price": str(rate.price),
                "conf": str(rate.conf),
                "age_ms": str(rate.age_ms),
                "evidence": rate_evidence[name],
            }
            for name, rate in inputs.rates.items()
        },
        "rejected": rejected,
        "result": result,
    }
    if inputs.pool is not None:
        body["pool"] = _pool(inputs.pool)
    if inputs.silent:
        body["silent"] = dict(inputs.silent)
    return body


def settings_json(instrument: Instrument) -> JsonObject:
    """The settings in force and their hash: weights, families and tolerances that change get another `params_id`."""
    return _settings(instrument.params, instrument.profile, tuple(instrument.sources.items()))


@lru_cache(maxsize=4_096)
def _settings(
    params: Params, profile: Profile, sources: tuple[tuple[str, tuple[str, int]], ...]
) -> JsonObject:
    """Remembered, as every record of an instrument repeats them."""
    settings: JsonObject = {
        "params": dict(params_json(params)),
        "profile": profile.value,
        "sources": {
            source: {"family": family, "weight": str(weight)} for source, (family, weight) in sources
        },
    }
    return {**settings, "params_id": canonical_hash(settings)}


def _shown(inputs: TickInputs, judged: Judged) -> dict[str, Observation]:
    """What each source's price became: absent if it had no rate, or the pool was not read."""
    observations = judged.observations
    if inputs.instrument.single_pool:
        observations = [] if inputs.pool is None else market_caps(observations, inputs.pool)
    return {seen.source: seen for seen in observations}


def _observation(seen: Quote, inputs: TickInputs, became: Observation | None) -> Json:
    said: dict[str, Json] = {
        "source": seen.source,
        "family": seen.family,
        "weight": str(seen.weight),
        "ts_basis": "request" if seen.ts_source is None else "source",
        "ts_request_start": str(seen.ts_request_start),
        "ts_received": str(seen.ts_received),
    }
    if seen.ts_source is not None:
        said["ts_source"] = str(seen.ts_source)
    if seen.raw:
        said["raw"] = seen.raw
    if seen.body_sha256:
        said["body_sha256"] = seen.body_sha256
    if became is not None:
        said |= {"price": str(became.price), "conf": str(became.conf), "age_ms": str(became.age_ms)}
    if seen.quote != USD or inputs.instrument.single_pool:
        said["quoted"] = {"currency": seen.quote, "price": str(seen.price), "conf": str(seen.conf)}
    return said


def _pool(pool: PoolState) -> Json:
    read: dict[str, Json] = {} if pool.lamports is None else {"lamports": str(pool.lamports)}
    if pool.address:
        read["address"] = pool.address
    if pool.slot is not None:
        read["slot"] = str(pool.slot)
    return {
        **read,
        "supply": str(pool.supply),
        "decimals": str(pool.decimals),
        "liquidity_cents": str(pool.liquidity_cents),
        "fee_ppm": str(pool.fee_ppm),
        "on_curve": pool.on_curve,
    }
