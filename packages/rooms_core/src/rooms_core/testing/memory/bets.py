"""The bets in memory, and what a settlement asks of them: the pool without late stakes, newest first, positions."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from rooms_core.domain import entries
from rooms_core.domain.bet import Bet, BetOrder
from rooms_core.domain.ids import RoomId, UserId
from rooms_core.domain.invariants import ensure
from rooms_core.domain.journal import Posting
from rooms_core.domain.market import Outcome
from rooms_core.domain.money import Lamports
from rooms_core.domain.pool import Pool
from rooms_core.domain.returns import Marginal, is_late
from rooms_core.domain.tally import Position
from rooms_core.testing.memory.journal import keep, move
from rooms_core.testing.memory.tables import Tables

T = TypeVar("T")


class MemoryBets:
    """Implements `ports.books.Bets`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def known(self, orders: Sequence[BetOrder]) -> dict[tuple[RoomId, UserId, str], Bet]:
        """The bets these orders ask for again."""
        keys = [(order.room, order.bettor, order.key) for order in orders]
        return {key: self._tables.bets_by_key[key] for key in keys if key in self._tables.bets_by_key}

    async def place(self, bets: Sequence[Bet]) -> bool:
        """Record bets with all that follows from them; False if a key is known."""
        keys = {(bet.room, bet.bettor, bet.key) for bet in bets}
        if len(keys) < len(bets) or any(key in self._tables.bets_by_key for key in keys):
            self._tables.unclosed.put(f"{bets[0].key!r} or a bet beside it", self._tables.clock.now_ms())
            return False
        postings = [posting for bet in bets for posting in self._record(bet)]
        move(self._tables, postings)
        return True

    async def players(self, room: RoomId) -> int:
        """How many bettors there are."""
        return len(self._tables.seats[room])

    async def bettors(self, room: RoomId) -> list[UserId]:
        """Who they are, by id."""
        return sorted(self._tables.seats[room])

    async def pool_until(self, room: RoomId, *, late_after_ms: int | None) -> Pool:
        """The pool without late stakes."""
        stakes = dict.fromkeys(self._outcomes(room), 0)
        for bet in self._tables.bets[room]:
            if not is_late(bet.placed_at_ms, late_after_ms=late_after_ms):
                stakes[bet.outcome] += bet.stake.value
        return Pool(tuple((outcome, Lamports(stake)) for outcome, stake in stakes.items()))

    async def newest_first(
        self, room: RoomId, outcome: Outcome, *, late_after_ms: int | None
    ) -> AsyncIterator[Sequence[Bet]]:
        """The bets on one outcome that are not late, newest first."""
        timely = [
            bet
            for bet in self._tables.bets[room]
            if bet.outcome == outcome and not is_late(bet.placed_at_ms, late_after_ms=late_after_ms)
        ]
        for block in self._blocks(sorted(timely, key=lambda bet: (bet.placed_at_ms, bet.id), reverse=True)):
            yield block

    async def positions(
        self, room: RoomId, *, late_after_ms: int | None, marginal: Marginal | None = None
    ) -> AsyncIterator[Sequence[Position[UserId]]]:
        """All positions, by bettor, then in the order of the room's outcomes."""
        order = {outcome: place for place, outcome in enumerate(self._outcomes(room))}
        sums: dict[tuple[UserId, int, Outcome], list[int]] = {}
        for bet in self._tables.bets[room]:
            staked_late_back = sums.setdefault((bet.bettor, order[bet.outcome], bet.outcome), [0, 0, 0])
            staked_late_back[0] += bet.stake.value
            if is_late(bet.placed_at_ms, late_after_ms=late_after_ms):
                staked_late_back[1] += bet.stake.value
            elif marginal is not None and bet.outcome == marginal.outcome:
                staked_late_back[2] += marginal.returned(bet.id, bet.placed_at_ms, bet.stake).value
        positions = [
            Position(
                bettor=bettor,
                outcome=outcome,
                staked=Lamports(staked),
                late=Lamports(late),
                unmatched=Lamports(back),
                uplines=self._tables.users[bettor].uplines,
            )
            for (bettor, _, outcome), (staked, late, back) in sorted(sums.items())
        ]
        for block in self._blocks(positions):
            yield block

    def _outcomes(self, room: RoomId) -> tuple[Outcome, ...]:
        return self._tables.rooms[room].pool.outcomes

    def _record(self, bet: Bet) -> Sequence[Posting]:
        """One row with its keys, its postings and its place in the pool; balances move for all bets together."""
        tables, key = self._tables, (bet.room, bet.bettor, bet.key)
        entry, room = entries.stake(bet), tables.rooms[bet.room]
        ensure(entry.key not in tables.entries, "I5", f"bet {bet.id} is placed once")
        tables.bets.append(bet.room, bet)
        tables.bets_by_key.put(key, bet)
        tables.rooms.put(bet.room, replace(room, pool=room.pool.plus(bet.outcome, bet.stake)))
        if (bet.room, bet.bettor) not in tables.seated:
            tables.seated.put((bet.room, bet.bettor), True)
            tables.seats.append(bet.room, bet.bettor)
        tables.entries.put(entry.key, bet.placed_at_ms)
        keep(tables, entry.key, entry.postings)
        return entry.postings

    def _blocks(self, rows: Sequence[T]) -> Iterator[Sequence[T]]:
        for start in range(0, len(rows), self._tables.block):
            yield rows[start : start + self._tables.block]
