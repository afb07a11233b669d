"""Watching prices as the monitor would see them: tick after tick, by its own code, with nothing written down."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from rooms_core.domain.market import CAP_SCALE, COIN_SCALE
from rooms_oracle.frozen import FrozenWatch
from rooms_oracle.heard import FeedSource
from rooms_oracle.held import HeldTick, judge_all, with_rates
from rooms_oracle.reasons import UNKNOWN
from rooms_oracle.stats import FeedStanding


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One instrument on one tick. Prices are whole numbers of 10^`scale` USD, None where none was accepted.

    `agreed` families made the price; `refused` says of every source that had no part in it why, in one word. `ages_ms`
    are those of the youngest and the oldest observation. `accepted_ms`: the last tick with a price, since
    watching began.
    """

    name: str
    status: str
    scale: int = COIN_SCALE
    price: int | None = None
    lo: int | None = None
    hi: int | None = None
    agreed: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)
    ages_ms: tuple[int, int] | None = None
    accepted_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenTick:
    """What one tick brought: the instruments in the order asked for, and how the feeds stand."""

    at_ms: int
    skipped: int
    instruments: tuple[Seen, ...]
    feeds: tuple[FeedStanding, ...]


class PriceWatch:
    """Asks for some instruments and their rates on each tick, and remembers what a judgement needs."""

    def __init__(self, source: FeedSource, names: Sequence[str]) -> None:
        self._source = source
        self._names = tuple(names)
        self._frozen: dict[str, FrozenWatch] = {}
        self._accepted_ms: dict[str, int] = {}

    async def look(self, at_ms: int) -> tuple[Seen, ...]:
        """Evaluate a tick of the grid: comes back when its feeds have answered, or when it has closed."""
        plan = with_rates(self._names, self._source)
        heard = await self._source.collect([each.name for each in plan], at_ms)
        ticks = judge_all(plan, heard, at_ms, frozen=self._frozen)
        self._accepted_ms |= {name: at_ms for name, tick in ticks.items() if tick.accepted}
        return tuple([self._seen(name, ticks.get(name)) for name in self._names])

    def _seen(self, name: str, tick: HeldTick | None) -> Seen:
        if tick is None:
            return Seen(name=name, status=UNKNOWN)
        found, inputs = tick.judged.found, tick.inputs
        agreed = tuple([vote.family for vote in found.inliers])
        families = {family for family, _ in inputs.instrument.sources.values()}
        ages = sorted([each.age_ms for each in tick.judged.observations])
        return Seen(
            name=name,
            status=found.status.value,
            scale=CAP_SCALE if inputs.instrument.single_pool else COIN_SCALE,
            price=found.price if tick.accepted else None,
            lo=found.lo if tick.accepted else None,
            hi=found.hi if tick.accepted else None,
            agreed=agreed,
            others=tuple(sorted(families - set(agreed))),
            refused=dict(_refusals(tick)),
            ages_ms=(ages[0], ages[-1]) if ages else None,
            accepted_ms=self._accepted_ms.get(name),
        )


def _refusals(tick: HeldTick) -> Iterable[tuple[str, str]]:
    """Each source that had no part in the price, with the reason: its own, its silence's, or its family's."""
    rejected, silent = tick.judged.found.rejected, tick.inputs.silent
    for source, (family, _) in tick.inputs.instrument.sources.items():
        if source in rejected:
            yield source, rejected[source].value
        elif source in silent:
            yield source, silent[source]
        elif f"family:{family}" in rejected:
            yield source, rejected[f"family:{family}"].value
