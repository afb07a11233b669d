"""Scores in memory: ended rooms counted one by one with the core's own sums, and read from dicts."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import replace

from rooms_core.domain import entries
from rooms_core.domain.ids import RoomId, UserId
from rooms_core.domain.journal import Posting, PostingKind
from rooms_core.domain.money import ZERO, Lamports
from rooms_core.domain.score import (
    ALL_TIME,
    Day,
    EndedRoom,
    HouseScore,
    Score,
    day_of,
    house_score,
    user_scores,
)
from rooms_core.ports.pages import PAGE, Mark
from rooms_core.ports.statistics import Board
from rooms_core.ports.store import StoreFailed
from rooms_core.result import Ok, Result
from rooms_core.testing.memory.tables import Tables

_REFUNDS = (PostingKind.LATE_REFUND, PostingKind.MATCH_REFUND)


class MemoryScores:
    """Implements `ports.scores.Scores`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def waiting(self, limit: int) -> list[RoomId]:
        """Some rooms that wait to be counted, those that ended first first."""
        ended = self._tables.settlements
        return sorted(self._tables.uncounted, key=lambda room: (ended[room].at_ms, room))[:limit]

    async def count(self, room: RoomId) -> bool:
        """Add an ended room to all scores."""
        tables = self._tables
        if room not in tables.uncounted:
            return False
        tables.uncounted.drop(room)
        ended = _ended(tables, room)
        for score in user_scores(ended):
            for day in (ended.day, ALL_TIME):
                more, key = replace(score, day=day), (score.user, day)
                tables.scores.put(key, tables.scores[key].plus(more) if key in tables.scores else more)
        for day in (ended.day, ALL_TIME):
            whole = replace(house_score(ended), day=day)
            known = tables.house_scores
            known.put(day, known[day].plus(whole) if day in known else whole)
        return True

    async def forget(self) -> None:
        """Empty every score; all ended rooms wait again."""
        for key in list(self._tables.scores):
            self._tables.scores.drop(key)
        for day in list(self._tables.house_scores):
            self._tables.house_scores.drop(day)
        for room in self._tables.settlements:
            self._tables.uncounted.put(room, True)


class MemoryStatistics:
    """Implements `ports.statistics.Statistics`."""

    def __init__(self, tables: Tables, turn: asyncio.Lock) -> None:
        self._tables = tables
        self._turn = turn

    async def score(self, user: UserId, day: Day = ALL_TIME) -> Result[Score, StoreFailed]:
        """A user's score."""
        async with self._turn:
            return Ok(self._tables.scores.get((user, day), Score(user=user, day=day)))

    async def scores(
        self, user: UserId, *, before: Day | None = None, limit: int = PAGE
    ) -> Result[list[Score], StoreFailed]:
        """A page of a user's days, the last first."""
        async with self._turn:
            days = [day for each, day in self._tables.scores if each == user]
            return Ok([self._tables.scores[user, day] for day in _page(days, before, limit)])

    async def house(self, day: Day = ALL_TIME) -> Result[HouseScore, StoreFailed]:
        """The house's score."""
        async with self._turn:
            return Ok(self._tables.house_scores.get(day, HouseScore(day=day)))

    async def house_days(
        self, *, before: Day | None = None, limit: int = PAGE
    ) -> Result[list[HouseScore], StoreFailed]:
        """A page of the house's days, the last first."""
        async with self._turn:
            days = _page(self._tables.house_scores, before, limit)
            return Ok([self._tables.house_scores[day] for day in days])

    async def leaders(
        self, board: Board, day: Day = ALL_TIME, *, after: Mark | None = None, limit: int = PAGE
    ) -> Result[list[Score], StoreFailed]:
        """A page of a leaderboard."""

        def place(mark: Mark) -> tuple[int, int]:
            return -mark.value, mark.id

        async with self._turn:
            listed = [each for each in self._tables.scores.values() if each.day == day and board.lists(each)]
        found = sorted(listed, key=lambda score: place(board.mark(score)))
        return Ok(
            [score for score in found if after is None or place(board.mark(score)) > place(after)][:limit]
        )

    async def uncounted(self) -> Result[int, StoreFailed]:
        """How many ended rooms wait to be counted."""
        async with self._turn:
            return Ok(len(self._tables.uncounted))


def _page(days: Iterable[Day], before: Day | None, limit: int) -> Iterator[Day]:
    found = sorted(
        (day for day in days if day != ALL_TIME and (before is None or day < before)), reverse=True
    )
    return iter(found[:limit])


def _ended(tables: Tables, room: RoomId) -> EndedRoom:
    row = tables.settlements[room]
    postings = tables.postings[entries.settle_key(room)]
    return EndedRoom(
        day=day_of(row.at_ms),
        host=tables.rooms[room].host,
        figures=row.figures,
        staked=_sums((bet.bettor, bet.stake) for bet in tables.bets[room]),
        paid=_sums(_back(postings, (PostingKind.PAYOUT,))),
        refunded=_sums(_back(postings, _REFUNDS)),
    )


def _back(postings: Iterable[Posting], kinds: tuple[PostingKind, ...]) -> Iterator[tuple[UserId, Lamports]]:
    return ((UserId(each.target.owner), each.amount) for each in postings if each.kind in kinds)


def _sums(amounts: Iterable[tuple[UserId, Lamports]]) -> dict[UserId, Lamports]:
    sums: dict[UserId, Lamports] = {}
    for user, amount in amounts:
        sums[user] = sums.get(user, ZERO) + amount
    return sums
