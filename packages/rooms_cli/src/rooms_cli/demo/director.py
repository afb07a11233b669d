"""The director: looks through the market's minutes for the moments the story needs.

Each search answers `Scene`s: when to create the room (an index of a minute) and at which target, such that what the
story wants should happen with the prices as they are. The same searches run on recorded and on generated days. A
`Rehearsal` then plays the deciding minutes of a scene with a real oracle, and only what works is put on stage.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rooms_cli.demo.minutes import Minute
from rooms_core.domain.market import PPM, Direction

LIFE = 30
"""Minutes that a demo room lives, unless its scene says otherwise."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Create the room at the start of minute `at`; `moment` is the minute in which it happens."""

    at: int
    target: int
    moment: int
    direction: Direction


class Director:
    """Searches one market. `minutes[i]` is minute i of the played time."""

    def __init__(self, minutes: Sequence[Minute]) -> None:
        self._up = minutes
        pivot = 2 * max(minute.high_high for minute in minutes)
        self._down = [minute.mirrored(pivot) if minute.venues else minute for minute in minutes]
        self._pivot = pivot

    def touch(self, where: Iterable[int], direction: Direction, *, ppm: int = 4_000) -> Iterator[Scene]:
        """Targets `ppm` away that are touched 8 to 24 minutes later, and not before."""
        minutes = self._seen(direction)
        for at in where:
            if not _full(minutes, at - 6, at + LIFE):
                continue
            target = self._beyond(minutes[at - 1].close, direction, ppm)
            for moment in range(at, at + LIFE - 6):
                if minutes[moment].high_high < _part(target, PPM - 300):
                    continue
                stays = minutes[moment + 1].low_low >= _part(target, PPM + 100)
                if moment >= at + 8 and minutes[moment].close_low >= _part(target, PPM + 300) and stays:
                    yield self._scene(at, target, moment, direction)
                break

    def jump(self, where: Iterable[int], direction: Direction) -> Iterator[Scene]:
        """Leaps out of calm: whoever stakes as it begins knows what the room does not know yet.

        The leap is a minute's second leg (its seconds 20 to 40), as the oracle's rule walks a candle; the target lies
        far enough from where it begins that the room still takes bets then (decision R4).
        """
        minutes = self._seen(direction)
        for moment in where:
            if not _full(minutes, moment - 28, moment + 24):
                continue
            leap = minutes[moment]
            moved = max(_range_ppm(each) for each in minutes[moment - 5 : moment])
            dip = max(0, leap.open_high - leap.low_low) * PPM // leap.low_low
            half = (leap.high_low - leap.low_high) * PPM // leap.low_high // 2
            target = _part(leap.low_high, PPM + max(max(1_000, moved, dip) + 400, half))
            if not leap.rising or leap.high_low < _part(target, PPM + 300) or _seconds_past(leap, target) < 8:
                continue
            for at in range(moment - 8, moment - 22, -1):
                far = target >= _part(minutes[at - 1].close_high, PPM + 2_300)
                clear = max(each.high_high for each in minutes[at:moment]) <= _part(target, PPM - 300)
                if far and clear:
                    yield self._scene(at, target, moment, direction)
                    break

    def wick(self, where: Iterable[int], direction: Direction) -> Iterator[Scene]:
        """Targets that only one minute touches: if the feeds are silent then, only an audit finds it."""
        minutes = self._seen(direction)
        for at in where:
            if not _full(minutes, at - 6, at + LIFE + 1):
                continue
            moment = max(range(at + 8, at + 24), key=lambda index: minutes[index].high_low)
            target = _part(minutes[moment].high_low, PPM - 100)
            others = (*minutes[at:moment], *minutes[moment + 1 : moment + 4])
            hidden = all(each.high_high < _part(target, PPM - 100) for each in others)
            far = target >= _part(minutes[at - 1].close_high, PPM + 2_500)
            if hidden and far:
                yield self._scene(at, target, moment, direction)

    def close(
        self, where: Iterable[int], *, reached: bool, life: int = LIFE, ppm: int = 3_000
    ) -> Iterator[Scene]:
        """Targets `ppm` above that the price at the end of the room's life has reached (or has not), clearly."""
        minutes = self._up
        for at in where:
            if not _full(minutes, at - 6, at + life + 1):
                continue
            target = _part(minutes[at - 1].close, PPM + ppm)
            ends = minutes[at + life - 1]
            if reached and min(ends.low_low, ends.close_low) >= _part(target, PPM + 300):
                yield self._scene(at, target, at + life, Direction.UP)
            if not reached and ends.high_high <= _part(target, PPM - 300):
                yield self._scene(at, target, at + life, Direction.UP)

    def quiet(self, where: Iterable[int], *, ppm: int = 12_000, life: int = LIFE) -> Iterator[Scene]:
        """Targets far above that nothing touches."""
        minutes = self._up
        for at in where:
            if not _full(minutes, at - 6, at + life + 1):
                continue
            target = _part(minutes[at - 1].close, PPM + ppm)
            if all(each.high_high <= _part(target, PPM - 2_500) for each in minutes[at : at + life]):
                yield self._scene(at, target, at + life, Direction.UP)

    def _seen(self, direction: Direction) -> Sequence[Minute]:
        return self._up if direction is Direction.UP else self._down

    def _beyond(self, price: int, direction: Direction, ppm: int) -> int:
        """A target in the searched picture, `ppm` of the true price away."""
        if direction is Direction.UP:
            return _part(price, PPM + ppm)
        return price + (self._pivot - price) * ppm // PPM

    def _scene(self, at: int, target: int, moment: int, direction: Direction) -> Scene:
        true_target = target if direction is Direction.UP else self._pivot - target
        return Scene(at, _round(true_target), moment, direction)


def _full(minutes: Sequence[Minute], first: int, last: int) -> bool:
    return first >= 0 and last <= len(minutes) and all(each.full for each in minutes[first:last])


def _range_ppm(minute: Minute) -> int:
    """About the most the price moved within 15 s of a minute whose longest leg takes 20."""
    return (minute.high_high - minute.low_low) * PPM * 4 // 5 // minute.low_low


def _seconds_past(leap: Minute, target: int) -> int:
    """How long every venue is past the target in the second and third leg of a rising minute."""
    above = leap.high_low - target
    rising = 20 * above // (leap.high_low - leap.low_low)
    falling = 20 if leap.close_low >= target else 20 * above // (leap.high_low - leap.close_low)
    return rising + falling


def _part(price: int, ppm: int) -> int:
    return price * ppm // PPM


def _round(target: int) -> int:
    """Targets are told to people, so they have whole cents."""
    cent = 10**10
    return (target + cent // 2) // cent * cent
