"""The bet desk: group commit in the process. While one batch is at the store, the next collects.

Light load therefore makes batches of one, heavy load large ones, without a timer. Nobody is answered before his
bet is committed.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, TypeAlias

from rooms_core.domain.bet import Bet, BetOrder, BetRefused, DeskBusy
from rooms_core.ports.store import StoreFailed
from rooms_core.ports.tasks import Tasks
from rooms_core.result import Err, Result
from rooms_core.services.place_bets import PlaceBets

_TRIES: Final = 3
_TRIES_ALONE: Final = 10
_ANSWERS: Final = 100
"""So many are answered at a time: in between the next batch goes its way to the store."""

Answer: TypeAlias = Result[Bet, BetRefused | StoreFailed]

BATCH_MAX: Final = 500
"""How many orders a batch takes at most where one server has the books."""
BATCH_MAX_SPREAD: Final = 2_000
"""The same where several servers have them: a commit there takes as long for many orders as for few."""


@dataclass(slots=True)
class _Waiting:
    """An order and the one who waits for its answer."""

    order: BetOrder
    answer: asyncio.Future[Answer]


@dataclass(slots=True, kw_only=True)
class BetDesk:
    """Takes orders one by one and places them in batches of at most `batch_max`.

    More than `queue_max` waiting orders are refused at once with `DeskBusy`. A batch the store fails on is tried
    again as a whole, then in halves, so that one poisoned order is found and harms no other.
    """

    place: PlaceBets
    tasks: Tasks
    batch_max: int = BATCH_MAX
    queue_max: int = 5_000
    batches: int = field(default=0, init=False)
    _queue: deque[_Waiting] = field(default_factory=deque, init=False)
    _running: bool = field(default=False, init=False)

    async def __call__(self, order: BetOrder) -> Answer:
        """Place one bet together with whoever asks at the same time."""
        if len(self._queue) >= self.queue_max:
            return Err(DeskBusy(len(self._queue)))
        waiting = _Waiting(order, asyncio.get_running_loop().create_future())
        self._queue.append(waiting)
        if not self._running:
            self._running = True
            self.tasks.spawn(self._serve())
        return await waiting.answer

    async def _serve(self) -> None:
        """Place batch after batch until nobody waits. Whoever still waits when the desk is stopped is let go."""
        batch: list[_Waiting] = []
        try:
            while self._queue:
                size = min(self.batch_max, len(self._queue))
                batch = [self._queue.popleft() for _ in range(size)]
                await self._place(batch)
                batch = []
        finally:
            self._running = False
            for waiting in (*batch, *self._queue):
                waiting.answer.cancel()
            self._queue.clear()

    async def _place(self, batch: Sequence[_Waiting]) -> None:
        """Place a batch and answer it; halve what the store fails on, down to the single order."""
        self.batches += 1
        alone = len(batch) == 1
        failed: StoreFailed | Exception = StoreFailed("not tried")
        tries_left = _TRIES_ALONE if alone else _TRIES
        while tries_left > 0:
            try:
                placed = await self.place([waiting.order for waiting in batch])
            except Exception as broken:  # noqa: BLE001 - a broken invariant stays with the order that broke it
                failed = broken
                break
            if not isinstance(placed, Err):
                _answer_all(zip(batch, placed.value, strict=True))
                return
            failed = placed.why
            if not failed.retryable:
                break
            tries_left -= failed.tries
        if alone:
            _answer(batch[0], failed if isinstance(failed, Exception) else Err(failed))
            return
        half = len(batch) // 2
        await self._place(batch[:half])
        await self._place(batch[half:])


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
