"""Statistics in SQL: a score by its key, a user's days, and leaderboards, each along an index of its own."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, func, or_, select, text

from rooms_core.domain.ids import UserId
from rooms_core.domain.money import Lamports
from rooms_core.domain.score import ALL_TIME, Day, HouseScore, Score
from rooms_core.ports.pages import PAGE, Mark
from rooms_core.ports.statistics import Board
from rooms_core.ports.store import StoreFailed
from rooms_core.result import Result
from rooms_store.reader import Reader
from rooms_store.rows import AnyRow
from rooms_store.score_tables import HOSTED, PLAYED, SKILLED, WAITING, house_score, room_count, score
from rooms_store.work import Work

_BOARDS: Final[dict[Board, tuple[ColumnElement[int], str]]] = {
    Board.PROFIT: (score.c.profit, PLAYED),
    Board.VOLUME: (score.c.volume, PLAYED),
    Board.HIT_RATE: (score.c.hit_bps, SKILLED),
    Board.HOST_VOLUME: (score.c.host_volume, HOSTED),
}
"""What each board is ordered by, and who stands on it, in the words of its index."""


class SqlStatistics(Reader):
    """Implements `ports.statistics.Statistics`."""

    async def score(self, user: UserId, day: Day = ALL_TIME) -> Result[Score, StoreFailed]:
        """A user's score."""
        statement = select(score).where(score.c.user_id == user, score.c.day == day)

        async def look(work: Work) -> Score:
            row = await work.first(statement)
            return Score(user=user, day=day) if row is None else score_of(row)

        return await self.ask(look)

    async def scores(
        self, user: UserId, *, before: Day | None = None, limit: int = PAGE
    ) -> Result[list[Score], StoreFailed]:
        """A page of a user's days, the last first."""
        statement = (
            select(score)
            .where(score.c.user_id == user, *_days(score.c.day, before))
            .order_by(score.c.day.desc())
            .limit(limit)
        )

        async def look(work: Work) -> list[Score]:
            return [score_of(row) for row in await work.rows(statement)]

        return await self.ask(look)

    async def house(self, day: Day = ALL_TIME) -> Result[HouseScore, StoreFailed]:
        """The house's score."""

        async def look(work: Work) -> HouseScore:
            row = await work.first(select(house_score).where(house_score.c.day == day))
            return HouseScore(day=day) if row is None else house_score_of(row)

        return await self.ask(look)

    async def house_days(
        self, *, before: Day | None = None, limit: int = PAGE
    ) -> Result[list[HouseScore], StoreFailed]:
        """A page of the house's days, the last first."""
        statement = (
            select(house_score)
            .where(*_days(house_score.c.day, before))
            .order_by(house_score.c.day.desc())
            .limit(limit)
        )

        async def look(work: Work) -> list[HouseScore]:
            return [house_score_of(row) for row in await work.rows(statement)]

        return await self.ask(look)

    async def leaders(
        self, board: Board, day: Day = ALL_TIME, *, after: Mark | None = None, limit: int = PAGE
    ) -> Result[list[Score], StoreFailed]:
        """A page of a leaderboard."""
        value, listed = _BOARDS[board]
        statement = (
            select(score)
            .where(score.c.day == day, text(listed))
            .order_by(value.desc(), score.c.user_id)
            .limit(limit)
        )
        if after is not None:
            behind = or_(value < after.value, score.c.user_id > after.id)
            statement = statement.where(value <= after.value, behind)

        async def look(work: Work) -> list[Score]:
            return [score_of(row) for row in await work.rows(statement)]

        return await self.ask(look)

    async def uncounted(self) -> Result[int, StoreFailed]:
        """How many ended rooms wait to be counted."""
        statement = select(func.count().label("rooms")).select_from(room_count).where(text(WAITING))

        async def look(work: Work) -> int:
            (row,) = await work.rows(statement)
            return int(row.rooms)

        return await self.ask(look)


def score_of(row: AnyRow) -> Score:
    """A user's score from its row."""
    return Score(
        user=UserId(row.user_id),
        day=Day(row.day),
        rooms=row.rooms,
        hits=row.hits,
        voided=row.voided,
        volume=Lamports(row.volume),
        profit=row.profit,
        hosted=row.hosted,
        hosted_voided=row.hosted_voided,
        host_volume=Lamports(row.host_volume),
        host_earned=Lamports(row.host_earned),
    )


def house_score_of(row: AnyRow) -> HouseScore:
    """The house's score from its row."""
    return HouseScore(
        day=Day(row.day),
        settled=row.settled,
        voided=row.voided,
        hosted=row.hosted,
        players=row.players,
        hits=row.hits,
        volume=Lamports(row.volume),
        paid=Lamports(row.paid),
        host=Lamports(row.host),
        commissions=Lamports(row.commissions),
        protocol=Lamports(row.protocol),
        breakage=Lamports(row.breakage),
        subsidy=Lamports(row.subsidy),
    )


def _days(day: ColumnElement[Any], before: Day | None) -> list[ColumnElement[bool]]:
    """Days, not the sum over all of them, before this one."""
    return [day >= 0] if before is None else [day >= 0, day < before]
