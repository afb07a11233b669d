"""Records read back: from a record's inputs to the record that follows from them.

Reading is plain because it need not be strict: whatever a record says beyond its inputs is worked out again and
compared byte by byte. Anything of another shape raises KeyError, TypeError or ValueError, for the checker.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from rooms_core.proofs.canonical import Json
from rooms_oracle.aggregate import Params, Reject
from rooms_oracle.aggregate_json import JsonObject
from rooms_oracle.audit import MinuteJudged, judge_minute
from rooms_oracle.evidence import CLOSE_RECORD, close_body
from rooms_oracle.finality import FinalPool
from rooms_oracle.heard import MINUTE_MS, USD, Candle, Instrument, PoolState, Profile, Quote
from rooms_oracle.held import HeldTick
from rooms_oracle.hits import thresholds
from rooms_oracle.minute_record import MINUTE_RECORD, minute_body
from rooms_oracle.quotes import Rate, rate_of
from rooms_oracle.settle_price import settle_price
from rooms_oracle.tick import TickInputs, judge
from rooms_oracle.tick_record import tick_body

_WHOLE: Final = re.compile(r"0|-?[1-9][0-9]{0,99}", re.ASCII)
_DECIMALS_MAX: Final = 255
"""A byte on the chain; more would ask for absurdly large numbers."""


class Known(NamedTuple):
    """What an accepted tick record says: a price, and the rate it stands for."""

    instrument: str
    tick_ms: int
    price: int
    rate: Rate


class Worked(NamedTuple):
    """What follows from a record's inputs: the record itself, and in the oracle's own words what it says.

    A tick record has a `tick`, and if it was accepted what it `found`; a minute record a `minute`; a close its `close`.
    """

    again: JsonObject
    found: Known | None = None
    tick: HeldTick | None = None
    minute: MinuteJudged | None = None
    close: int | None = None


def work_out(fields: Mapping[str, Json], found: Mapping[str, Known]) -> Worked:
    """The record that follows from a record's inputs. `found` holds, by hash, the accepted ticks it may name."""
    if fields["v"] == MINUTE_RECORD:
        return _minute(fields, found)
    if fields["v"] == CLOSE_RECORD:
        return _close(fields, found)
    return _tick(fields, found)


def named_in(fields: Mapping[str, Json]) -> list[str]:
    """The hashes of the records a record rests on: its rates, or the ticks a settle price is the median of."""
    if fields["v"] == CLOSE_RECORD:
        return [a_text(an_object(tick)["evidence"]) for tick in a_list(fields["ticks"])]
    return [a_text(an_object(rate)["evidence"]) for rate in an_object(fields["quote_rates"]).values()]


def _tick(fields: Mapping[str, Json], found: Mapping[str, Known]) -> Worked:
    instrument, tick_ms = _instrument(fields), whole(fields["tick_ms"])
    rates, evidence = _rates(fields, found, tick_ms)
    rejected = an_object(fields["rejected"])
    inputs = TickInputs(
        instrument,
        tick_ms,
        [_quote(item, instrument) for item in a_list(fields["observations"])],
        rates,
        frozenset(name for name, reason in rejected.items() if reason == Reject.FROZEN.value),
        _pool(an_object(fields["pool"])) if "pool" in fields else None,
        a_text(fields["basis"]),
        {source: a_text(why) for source, why in an_object(fields.get("silent", {})).items()},
    )
    judged = judge(inputs)
    rate = rate_of(judged.found, judged.observations)
    known = None if rate is None else Known(instrument.name, inputs.tick_ms, judged.found.price, rate)
    tick = HeldTick(inputs, judged, {}, thresholds(judged.found))
    return Worked(tick_body(inputs, judged, evidence), known, tick=tick)


def _minute(fields: Mapping[str, Json], found: Mapping[str, Known]) -> Worked:
    minute_ms = whole(fields["tick_ms"])
    rates, evidence = _rates(fields, found, minute_ms + MINUTE_MS)
    candles = [_candle(item, minute_ms) for item in a_list(fields["candles"])]
    named = {name: (rate, evidence[name]) for name, rate in rates.items()}
    judged = judge_minute(candles, rates)
    again = minute_body(a_text(fields["instrument"]), minute_ms, candles, named, judged)
    return Worked(again, minute=judged)


def _close(fields: Mapping[str, Json], found: Mapping[str, Known]) -> Worked:
    """A settle price rests on tick records of its own instrument."""
    ticks = []
    for tick in a_list(fields["ticks"]):
        evidence = a_text(an_object(tick)["evidence"])
        known = _named(evidence, found)
        if known.instrument != fields["instrument"]:
            raise ValueError("a tick of another instrument")
        ticks.append((known.tick_ms, known.price, evidence))
    settle_at_ms = whole(fields["tick_ms"])
    price = settle_price([(tick_ms, price) for tick_ms, price, _ in ticks], settle_at_ms)
    if price is None:
        raise ValueError("too few ticks")
    final = _final(an_object(fields["final"])) if "final" in fields else None
    again = close_body(a_text(fields["instrument"]), settle_at_ms, price, ticks, final)
    return Worked(again, close=price)


def whole(value: Json) -> int:
    """A whole number from its one spelling, of at most 100 digits."""
    written = a_text(value)
    if _WHOLE.fullmatch(written) is None:
        raise ValueError(f"no whole number: {written[:20]}")
    return int(written)


def _instrument(fields: Mapping[str, Json]) -> Instrument:
    params = {name: whole(value) for name, value in an_object(fields["params"]).items()}
    sources = {
        source: (a_text(an_object(said)["family"]), whole(an_object(said)["weight"]))
        for source, said in an_object(fields["sources"]).items()
    }
    return Instrument(
        name=a_text(fields["instrument"]),
        sources=sources,
        params=Params(**params),
        profile=Profile(a_text(fields["profile"])),
    )


def _quote(item: Json, instrument: Instrument) -> Quote:
    said = an_object(item)
    source, family, weight = a_text(said["source"]), a_text(said["family"]), whole(said["weight"])
    if instrument.sources[source] != (family, weight):
        raise ValueError(f"{source} is set otherwise")
    quoted = an_object(said["quoted"]) if "quoted" in said else {**said, "currency": USD}
    return Quote(
        source,
        family,
        whole(quoted["price"]),
        whole(quoted["conf"]),
        weight,
        whole(said["ts_request_start"]),
        whole(said["ts_received"]),
        whole(said["ts_source"]) if "ts_source" in said else None,
        a_text(quoted["currency"]),
        a_text(said.get("raw", "")),
        a_text(said.get("body_sha256", "")),
    )


def _rates(
    fields: Mapping[str, Json], found: Mapping[str, Known], at_ms: int
) -> tuple[dict[str, Rate], dict[str, str]]:
    """The rates a record used, which must be what the records they name have found at that time."""
    rates: dict[str, Rate] = {}
    evidence: dict[str, str] = {}
    for name, item in an_object(fields["quote_rates"]).items():
        said = an_object(item)
        evidence[name] = a_text(said["evidence"])
        rates[name] = Rate(whole(said["price"]), whole(said["conf"]), whole(said["age_ms"]))
        known = _named(evidence[name], found)
        if (known.instrument, known.tick_ms, known.rate) != (name, at_ms, rates[name]):
            raise ValueError(f"{name} was found otherwise")
    return rates, evidence


def _candle(item: Json, minute_ms: int) -> Candle:
    said = an_object(item)
    first, high, low, last = [whole(value) for value in a_list(said["ohlc"])]
    return Candle(
        a_text(said["source"]),
        a_text(said["family"]),
        whole(said["weight"]),
        minute_ms,
        first,
        high,
        low,
        last,
        a_text(said["quote"]),
    )


def _final(said: Mapping[str, Json]) -> FinalPool:
    return FinalPool(whole(said["slot"]), a_text(said["pool"]))


def _pool(said: Mapping[str, Json]) -> PoolState:
    decimals = whole(said["decimals"])
    if not 0 <= decimals <= _DECIMALS_MAX:
        raise ValueError(f"no token has {decimals} decimals")
    on_curve = said["on_curve"]
    if not isinstance(on_curve, bool):
        raise TypeError("on_curve is yes or no")
    return PoolState(
        whole(said["supply"]),
        decimals,
        whole(said["liquidity_cents"]),
        whole(said["fee_ppm"]),
        on_curve,
        whole(said["lamports"]) if "lamports" in said else None,
        a_text(said.get("address", "")),
        whole(said["slot"]) if "slot" in said else None,
    )


def _named(sealed: str, found: Mapping[str, Known]) -> Known:
    if sealed not in found:
        raise ValueError(f"it names {sealed}, no accepted tick that was read before it")
    return found[sealed]


def an_object(value: Json) -> Mapping[str, Json]:
    """The value as an object; TypeError if it is none."""
    if not isinstance(value, dict):
        raise TypeError("no object")
    return value


def a_list(value: Json) -> list[Json]:
    """The value as a list; TypeError if it is none."""
    if not isinstance(value, list):
        raise TypeError("no list")
    return value


def a_text(value: Json) -> str:
    """The value as a string; TypeError if it is none."""
    if not isinstance(value, str):
        raise TypeError("no text")
    return value
