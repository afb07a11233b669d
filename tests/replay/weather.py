"""Which feed has which fault on which tick, drawn from a seed: about so many ppm of all ticks have one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Final, NamedTuple

from rooms_oracle.aggregate import PPM
from rooms_oracle.testing.faults import Fault

FOR_GOOD: Final = (Fault.UNAUTHORIZED, Fault.FORBIDDEN, Fault.NOT_HERE)
"""After one of these a feed stays off, and of three families there would be two until the end."""
PASSING: Final = tuple([fault for fault in Fault if fault not in FOR_GOOD])
KINDS: Final = ("none", "thousandfold", "weather", "lean")
_SPELL: Final = {"thousandfold": (1, 1), "weather": (1, 8), "lean": (20, 100)}
"""For how many ticks it lasts, at least and at most."""
_LEAN_PPM: Final = (500, 2_900)
"""Within the tolerance's floor: nobody is refused for it."""


class Sky(NamedTuple):
    """What is wrong on a tick: faults by feed, and how far a venue leans, in ppm."""

    faults: Mapping[str, Fault]
    leans: Mapping[str, int]

    @property
    def feeds(self) -> frozenset[str]:
        """The feeds something is wrong with."""
        return frozenset(self.faults) | frozenset(self.leans)


CLEAR: Final = Sky({}, {})


@dataclass(slots=True)
class Weather:
    """`thousandfold`: prices × 10^3 for a tick. `weather`: any fault that passes, for up to 8 ticks.

    `lean`: all prices of a venue up to 0.29 % beside the truth for minutes, as somebody would who wants a touch.
    """

    kind: str
    chance: Random
    feeds: tuple[str, ...]
    share_ppm: int = 10_000
    _sky: Sky = field(default=CLEAR)
    _left: int = 0

    def next(self) -> Sky:
        """The next tick's."""
        if self._left == 0:
            self._sky = CLEAR
            least, most = _SPELL.get(self.kind, (1, 1))
            if self.kind != "none" and self.chance.randrange(PPM) * (least + most) < 2 * self.share_ppm:
                self._left = self.chance.randint(least, most)
                self._sky = self._drawn()
        self._left = max(0, self._left - 1)
        return self._sky

    def _drawn(self) -> Sky:
        feed = self.chance.choice(self.feeds)
        if self.kind == "lean":
            return Sky({}, {feed: self.chance.choice([-1, 1]) * self.chance.randint(*_LEAN_PPM)})
        fault = Fault.THOUSANDFOLD if self.kind == "thousandfold" else self.chance.choice(PASSING)
        return Sky({feed: fault}, {})
