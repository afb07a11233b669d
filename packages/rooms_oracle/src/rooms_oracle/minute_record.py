"""An audited minute as a record: the candles, the rates, what each family reached, and what two of them reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from rooms_core.proofs.canonical import Json
from rooms_oracle.aggregate_json import JsonObject
from rooms_oracle.audit import MinuteJudged
from rooms_oracle.heard import Candle
from rooms_oracle.quotes import Rate

MINUTE_RECORD: Final = "rooms-minute/1"


def minute_body(
    instrument: str,
    minute_ms: int,
    candles: Sequence[Candle],
    rates: Mapping[str, tuple[Rate, str]],
    judged: MinuteJudged,
) -> JsonObject:
    """The record of a judged minute; `rates` come with the records they rest on. `tick_ms` is the minute's start."""
    result: dict[str, Json] = {
        "families": {name: [str(high), str(low)] for name, (high, low) in judged.families.items()}
    }
    if judged.at is not None:
        result |= {"up": str(judged.at[0]), "down": str(judged.at[1])}
    return {
        "v": MINUTE_RECORD,
        "instrument": instrument,
        "tick_ms": str(minute_ms),
        "candles": [
            {
                "source": candle.source,
                "family": candle.family,
                "weight": str(candle.weight),
                "quote": candle.quote,
                "ohlc": [str(candle.open), str(candle.high), str(candle.low), str(candle.close)],
            }
            for candle in candles
        ],
        "quote_rates": {
            name: {
                "price": str(rate.price),
                "conf": str(rate.conf),
                "age_ms": str(rate.age_ms),
                "evidence": evidence,
            }
            for name, (rate, evidence) in rates.items()
        },
        "result": result,
    }
