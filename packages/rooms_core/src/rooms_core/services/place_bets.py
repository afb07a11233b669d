"""Place bets: judge a list of orders in the order they came, and move the accepted stakes in one unit of work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from rooms_core.domain.bet import Bet, BetOrder, BetRefused, BettorUnknown, KeyConflict, RoomUnknown
from rooms_core.domain.betting import Betting
from rooms_core.domain.ids import BetId, RoomId, UserId
from rooms_core.domain.invariants import InvariantBroken
from rooms_core.domain.keys import KeyIllFormed, ill_formed
from rooms_core.domain.market import Mode
from rooms_core.ports.books import Books
from rooms_core.ports.ids import IdSource
from rooms_core.ports.store import Store, StoreFailed
from rooms_core.result import Err, Ok, Result

Answers: TypeAlias = list[Result[Bet, BetRefused]]

_WARY: Final = 20
"""So many batches look for known keys first, after one of them came back: who repeats himself delays the others
once in so many batches."""


@dataclass(frozen=True, slots=True)
class _Repeated:
    """An accepted order carries the key of a bet that stands."""


@dataclass(slots=True, kw_only=True)
class PlaceBets:
    """Move stakes from users' balances into the pots of rooms. One order is a list of one.

    Each order has its own answer; one that is refused never fails another. The same key with the same bet answers
    the first bet again; with another bet it is a conflict and nothing happens. Keys hardly ever come back, and the
    books take none twice: so orders are judged as if they were new, and only where one turns out not to be, all of
    it is undone and begins with a look.
    """

    store: Store
    ids: IdSource
    _wary: int = field(default=0, init=False)

    async def __call__(self, orders: Sequence[BetOrder]) -> Result[Answers, StoreFailed]:
        """Judge and record the orders; the answers stand in the same order."""
        if self._wary == 0:
            placed = await self.store.run(lambda books: self._place(books, orders, look=False))
            if not (isinstance(placed, Err) and isinstance(placed.why, _Repeated)):
                return _sure(placed)
            self._wary = _WARY
        self._wary -= 1
        return _sure(await self.store.run(lambda books: self._place(books, orders, look=True)))

    async def _place(
        self, books: Books, orders: Sequence[BetOrder], *, look: bool
    ) -> Result[Answers, _Repeated]:
        desk = await _load(books, orders, self.ids)
        if look:
            desk.known = await books.bets.known(desk.askable(orders))
        answers = [desk.judge(order) for order in orders]
        if not look:
            await _remember(books, desk, orders, answers)
        if desk.accepted and not await books.bets.place(desk.accepted):
            return Err(_Repeated())
        return Ok(answers)


def _sure(placed: Result[Answers, _Repeated | StoreFailed]) -> Result[Answers, StoreFailed]:
    """After a look nothing is repeated: the rooms are locked, so that nobody else bets in them."""
    if isinstance(placed, Ok):
        return placed
    if isinstance(placed.why, _Repeated):
        raise InvariantBroken("I5", "a bet whose key was looked for is placed once")
    return Err(placed.why)


async def _remember(books: Books, desk: _Desk, orders: Sequence[BetOrder], answers: Answers) -> None:
    """An order that is refused now may be an old one, which is answered with its bet whatever the room says today."""
    refused = [order for order, answer in zip(orders, answers, strict=True) if isinstance(answer, Err)]
    asked = desk.askable(refused)
    if asked:
        known = await books.bets.known(asked)
        for place, order in enumerate(orders):
            first = known.get((order.room, order.bettor, order.key))
            if first is not None and isinstance(answers[place], Err):
                answers[place] = _again(first, order)


def _again(first: Bet, order: BetOrder) -> Result[Bet, BetRefused]:
    return Ok(first) if first.answers(order) else Err(KeyConflict(first))


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
    accepted: list[Bet] = field(default_factory=list)

    def askable(self, orders: Sequence[BetOrder]) -> list[BetOrder]:
        """The orders that can be those of a bet: with a usable key, of a bettor and in a room that are there."""
        return [
            order
            for order in orders
            if order.key not in self.unusable and order.room in self.rooms and order.bettor in self.available
        ]

    def judge(self, order: BetOrder) -> Result[Bet, BetRefused]:
        """Answer one order."""
        if order.key in self.unusable:
            return Err(self.unusable[order.key])
        key = (order.room, order.bettor, order.key)
        first = self.known.get(key)
        if first is not None:
            return _again(first, order)
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
    now_ms = await books.now_ms()
    return _Desk(
        rooms={
            room.id: Betting(room, now_ms=now_ms, market=markets.get(room.market.instrument))
            for room in rooms.values()
        },
        mint_of=mint_of,
        mint_staked=mint_staked,
        available=available,
        known={},
        unusable=unusable,
        ids=ids,
    )
