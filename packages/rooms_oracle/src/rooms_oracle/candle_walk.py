"""From minutes to ticks, for replays: a candle as the 20 prices of its minute on the 3 s grid.

It walks open → low → high → close when close ≥ open, else open → high → low → close, in three equal straight
legs of 20 s. Ticks are read where they fall and rounded half to even, so that two builders get the same touches.
"""

from __future__ import annotations

from typing import Final

LEG_S: Final = 20
TICK_S: Final = 3
TICKS: Final = 20


def walk(first: int, high: int, low: int, last: int) -> tuple[int, ...]:
    """The prices at seconds 0, 3, … 57 of a minute."""
    corners = (first, low, high, last) if last >= first else (first, high, low, last)
    return tuple([_at(corners, tick * TICK_S) for tick in range(TICKS)])


def half_even(numerator: int, denominator: int) -> int:
    """A fraction rounded to the nearest whole number, halves to the even one. The denominator is above 0."""
    whole, rest = divmod(numerator, denominator)
    if 2 * rest > denominator or (2 * rest == denominator and whole % 2):
        return whole + 1
    return whole


def _at(corners: tuple[int, int, int, int], second: int) -> int:
    leg, done = divmod(second, LEG_S)
    start, end = corners[leg], corners[leg + 1]
    return half_even(start * LEG_S + (end - start) * done, LEG_S)
