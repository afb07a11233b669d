"""Place bets: judge a list of orders in the order they came, and move the accepted stakes in one unit of work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rooms_core.domain.bet import Bet, BetOrder, BetRefused, BettorUnknown, KeyConflict, RoomUnknown
from rooms_core.domain.ids import BetId, RoomId, UserId
from rooms_core.domain.keys import ill_formed
from rooms_core.domain.market import MarketState, Mode
from rooms_core.domain.money import ZERO, Lamports
from rooms_core.domain.room import Room
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
    """What the orders of one batch are judged by; it moves on with each bet that is accepted."""

    rooms: dict[RoomId, Room]
    markets: dict[str, MarketState]
    mint_staked: dict[str, Lamports]
    available: dict[UserId, Lamports]
    known: dict[tuple[RoomId, UserId, str], Bet]
    now_ms: int
    ids: IdSource
    accepted: list[Bet]

    def judge(self, order: BetOrder) -> Result[Bet, BetRefused]:
        """Answer one order."""
        unusable = ill_formed(order.key)
        if unusable is not None:
            return Err(unusable)
        key = (order.room, order.bettor, order.key)
        first = self.known.get(key)
        if first is not None:
            return Ok(first) if first.answers(order) else Err(KeyConflict(first))
        room = self.rooms.get(order.room)
        if room is None:
            return Err(RoomUnknown(order.room))
        if order.bettor not in self.available:
            return Err(BettorUnknown(order.bettor))
        instrument = room.market.instrument
        judged = room.accept(
            order,
            bet_id=BetId(self.ids.next_id()),
            available=self.available[order.bettor],
            now_ms=self.now_ms,
            market=self.markets.get(instrument),
            mint_staked=self.mint_staked.get(instrument, ZERO),
        )
        if isinstance(judged, Err):
            return judged
        self.rooms[room.id], bet = judged.value
        self.available[bet.bettor] -= bet.stake
        self.known[key] = bet
        if room.thin is not None:
            self.mint_staked[instrument] += bet.stake
        self.accepted.append(bet)
        return Ok(bet)


async def _load(books: Books, orders: Sequence[BetOrder], ids: IdSource) -> _Desk:
    """Lock in the fixed order (rooms, markets, accounts), and read the clock last (decision E8)."""
    rooms = await books.rooms.lock({order.room for order in orders})
    watched = {
        room.market.instrument
        for room in rooms.values()
        if room.market.mode is Mode.TOUCH or room.thin is not None
    }
    markets = await books.markets.lock(watched)
    thin = sorted({room.market.instrument for room in rooms.values() if room.thin is not None})
    mint_staked = {instrument: await books.rooms.staked_on(instrument) for instrument in thin}
    wallets = await books.journal.wallets({order.bettor for order in orders})
    return _Desk(
        rooms=rooms,
        markets=markets,
        mint_staked=mint_staked,
        available={user: wallet.available for user, wallet in wallets.items()},
        known=await books.bets.known([order for order in orders if ill_formed(order.key) is None]),
        now_ms=await books.now_ms(),
        ids=ids,
        accepted=[],
    )
