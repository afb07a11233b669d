"""The two ways to judge a batch that `rooms bench core` compares, over books that keep nothing.

The quick way is the one in use, `PlaceBets`; the plain way is the rule itself, `Room.accept`, one bet after another.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from types import SimpleNamespace
from typing import Any, Final, TypeAlias, cast

from rooms_core.domain.bet import Bet, BetOrder, BetRefused
from rooms_core.domain.ids import BetId
from rooms_core.domain.market import MarketState, Mode
from rooms_core.domain.room import Room
from rooms_core.domain.status import RoomStatus
from rooms_core.ports.books import Books
from rooms_core.ports.store import Store
from rooms_core.result import Err, Ok, Result
from rooms_core.services.place_bets import PlaceBets
from rooms_core.testing.builders import USD, a_market, a_market_state, a_reading, a_room, an_order, sols
from rooms_core.testing.clock import NOON_MS
from rooms_core.testing.ids import CountingIds

BATCH: Final = 500
_MONEY: Final = sols("1")

Answers: TypeAlias = list[Result[Bet, BetRefused]]


def orders(*, protected: bool) -> list[BetOrder]:
    """A batch that a room accepts, of one bettor each; `protected`: none wants to come back with a loss."""
    stake = sols("0.1")
    least = stake if protected else None
    return [
        an_order(2 * who, "YES" if who % 2 else "NO", stake, key=f"key {who}", return_min=least)
        for who in range(1, BATCH + 1)
    ]


def judged_at_the_desk(asked: Sequence[BetOrder]) -> tuple[float, Answers]:
    """Seconds and answers of the service in use, between what it loads and what it hands over."""
    room, state = _asked()
    available = {order.bettor: _MONEY.value for order in asked}
    books = SimpleNamespace(
        rooms=SimpleNamespace(lock=gives({room.id: room})),
        markets=SimpleNamespace(lock=gives({state.instrument: state})),
        journal=SimpleNamespace(available=gives(available)),
        bets=SimpleNamespace(known=gives({}), place=gives(True)),
        now_ms=gives(NOON_MS),
    )

    async def run(work: Callable[[Books], Awaitable[Any]]) -> Any:
        return await work(cast(Books, books))

    async def timed() -> tuple[float, Answers]:
        place = PlaceBets(store=cast(Store, SimpleNamespace(run=run)), ids=CountingIds())
        began = time.process_time()
        answer = await place(asked)
        took = time.process_time() - began
        return took, [] if isinstance(answer, Err) else answer.value

    return asyncio.run(timed())


def judged_one_by_one(asked: Sequence[BetOrder]) -> tuple[float, Answers]:
    """Seconds and answers of a room that is made anew with each bet."""
    room, state = _asked()
    ids = CountingIds()
    answers: Answers = []
    began = time.process_time()
    for order in asked:
        judged = room.accept(
            order, bet_id=BetId(ids.next_id()), available=_MONEY, now_ms=NOON_MS, market=state
        )
        if isinstance(judged, Err):
            answers.append(judged)
        else:
            room, bet = judged.value
            answers.append(Ok(bet))
    return time.process_time() - began, answers


def _asked() -> tuple[Room, MarketState]:
    """A TOUCH room far from its target, with a fresh price."""
    room = a_room(
        market=a_market(mode=Mode.TOUCH),
        status=RoomStatus.OPEN,
        stakes={"YES": sols("100"), "NO": sols("90")},
    )
    return room, a_market_state(a_reading(190 * USD))


def gives(answer: object) -> Callable[..., Awaitable[Any]]:
    """A question to the books with this answer."""

    async def ask(*_: object, **__: object) -> Any:
        return answer

    return ask
