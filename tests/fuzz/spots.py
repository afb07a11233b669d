"""One hostile change at one place of a JSON tree, by somebody who knows which shapes there are."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any, Final

from tests.fuzz.json_tree import Pairs, Place, written
from tests.fuzz.plain_json import Num

HOSTILE: Final = tuple(
    r"""
    NaN Infinity -Infinity null true false "" {} [] "null" "NaN" "inf" " " [1] ["1"] {"usd":1} "W" "Error"
    0 -0 0.0 0e9 1 -1 1e-12 4e-13 5e-13 0.00000000000149999999999999 1e6 1e400 1e999999999 -1e999999999 1e-999999999
    "1e999999999" "1e99" "9e-13" "+1" "1_0" "0x1f" "1 " "1,5" "1.\u0035" ".5" "5." "-0" "1e5" "1E+2" 1E+2 -5e-324
    "\ud800" "\ud83d\ude00" "\u0000" 9223372.036854775807 9223372.036854775808 "9223372.0368547758075"
    9223372036854775807 99999999999999999999999999 6 7 -24 -25 1730419200 1735732800000 "1735732800000"
    281474976710655 "281474976710656" "2025-01-01T12:00:00Z" "20250101T120000Z" "2025-01-01 12:00:00Z"
    "2025-W01-3T12:00:00Z" "0001-01-01T00:00:00Z" "2025-01-01T12:00:00+00:00Z" "２" "١"
    """.replace('" "', '"\\u0020"')
    .replace('"1 "', '"1\\u0020"')
    .split()
)
"""JSON, and what looks like it, where a price, a time or a name should stand."""

_LETTERS: Final = (*"0123456789.-eEa ", "e-7", "0" * 20, "9" * 30)
_NAMES: Final = ("message", "error", "code", "\ud800", "")
_DEPTHS: Final = (1, 1, 2, 70, 990)


class Spot:
    """A place in a tree, all other places, chance, and other bodies to take parts from."""

    def __init__(self, places: Sequence[Place], chance: Random, others: Sequence[bytes]) -> None:
        self._places = places
        self._chance = chance
        self._others = others
        self._holder, self._at = chance.choice(places)

    def change(self) -> None:
        """Make one of the changes."""
        ways = (
            self.replace,
            self.replace,
            self.replace,
            self.drop,
            self.double,
            self.copy,
            self.splice,
            self.swap,
            self.rename,
            self.nest,
            self.tweak,
            self.tweak,
            self.retype,
        )
        if self._at < len(self._holder):  # another change may have taken it away
            self._chance.choice(ways)()

    def replace(self) -> None:
        """Something hostile instead."""
        self._put(Num(self._chance.choice(HOSTILE)))

    def drop(self) -> None:
        """A member or a row less."""
        del self._holder[self._at]

    def double(self) -> None:
        """A key or a row twice, alike or not."""
        self._holder[self._at : self._at] = self._holder[self._at : self._at + 1]
        if self._chance.random() < 0.5:
            self.tweak()

    def copy(self) -> None:
        """What stands elsewhere; as text, so that nothing can come to hold itself."""
        there, at = self._chance.choice(self._places)
        if at < len(there):
            self._put(Num(written(there[at][1] if isinstance(there, Pairs) else there[at])))

    def splice(self) -> None:
        """Another body as a whole."""
        if self._others:
            self._put(Num(self._chance.choice(self._others).decode("utf-8", "replace")))

    def swap(self) -> None:
        """Two neighbours exchange what they hold."""
        mine, other = self._get(), self._chance.randrange(len(self._holder))
        theirs = self._holder[other][1] if isinstance(self._holder, Pairs) else self._holder[other]
        self._put(theirs)
        self._at = other
        self._put(mine)

    def rename(self) -> None:
        """Another key, mostly one that is there already."""
        if isinstance(self._holder, Pairs):
            near = self._chance.random() < 0.7
            name = self._chance.choice(self._holder)[0] if near else self._chance.choice(_NAMES)
            self._holder[self._at] = [name, self._get()]

    def nest(self) -> None:
        """The same, in lists or objects."""
        deep, inside = self._chance.choice(_DEPTHS), written(self._get())
        left, right = self._chance.choice((("[", "]"), ('{"a":', "}")))
        self._put(Num(left * deep + inside + right * deep))

    def tweak(self) -> None:
        """Another digit, a digit more, another exponent, another letter."""
        value = self._get()
        if isinstance(value, str):
            at, new = self._chance.randrange(len(value) + 1), self._chance.choice(_LETTERS)
            self._put(type(value)(value[:at] + new + value[at + self._chance.randrange(2) :]))

    def retype(self) -> None:
        """A number as a string, a string as a number."""
        value = self._get()
        if isinstance(value, str):
            self._put(str(value) if isinstance(value, Num) else Num(value or "0"))

    def _get(self) -> Any:
        item = self._holder[self._at]
        return item[1] if isinstance(self._holder, Pairs) else item

    def _put(self, value: Any) -> None:
        paired = isinstance(self._holder, Pairs)
        self._holder[self._at] = [self._holder[self._at][0], value] if paired else value
