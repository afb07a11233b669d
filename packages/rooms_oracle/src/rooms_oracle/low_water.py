"""The lowest a pool has been since any time of the last day: what a thin room is judged by once it was drained.

Only values that no later one undercuts are kept, so the answer for "since t" is the first one kept at or after t.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import Final

DAY_MS: Final = 25 * 60 * 60_000
"""The longest life of a room, and an hour."""


class LowWater:
    """Lowest values since any time. Times come in order."""

    def __init__(self) -> None:
        self._marks: list[tuple[int, int]] = []

    def add(self, at_ms: int, value: int) -> None:
        """Take in the value at a time."""
        marks = self._marks
        while marks and marks[-1][1] >= value:
            marks.pop()
        marks.append((at_ms, value))
        if marks[0][0] < at_ms - DAY_MS:
            del marks[0]

    def least_since(self, since_ms: int) -> int | None:
        """The lowest value at or after a time; with none after it the last one before; None if there was none."""
        if not self._marks:
            return None
        position = bisect_left(self._marks, (since_ms,))
        return self._marks[min(position, len(self._marks) - 1)][1]
