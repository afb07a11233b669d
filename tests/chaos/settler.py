"""Settlers as processes of their own, which can be stopped at any point of a settlement.

`python -m tests.chaos.settler PLACE ADDRESS BLOCK` is their nursery: it makes one with each line of its stdin. A
settler opens the books, tells the socket at ADDRESS its process number, and settles the room of each order it gets.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Sized
from typing import Any, Final, TextIO, TypeVar, cast

import attrs

from rooms_cli.clock import SystemClock
from rooms_core.domain.ids import RoomId
from rooms_core.ports.books import Books, SettlementRow
from rooms_core.ports.store import Store, StoreFailed
from rooms_core.result import Err, Ok, Result
from rooms_core.services.settle_room import NotSettling, SettleRefused, SettleRoom
from rooms_store.opening import open_books

T = TypeVar("T")
E = TypeVar("E")

COPYING: Final = "writer.add"
"""The call that writes a block of payouts."""
NOTICES: Final = "outbox.add_new"
COMMIT: Final = "COMMIT"
COMMITTED: Final = "committed"
_TOLD_EVERY: Final = 10_000
_AGAIN_SECONDS: Final = 0.05


@attrs.frozen(kw_only=True)
class Point:
    """A point of a settlement: right before the call that goes beyond `after` calls (of payouts: so many of them).

    `still`: who comes there stands still, else he goes on while he is told of.
    """

    call: str
    after: int = 0
    still: bool = True


@attrs.define
class Line:
    """What a settler says, and hears, in lines of JSON."""

    file: TextIO

    def say(self, **facts: object) -> None:
        """One line."""
        self.file.write(json.dumps(facts) + "\n")
        self.file.flush()

    def hear(self) -> dict[str, Any] | None:
        """The next line; None when nobody is there any more. It waits, and so does everything else here."""
        line = self.file.readline()
        return cast("dict[str, Any]", json.loads(line)) if line else None


@attrs.define
class Watch:
    """Counts what a settlement calls, and says when it comes to a point."""

    line: Line
    point: Point
    _calls: int = 0
    _copied: int = 0

    def passes(self, call: str, things: int = 1) -> None:
        """A call is about to be made. May not come back."""
        if call == COPYING:
            before, self._copied = self._copied, self._copied + things
            if before // _TOLD_EVERY < self._copied // _TOLD_EVERY:
                self.line.say(copied=self._copied)
        if call != self.point.call:
            return
        before, self._calls = self._calls, self._calls + things
        if before <= self.point.after < self._calls:
            self.line.say(at=call, copied=self._copied - things if call == COPYING else self._copied)
            if self.point.still and self.line.hear() is None:
                os._exit(1)


@attrs.frozen
class Watched:
    """A part of the books whose calls are counted under its name: `rooms.save`, `writer.add`, …"""

    _part: Any
    _watch: Watch
    _name: str = ""

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._part, name)
        if not inspect.iscoroutinefunction(found):
            return found if callable(found) else Watched(found, self._watch, f"{name}.")
        call = f"{self._name}{name}"

        async def passed(*given: Any, **named: Any) -> Any:
            things = len(given[0]) if call == COPYING and isinstance(given[0], Sized) else 1
            self._watch.passes(call, things)
            answer = await found(*given, **named)
            return Watched(answer, self._watch, "writer.") if call == "journal.write" and answer else answer

        return passed


@attrs.frozen
class WatchedStore:
    """Implements `ports.store.Store`; what its units of work call is counted, and so is their COMMIT."""

    _store: Store
    _watch: Watch

    async def run(self, work: Callable[[Books], Awaitable[Result[T, E]]]) -> Result[T, E | StoreFailed]:
        """Run `work` on watched books."""

        async def watched(books: Books) -> Result[T, E]:
            answer = await work(cast(Books, Watched(books, self._watch)))
            if isinstance(answer, Ok):
                self._watch.passes(COMMIT)
            return answer

        answer = await self._store.run(watched)
        if isinstance(answer, Ok):
            self._watch.passes(COMMITTED)
        return answer

    async def fence(self) -> Result[None, StoreFailed]:
        """A fence settles nothing."""
        return await self._store.fence()


def said(answer: Result[SettlementRow, SettleRefused | StoreFailed]) -> str:
    """An answer in a word or two."""
    match answer:
        case Ok(row):
            return row.status.name
        case Err(NotSettling(status=status)):
            return f"NotSettling: {status.name}"
        case Err(why):
            return f"{type(why).__name__}: {why}"


async def settle_on_order(place: str, line: Line, block: int) -> None:
    """Settle one room after another until nobody orders any more; a failure that may pass is tried again."""
    async with open_books(place, SystemClock(), migrate=False, block=block) as books:
        line.say(pid=os.getpid())
        while (order := line.hear()) is not None:
            settle = SettleRoom(store=WatchedStore(books, Watch(line, Point(**order["point"]))))
            tries, answer = 1, await settle(RoomId(order["room"]))
            while isinstance(answer, Err) and isinstance(answer.why, StoreFailed) and answer.why.retryable:
                await asyncio.sleep(_AGAIN_SECONDS)
                tries, answer = tries + 1, await settle(RoomId(order["room"]))
            line.say(answer=said(answer), tries=tries)


def main(place: str, address: str, block: int) -> None:
    """Make settlers until nobody asks for more. They are forked here, where no thread runs and all is imported."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while sys.stdin.readline():
        if os.fork() == 0:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                connection.connect(address)
                with connection.makefile("rw", encoding="utf-8") as file:
                    asyncio.run(settle_on_order(place, Line(file), block))
            os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
