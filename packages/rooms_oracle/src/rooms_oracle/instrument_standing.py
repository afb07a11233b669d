"""How an instrument stands, for those who look after it: the newest tick, who made its price, and what is owed."""

from __future__ import annotations

from dataclasses import dataclass

from rooms_oracle.tracker import Tracker


@dataclass(frozen=True, slots=True, kw_only=True)
class InstrumentStanding:
    """One polled instrument. Times in ms; None where there was none yet.

    `families` had a vote on the newest tick, and `agreed` of them made its price (sources, where one pool prices it).
    It is 0 where nothing was accepted: two left of five show before the price is gone. `watched` TOUCH rooms wait on
    it, `gap_from_ms` is the start of the oldest silence whose audit is still owed.
    """

    name: str
    single_pool: bool
    tick_ms: int | None
    accepted_ms: int | None
    families: int
    agreed: int
    watched: int
    gap_from_ms: int | None


def standing_of(tracker: Tracker) -> InstrumentStanding:
    """As its tracker has it now."""
    newest = tracker.held[-1] if tracker.held else None
    found = None if newest is None else newest.judged.found
    return InstrumentStanding(
        name=tracker.instrument.name,
        single_pool=tracker.instrument.single_pool,
        tick_ms=tracker.latest_ms,
        accepted_ms=None if tracker.last is None else tracker.last.tick_ms,
        families=0 if found is None else len(found.families),
        agreed=0 if found is None else len(found.inliers),
        watched=len(tracker.watch),
        gap_from_ms=tracker.gap_from_ms,
    )
