"""How large everything is: in full, for a look within a minute, and for the tests."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Sizes of one run. `instruments` and `ticks` of O1, `watched` rooms of O2, `crossings` of O3, `real_rooms` of O4,
    and the day of O5 in ticks of the grid, looked at every `looked_every`.
    """

    instruments: int
    ticks: int
    watched: int
    watch_ticks: int
    crossings: int
    real_rooms: int
    day_instruments: int
    day_ticks: int
    looked_every: int


FULL = Sizes(
    instruments=1_000,
    ticks=25,
    watched=100_000,
    watch_ticks=100,
    crossings=1_000,
    real_rooms=6,
    day_instruments=20,
    day_ticks=28_800,
    looked_every=300,
)
"""What the goals speak of; most of the time goes into the day."""

QUICK = Sizes(
    instruments=200,
    ticks=6,
    watched=20_000,
    watch_ticks=20,
    crossings=40,
    real_rooms=2,
    day_instruments=6,
    day_ticks=1_200,
    looked_every=20,
)
"""Within a minute or so; a day of one hour says little."""

TINY = Sizes(
    instruments=6,
    ticks=3,
    watched=500,
    watch_ticks=3,
    crossings=3,
    real_rooms=1,
    day_instruments=3,
    day_ticks=120,
    looked_every=10,
)
"""For the tests: that everything runs and agrees."""
