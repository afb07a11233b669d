"""This process's worker number: taken when the books open, renewed by its units of work, given back at the end."""

from __future__ import annotations

import asyncio

from rooms_core.domain.lease import Lease
from rooms_core.ports.clock import Clock
from rooms_core.ports.store import LeaseLost, Store, StoreFailed
from rooms_core.result import Ok, Result
from rooms_core.services.hold_role import HoldRole
from rooms_core.services.take_number import NUMBER_MS, NumbersGone, TakeNumber, number_of
from rooms_store.ids import TimeSortedIds


class NoNumber(Exception):
    """The books could not be opened: no worker number is free, or the database did not answer. `why` says which."""

    def __init__(self, why: NumbersGone | StoreFailed) -> None:
        super().__init__(str(why))
        self.why = why


class WorkerNumber:
    """Keeps `ids` inside the lease of a number. `holder`: a name that no other process has.

    Nothing runs in the background: whoever begins a unit of work calls `keep` before it.
    """

    def __init__(self, store: Store, ids: TimeSortedIds, *, clock: Clock, holder: str) -> None:
        self._hold = HoldRole(store=store, holder=holder, lease_ms=NUMBER_MS)
        self._take = TakeNumber(store=store, holder=holder)
        self._ids = ids
        self._clock = clock
        self._mine: Lease | None = None
        self._asked_ms = 0
        self._answered: asyncio.Event | None = None
        """Set when whoever asks for the number has his answer; None while nobody asks."""

    async def take(self) -> Result[Lease, NumbersGone | StoreFailed]:
        """Take a number of our own."""
        asked_ms = self._clock.now_ms()
        taken = await self._take()
        if isinstance(taken, Ok):
            self._asked_ms = asked_ms
            self._confine(taken.value)
        return taken

    async def keep(self) -> None:
        """Renew the number when a third of its time has passed, or take another one if it was lost.

        One asks for all. Who comes meanwhile goes on while the lease stands, and waits for the answer once it is over.
        A failure changes nothing: ids are made until the lease ends, and the next unit of work tries again.
        """
        mine = self._mine
        if mine is None:
            return
        if self._answered is not None:
            if self._ids.over:
                await self._answered.wait()
            return
        if 0 <= self._clock.now_ms() - self._asked_ms < NUMBER_MS // 3:
            return
        self._answered = answered = asyncio.Event()
        try:
            await self._ask(mine)
        finally:
            self._answered = None
            answered.set()

    async def _ask(self, mine: Lease) -> None:
        asked_ms = self._clock.now_ms()
        renewed = await self._hold.renew(mine)
        if isinstance(renewed, Ok):
            self._asked_ms = asked_ms
            self._confine(renewed.value)
        elif isinstance(renewed.why, LeaseLost):
            await self.take()

    async def give_back(self) -> None:
        """End the lease right after the last id that was made."""
        if self._mine is not None:
            await self._hold.give_back(self._mine, until_ms=self._ids.end_ms)

    def _confine(self, lease: Lease) -> None:
        self._mine = lease
        self._ids.confine(
            worker=number_of(lease),
            since_ms=lease.since_ms,
            until_ms=lease.until_ms,
            ahead_ms=lease.until_ms - NUMBER_MS - self._clock.now_ms(),
        )
