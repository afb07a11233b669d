"""Ticks as they are held in memory: judged at once, written down only when something rests on them.

Most ticks decide nothing. Each keeps what it rests on for some minutes, so that a tick that turns out to have
decided something (the last one that was no hit, say) can still become a record.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from rooms_core.domain.market import Reading
from rooms_core.ports.evidence import EvidenceRecord
from rooms_oracle.aggregate import Reject
from rooms_oracle.evidence import EvidenceLog
from rooms_oracle.frozen import FrozenWatch
from rooms_oracle.heard import SILENCE, FeedSource, Heard, Instrument
from rooms_oracle.hits import Thresholds, thresholds
from rooms_oracle.quotes import Rate, in_dollars, rate_of
from rooms_oracle.tick import Judged, TickInputs, judge_observations
from rooms_oracle.tick_record import tick_body


@dataclass(slots=True)
class HeldTick:
    """A judged tick with the ticks of the rates it used; `record` once somebody needed it."""

    inputs: TickInputs
    judged: Judged
    rates: Mapping[str, HeldTick]
    at: Thresholds
    record: EvidenceRecord | None = field(default=None)

    @property
    def tick_ms(self) -> int:
        """The grid time of the tick."""
        return self.inputs.tick_ms

    @property
    def accepted(self) -> bool:
        """Whether it has a price."""
        return self.judged.found.accepted

    @property
    def price(self) -> int:
        """The price of an accepted tick."""
        return self.judged.found.price

    def reading(self) -> Reading:
        """An accepted tick in the core's words; `evidence` is "" as long as nothing rests on it."""
        found = self.judged.found
        return Reading(
            self.inputs.instrument.name,
            self.inputs.tick_ms,
            found.price,
            found.lo,
            found.hi,
            self.at.up,
            self.at.down,
            "" if self.record is None else self.record.hash,
        )


def write_down(held: HeldTick, log: EvidenceLog) -> EvidenceRecord:
    """The record of a tick, made now if it was not before; the rates it used come first."""
    if held.record is None:
        evidence = {name: write_down(rate, log).hash for name, rate in held.rates.items()}
        body = tick_body(held.inputs, held.judged, evidence)
        held.record = log.append(body, instrument=held.inputs.instrument.name, tick_ms=held.tick_ms)
    return held.record


def with_rates(names: Iterable[str], feeds: FeedSource) -> list[Instrument]:
    """The instruments and all rates they rest on, each once, rates first; unknown names are left out."""
    ordered: dict[str, Instrument] = {}
    seen: set[str] = set()

    def visit(name: str) -> None:
        instrument = feeds.instrument(name)
        if instrument is not None and name not in seen:
            seen.add(name)
            for rate in instrument.rates:
                visit(rate)
            ordered[name] = instrument

    for name in names:
        visit(name)
    return list(ordered.values())


def judge_all(
    instruments: Collection[Instrument],
    heard: Mapping[str, Heard],
    tick_ms: int,
    *,
    frozen: dict[str, FrozenWatch] | None = None,
    basis: str = "ticks",
) -> dict[str, HeldTick]:
    """Judge one tick of all instruments, given rates first. `frozen` remembers sources that stand still."""
    ticks: dict[str, HeldTick] = {}
    worth: dict[str, Rate] = {}
    for instrument in instruments:
        said = heard.get(instrument.name, SILENCE)
        rates = {name: worth[name] for name in instrument.rates if name in worth}
        early: dict[str, Reject] = {}
        skew_ms = instrument.params.max_skew_ms
        observations = in_dollars(said.quotes, rates, eval_ms=tick_ms, rejected=early, skew_ms=skew_ms)
        still: frozenset[str] = frozenset()
        if frozen is not None and not instrument.single_pool:
            watch = frozen.setdefault(instrument.name, FrozenWatch())
            still = watch.look(said.quotes, observations, tick_ms)
        inputs = TickInputs(instrument, tick_ms, said.quotes, rates, still, said.pool, basis, said.silent)
        judged = judge_observations(inputs, observations, early)
        used = {name: ticks[name] for name in rates}
        ticks[instrument.name] = HeldTick(inputs, judged, used, thresholds(judged.found))
        rate = rate_of(judged.found, judged.observations)
        if rate is not None:
            worth[instrument.name] = rate
    return ticks
