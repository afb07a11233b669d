"""One look at an instrument: each feed is asked once, as for a tick, and what the rule makes of it is told in full.

It is the tick's own code that asks and judges; nothing is written down, and nothing rests on it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from rooms_core.domain.listing import Listed, Listing
from rooms_core.domain.market import CAP_SCALE, COIN_SCALE
from rooms_oracle.aggregate import PPM, Observation, weighted_median
from rooms_oracle.heard import SILENCE, USD, FeedSource, Heard, Quote
from rooms_oracle.held import HeldTick, judge_all, with_rates
from rooms_oracle.probed import Asked, Probe
from rooms_oracle.quotes import COIN_UNIT, rate_name
from rooms_oracle.reasons import NO_KEY, UNKNOWN
from rooms_oracle.settings import FeedSettings
from rooms_oracle.single_pool import market_caps

TURNED_PPM: Final = 50_000
"""A price whose reciprocal is so near to the others is taken for one with base and quote turned around."""


async def probe(
    source: FeedSource,
    names: Sequence[str],
    *,
    at_ms: int,
    listings: Mapping[str, Listing],
    feeds: Mapping[str, FeedSettings],
) -> dict[str, Probe]:
    """Ask for some instruments and all their rates as for a tick at this time, on the grid or not, each feed once.

    Feeds that are listed and off are told as such. `listings` are those that `source` goes by.
    """
    plan = with_rates(names, source)
    heard = await source.collect([each.name for each in plan], at_ms)
    ticks = judge_all(plan, heard, at_ms)
    return {
        name: _Look(ticks.get(name), heard.get(name, SILENCE), listings.get(name), feeds).told(
            name, at_ms, {rate: tick.judged.found.status.value for rate, tick in ticks.items()}
        )
        for name in names
    }


class _Look:
    """All that is known of one instrument after a tick."""

    def __init__(
        self,
        tick: HeldTick | None,
        heard: Heard,
        listing: Listing | None,
        feeds: Mapping[str, FeedSettings],
    ) -> None:
        self._tick = tick
        self._heard = heard
        self._quotes = {each.source: each for each in heard.quotes}
        self._places = {} if listing is None else {each.source: each for each in listing.listed}
        self._feeds = feeds
        self._seen: dict[str, Observation] = {}
        self._scale = COIN_SCALE
        if tick is not None:
            pool, observations = tick.inputs.pool, tick.judged.observations
            if tick.inputs.instrument.single_pool and pool is not None:
                observations, self._scale = market_caps(observations, pool), CAP_SCALE
            self._seen = {each.source: each for each in observations}

    def told(self, name: str, at_ms: int, rates: Mapping[str, str]) -> Probe:
        """The same in the words of a probe."""
        sources = {} if self._tick is None else self._tick.inputs.instrument.sources
        off = [
            _off(each, self._feeds.get(each.feed))
            for each in self._places.values()
            if each.source not in sources
        ]
        if self._tick is None:
            return Probe(name=name, at_ms=at_ms, status=UNKNOWN, quorum=0, asked=tuple(off), rates={})
        instrument, found = self._tick.inputs.instrument, self._tick.judged.found
        return Probe(
            name=name,
            at_ms=at_ms,
            status=found.status.value,
            quorum=instrument.params.quorum,
            asked=(*[self._asked(source, family) for source, (family, _) in sources.items()], *off),
            families=tuple([vote.family for vote in found.inliers]),
            rates={rate: rates[rate] for rate in instrument.rates if rate in rates},
            price=found.price,
            lo=found.lo,
            hi=found.hi,
            scale=self._scale,
        )

    def _asked(self, source: str, family: str) -> Asked:
        assert self._tick is not None
        feed, _, symbol = source.partition(":")
        place, quote = self._places.get(source), self._quotes.get(source)
        found = self._tick.judged.found
        refused = found.rejected.get(source) or found.rejected.get(f"family:{family}")
        asked = Asked(
            feed=feed,
            symbol=symbol,
            quote=USD if place is None else place.quote,
            family=family,
            reason="" if refused is None else refused.value,
            slow=feed in self._feeds and self._feeds[feed].every_ms > 0,
        )
        if quote is None:
            return replace(asked, reason=self._heard.silent.get(source, "UNAVAILABLE"))
        own_ms = quote.ts_request_start if quote.ts_source is None else quote.ts_source
        asked = replace(asked, quote=quote.quote, age_ms=quote.ts_received - own_ms)
        seen = self._seen.get(source)
        if seen is None or seen.price <= 0:
            return asked
        centre = found.median or weighted_median([(each.price, each.weight) for each in self._seen.values()])
        return replace(
            asked,
            price=seen.price,
            half_width_ppm=seen.conf * PPM // seen.price,
            from_centre_ppm=(seen.price - centre) * PPM // centre,
            turned=self._scale == COIN_SCALE and self._turned(quote, seen),
        )

    def _turned(self, quote: Quote, seen: Observation) -> bool:
        """Whether more of the others agree with its reciprocal than with itself."""
        assert self._tick is not None
        rate = self._tick.inputs.rates.get(rate_name(quote.quote))
        worth = COIN_UNIT if rate is None else rate.price
        reciprocal = COIN_UNIT * worth // quote.price
        others = [each.price for each in self._seen.values() if each is not seen and each.price > 0]
        return sum([_near(reciprocal, each) for each in others]) > sum(
            [_near(seen.price, each) for each in others]
        )


def _near(price: int, other: int) -> bool:
    return abs(price - other) * PPM <= TURNED_PPM * other


def _off(listed: Listed, settings: FeedSettings | None) -> Asked:
    """A place that is not asked, and why."""
    needs_key = settings is not None and settings.enabled is None and settings.needs_key
    return Asked(
        feed=listed.feed,
        symbol=listed.symbol,
        quote=listed.quote,
        family="" if settings is None else settings.family,
        reason=NO_KEY if needs_key else "OFF",
    )
