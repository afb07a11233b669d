"""Place bets: judge a list of orders in the order they came, and move the accepted stakes in one unit of work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rooms_core.domain.bet import Bet, BetOrder, BetRefused, BettorUnknown, KeyConflict, RoomUnknown
from rooms_core.domain.betting import Betting
from rooms_core.domain.ids import BetId, RoomId, UserId
from rooms_core.domain.keys import KeyIllFormed, ill_formed
from rooms_core.domain.market import Mode
from rooms_core.ports.books import Books
from rooms_core.ports.ids import IdSource
from rooms_core.ports.store import Store, StoreFailed
from rooms_core.result import Err, Ok, Result


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceBets:
    """Move stakes from users' balances into the pots of rooms. One order is a list of one.

    Each order has its own answer; one that is refused never fails another. The same key with the same bet answers
    the first bet again; with another bet it is a conflict and nothing happens.
    """

    store: Store
    ids: IdSource

    async def __call__(
        self, orders: Sequence[BetOrder]
    ) -> Result[list[Result[Bet, BetRefused]], StoreFailed]:
        """Judge and record the orders; the answers stand in the same order."""

        async def work(books: Books) -> Result[list[Result[Bet, BetRefused]], StoreFailed]:
            desk = await _load(books, orders, self.ids)
            answers = [desk.judge(order) for order in orders]
            if desk.accepted:
                await books.bets.place(desk.accepted)
            return Ok(answers)

        return await self.store.run(work)


@dataclass(slots=True, kw_only=True)
class _Desk:
    """What the orders of one batch are judged by; it moves on with each bet that is accepted. Amounts in lamports."""

    rooms: dict[RoomId, Betting]
    mint_of: dict[RoomId, str]
    mint_staked: dict[str, int]
    available: dict[UserId, int]
    known: dict[tuple[RoomId, UserId, str], Bet]
    unusable: dict[str, KeyIllFormed]
    ids: IdSource
    accepted: list[Bet]

    def judge(self, order: BetOrder) -> Result[Bet, BetRefused]:
        """Answer one order."""
        if order.key in self.unusable:
            return Err(self.unusable[order.key])
        key = (order.room, order.bettor, order.key)
        first = self.known.get(key)
        if first is not None:
            return Ok(first) if first.answers(order) else Err(KeyConflict(first))
        room = self.rooms.get(order.room)
        if room is None:
            return Err(RoomUnknown(order.room))
        available = self.available.get(order.bettor)
        if available is None:
            return Err(BettorUnknown(order.bettor))
        mint = self.mint_of.get(order.room)
        judged = room.judge(
            order,
            bet_id=BetId(self.ids.next_id()),
            available=available,
            mint_staked=0 if mint is None else self.mint_staked[mint],
        )
        if isinstance(judged, Err):
            return judged
        bet = judged.value
        self.available[order.bettor] = available - bet.stake.value
        self.known[key] = bet
        if mint is not None:
            self.mint_staked[mint] += bet.stake.value
        self.accepted.append(bet)
        return judged


async def _load(books: Books, orders: Sequence[BetOrder], ids: IdSource) -> _Desk:
    """Lock in the fixed order (rooms, markets, accounts), and read the clock last (decision E8)."""
    rooms = await books.rooms.lock({order.room for order in orders})
    watched = {
        room.market.instrument
        for room in rooms.values()
        if room.market.mode is Mode.TOUCH or room.thin is not None
    }
    markets = await books.markets.lock(watched)
    mint_of = {room.id: room.market.instrument for room in rooms.values() if room.thin is not None}
    mint_staked = {mint: (await books.rooms.staked_on(mint)).value for mint in sorted({*mint_of.values()})}
    available = await books.journal.available({order.bettor for order in orders})
    unusable = {order.key: why for order in orders if (why := ill_formed(order.key)) is not None}
    known = await books.bets.known(
        [
            order
            for order in orders
            if order.key not in unusable and order.room in rooms and order.bettor in available
        ]
    )
    now_ms = await books.now_ms()
    return _Desk(
        rooms={
            room.id: Betting(room, now_ms=now_ms, market=markets.get(room.market.instrument))
            for room in rooms.values()
        },
        mint_of=mint_of,
        mint_staked=mint_staked,
        available=available,
        known=known,
        unusable=unusable,
        ids=ids,
        accepted=[],
    )
