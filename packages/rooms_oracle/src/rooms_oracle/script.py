"""What happens to feeds on purpose: prices that are moved, venues that fall silent or lie, sources joined.

A demonstration or a test writes down beforehand what shall happen and when; everything else goes on as it would.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from rooms_oracle.aggregate import PPM
from rooms_oracle.heard import MINUTE_MS, SILENCE, Candle, FeedSource, Heard, Instrument, Quote


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Take the price of a generated instrument to `by_ppm` of where it was at `from_ms` (0: hold it there).

    It gets there in a straight line over `over_ms`, stays for `hold_ms`, and goes back to its own way over `back_ms`.
    """

    instrument: str
    from_ms: int
    by_ppm: int
    over_ms: int = 60_000
    hold_ms: int = 60_000
    back_ms: int = 60_000

    def share_ppm(self, at_ms: int) -> int:
        """How far the price is on the scripted way at a time: 0 is its own way, 1,000,000 the script's."""
        passed = at_ms - self.from_ms
        if passed < 0 or passed >= self.over_ms + self.hold_ms + self.back_ms:
            return 0
        if passed < self.over_ms:
            return passed * PPM // self.over_ms
        leaving = passed - self.over_ms - self.hold_ms
        return PPM if leaving < 0 else (self.back_ms - leaving) * PPM // self.back_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """Families (none named: all) say nothing of an instrument ("" : any) from `from_ms` up to `to_ms`.

    Candles can be had again afterwards, unless `candles` fails too: then those of minutes begun meanwhile cannot.
    """

    from_ms: int
    to_ms: int
    instrument: str = ""
    families: frozenset[str] = frozenset()
    candles: bool = False

    def hits(self, name: str, family: str, at_ms: int) -> bool:
        """Whether it silences a family about an instrument at a time."""
        return (
            self.from_ms <= at_ms < self.to_ms
            and self.instrument in ("", name)
            and (not self.families or family in self.families)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Lie:
    """A family sends prices of an instrument times `by_ppm` / 1,000,000 from `from_ms` up to `to_ms`."""

    instrument: str
    family: str
    from_ms: int
    to_ms: int
    by_ppm: int


@dataclass(slots=True, kw_only=True)
class ScriptedFeeds:
    """Feeds with outages and lies. Lists may be added to while it runs."""

    feeds: FeedSource
    outages: list[Outage] = field(default_factory=list)
    lies: list[Lie] = field(default_factory=list)

    def instrument(self, name: str) -> Instrument | None:
        """As the feeds behind it."""
        return self.feeds.instrument(name)

    async def collect(self, names: Collection[str], tick_ms: int) -> Mapping[str, Heard]:
        """What the feeds say, less what is silenced, changed where somebody lies."""
        heard = await self.feeds.collect(names, tick_ms)
        outages = [outage for outage in self.outages if outage.from_ms <= tick_ms < outage.to_ms]
        lies = [lie for lie in self.lies if lie.from_ms <= tick_ms < lie.to_ms]
        if not outages and not lies:
            return heard
        return {
            name: said._replace(
                quotes=[
                    _told(name, seen, lies)
                    for seen in said.quotes
                    if not any(outage.hits(name, seen.family, tick_ms) for outage in outages)
                ]
            )
            for name, said in heard.items()
        }

    def askable(self, now_ms: int) -> int:
        """As the feeds behind it."""
        return self.feeds.askable(now_ms)

    async def candles(self, name: str, minute_ms: int) -> Sequence[Candle]:
        """What the feeds say of a minute, less the outages that take candles too."""
        outages = [
            outage
            for outage in self.outages
            if outage.candles and outage.from_ms < minute_ms + MINUTE_MS and minute_ms < outage.to_ms
        ]
        return [
            candle
            for candle in await self.feeds.candles(name, minute_ms)
            if not any(outage.hits(name, candle.family, max(minute_ms, outage.from_ms)) for outage in outages)
        ]


@dataclass(frozen=True, slots=True)
class JoinedFeeds:
    """Several sources as one: each instrument comes from the first that knows it."""

    sources: Sequence[FeedSource]

    def instrument(self, name: str) -> Instrument | None:
        """The settings of the first source that knows it."""
        return next((known for each in self.sources if (known := each.instrument(name)) is not None), None)

    async def collect(self, names: Collection[str], tick_ms: int) -> Mapping[str, Heard]:
        """Each source is asked for what is its own."""
        heard: dict[str, Heard] = {}
        for each in self.sources:
            own = [name for name in names if name not in heard and each.instrument(name) is not None]
            if own:
                said = await each.collect(own, tick_ms)
                heard |= {name: said.get(name, SILENCE) for name in own}
        return heard

    def askable(self, now_ms: int) -> int:
        """The newest of any: one that lies ahead is waited for."""
        return max(each.askable(now_ms) for each in self.sources)

    async def candles(self, name: str, minute_ms: int) -> Sequence[Candle]:
        """The candles of the first source that knows the instrument."""
        for each in self.sources:
            if each.instrument(name) is not None:
                return await each.candles(name, minute_ms)
        return ()


def _told(name: str, seen: Quote, lies: Sequence[Lie]) -> Quote:
    for lie in lies:
        if lie.instrument == name and lie.family == seen.family:
            return seen._replace(price=seen.price * lie.by_ppm // PPM)
    return seen
