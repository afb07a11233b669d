"""Statistics: scores of users and of the house, counted from ended rooms a moment after these ended.

Counting stands beside the settlement, never in it: a room's money moves first, and its scores follow
(`services/count_rooms`). What is read here is therefore right as of the rooms counted; `uncounted` says how many wait.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, Protocol

from rooms_core.domain.ids import UserId
from rooms_core.domain.score import ALL_TIME, Day, HouseScore, Score
from rooms_core.ports.pages import PAGE, Mark
from rooms_core.ports.store import StoreFailed
from rooms_core.result import Result

HIT_ROOMS_MIN: Final = 10
"""From how many rooms on a user stands on the board of hit rates: one room of one is no skill."""


class Board(StrEnum):
    """What a leaderboard is ordered by, highest first; equal users come by id.

    PROFIT and VOLUME list who had money in a settled room, HIT_RATE who had it in at least HIT_ROOMS_MIN, HOST_VOLUME
    whose own rooms ended.
    """

    PROFIT = "profit"
    VOLUME = "volume"
    HIT_RATE = "hit_rate"
    HOST_VOLUME = "host_volume"

    def value_of(self, score: Score) -> int:
        """What the board orders a score by."""
        match self:
            case Board.PROFIT:
                return score.profit
            case Board.VOLUME:
                return score.volume.value
            case Board.HIT_RATE:
                return score.hit_bps
            case Board.HOST_VOLUME:
                return score.host_volume.value

    def lists(self, score: Score) -> bool:
        """Whether a score stands on the board at all."""
        match self:
            case Board.PROFIT | Board.VOLUME:
                return score.rooms > 0
            case Board.HIT_RATE:
                return score.rooms >= HIT_ROOMS_MIN
            case Board.HOST_VOLUME:
                return score.hosted > 0

    def mark(self, score: Score) -> Mark:
        """Where a page ends whose last score this is."""
        return Mark(self.value_of(score), score.user)


class Statistics(Protocol):
    """Reading the scores."""

    async def score(self, user: UserId, day: Day = ALL_TIME) -> Result[Score, StoreFailed]:
        """A user's score; all 0 where there is none."""
        ...

    async def scores(
        self, user: UserId, *, before: Day | None = None, limit: int = PAGE
    ) -> Result[list[Score], StoreFailed]:
        """A page of a user's days on which something was counted, the last first."""
        ...

    async def house(self, day: Day = ALL_TIME) -> Result[HouseScore, StoreFailed]:
        """The house's score; all 0 where there is none."""
        ...

    async def house_days(
        self, *, before: Day | None = None, limit: int = PAGE
    ) -> Result[list[HouseScore], StoreFailed]:
        """A page of the days on which a room was counted, the last first."""
        ...

    async def leaders(
        self, board: Board, day: Day = ALL_TIME, *, after: Mark | None = None, limit: int = PAGE
    ) -> Result[list[Score], StoreFailed]:
        """A page of a leaderboard; `after`: the mark of the last score of the page before."""
        ...

    async def uncounted(self) -> Result[int, StoreFailed]:
        """How many ended rooms wait to be counted."""
        ...
