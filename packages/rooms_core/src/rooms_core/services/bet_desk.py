"""The bet desk: group commit in the process. While one batch is at the store, the next collects.

Light load therefore makes batches of one, heavy load large ones, without a timer. Nobody is answered before his
bet is committed.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, islice
from typing import Final, TypeAlias

from rooms_core.domain.bet import Bet, BetOrder, BetRefused, DeskBusy
from rooms_core.ports.store import StoreFailed
from rooms_core.ports.tasks import Tasks
from rooms_core.result import Err, Ok, Result
from rooms_core.services.place_bets import PlaceBets

_TRIES: Final = 3
_TRIES_ALONE: Final = 10
_IN_A_ROW: Final = 60
"""After so many failures without a success nobody is there; one poisoned order among 2,000 makes 43 at most."""
_IN_ALL: Final = 120
"""So many failures a batch may make with successes between them: any three poisoned orders among 2,000 are found."""
_FIRST_PAUSE_MS: Final = 20
_LONGEST_PAUSE_MS: Final = 250
_ANSWERS: Final = 100
"""So many are answered at a time: in between the next batch goes its way to the store."""

Answer: TypeAlias = Result[Bet, BetRefused | StoreFailed]
_STOPPED: Final = Err(
    StoreFailed("the desk was stopped before the answer came; ask again under the same key")
)

BATCH_MAX: Final = 500
"""How many orders a batch takes at most where one server has the books."""
BATCH_MAX_SPREAD: Final = 2_000
"""The same where several servers have them: a commit there takes as long for many orders as for few."""


@dataclass(slots=True)
class _Waiting:
    """An order and the one who waits for its answer."""

    order: BetOrder
    answer: asyncio.Future[Answer]


@dataclass(slots=True)
class _Shift:
    """One run of the desk's task: the parts of the batch in hand that have no answer yet, and the store's failures."""

    parts: list[list[_Waiting]] = field(default_factory=list)
    in_a_row: int = 0
    in_all: int = 0

    @property
    def spent(self) -> bool:
        """Whether the store has failed so often that this batch is not tried any further."""
        return self.in_a_row >= _IN_A_ROW or self.in_all >= _IN_ALL


@dataclass(slots=True, kw_only=True)
class BetDesk:
    """Takes orders one by one and places them in batches of at most `batch_max`.

    More than `queue_max` waiting orders are refused at once with `DeskBusy`. A batch the store fails on is tried
    again as a whole, then in halves, so that one poisoned order is found and harms no other. There is an end to that:
    whoever is left when the store has failed too often, or when the desk is stopped, is told to ask again under his
    key, as his bet may stand.
    """

    place: PlaceBets
    tasks: Tasks
    batch_max: int = BATCH_MAX
    queue_max: int = 5_000
    batches: int = field(default=0, init=False)
    _queue: deque[_Waiting] = field(default_factory=deque, init=False)
    _shift: _Shift | None = field(default=None, init=False)

    async def __call__(self, order: BetOrder) -> Answer:
        """Place one bet together with whoever asks at the same time."""
        if len(self._queue) >= self.queue_max:
            return Err(DeskBusy(len(self._queue)))
        waiting = _Waiting(order, asyncio.get_running_loop().create_future())
        self._queue.append(waiting)
        if self._shift is None:
            self._shift = shift = _Shift()
            self.tasks.spawn(self._serve(shift), partial(self._ended, shift))
        return await waiting.answer

    async def _serve(self, shift: _Shift) -> None:
        """Place batch after batch until nobody waits."""
        while self._queue:
            size = min(self.batch_max, len(self._queue))
            shift.parts = [[self._queue.popleft() for _ in range(size)]]
            shift.in_a_row = shift.in_all = 0
            while shift.parts:
                await self._place(shift)
        self._shift = None

    def _ended(self, shift: _Shift) -> None:
        """Answer whoever still waits when the task was stopped, even if it never came to its first step."""
        if self._shift is shift:
            self._shift = None
            self._let_go(shift, _STOPPED)
            self._let_go_queue(_STOPPED)

    async def _place(self, shift: _Shift) -> None:
        """Place a part of the batch and answer it; halve what the store fails on, down to the single order."""
        part = shift.parts[-1]
        placed = await self._tried(shift, [waiting.order for waiting in part])
        if isinstance(placed, Err) and shift.spent:
            self._let_go(shift, placed)
            if shift.in_a_row >= _IN_A_ROW:  # they have waited as long, for the same store
                self._let_go_queue(placed)
            return
        shift.parts.pop()
        if isinstance(placed, Ok):
            _answer_all(zip(part, placed.value, strict=True))
        elif len(part) == 1:
            _answer(part[0], placed)
        else:
            half = len(part) // 2
            shift.parts += [part[half:], part[:half]]

    async def _tried(
        self, shift: _Shift, orders: Sequence[BetOrder]
    ) -> Result[list[Result[Bet, BetRefused]], StoreFailed] | Exception:
        """Try orders as a whole, with a pause after each failure, as long as time may heal it."""
        self.batches += 1
        tries_left = _TRIES_ALONE if len(orders) == 1 else _TRIES
        while True:
            if shift.in_a_row:
                await self.tasks.pause(min(_LONGEST_PAUSE_MS, _FIRST_PAUSE_MS << shift.in_a_row - 1))
            try:
                placed = await self.place(orders)
            except Exception as broken:  # noqa: BLE001 - a broken invariant stays with the order that broke it
                return broken
            if isinstance(placed, Ok):
                shift.in_a_row = 0
                return placed
            if not placed.why.retryable:
                return placed
            shift.in_a_row += 1
            shift.in_all += 1
            tries_left -= placed.why.tries
            if tries_left <= 0 or shift.spent:
                return placed

    def _let_go(self, shift: _Shift, answer: Answer) -> None:
        """Give the same answer to all of the batch in hand whose bets are not known to stand."""
        for waiting in chain.from_iterable(reversed(shift.parts)):
            _answer(waiting, answer)
        shift.parts.clear()

    def _let_go_queue(self, answer: Answer) -> None:
        """Give the same answer to all who wait behind the batch."""
        for waiting in self._queue:
            _answer(waiting, answer)
        self._queue.clear()


def _answer_all(answers: Iterator[tuple[_Waiting, Answer]]) -> None:
    """Answer the first of these now, the others when everybody else had his turn."""
    some = list(islice(answers, _ANSWERS))
    for waiting, answer in some:
        _answer(waiting, answer)
    if len(some) == _ANSWERS:
        asyncio.get_running_loop().call_soon(_answer_all, answers)


def _answer(waiting: _Waiting, answer: Answer | Exception) -> None:
    """Answer, unless the asker has gone away meanwhile."""
    if waiting.answer.done():
        return
    if isinstance(answer, Exception):
        waiting.answer.set_exception(answer)
    else:
        waiting.answer.set_result(answer)
