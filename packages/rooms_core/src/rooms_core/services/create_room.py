"""Create a room: check what the host says, ask the oracle for a price, and freeze the rules into it."""

from __future__ import annotations

from dataclasses import dataclass

from rooms_core.domain import entries
from rooms_core.domain.ids import RoomId
from rooms_core.domain.journal import SUBSIDY
from rooms_core.domain.money import Lamports
from rooms_core.domain.room import Room
from rooms_core.domain.room_request import (
    HostUnknown,
    RoomRefused,
    RoomRequest,
    SubsidyNotCovered,
    check_request,
    make_room,
)
from rooms_core.domain.rules import HouseRules
from rooms_core.ports.books import Books
from rooms_core.ports.clock import Clock
from rooms_core.ports.ids import IdSource
from rooms_core.ports.oracle import NotPriceable, OracleFailed, PriceOracle
from rooms_core.ports.rng import Rng
from rooms_core.ports.store import Store, StoreFailed
from rooms_core.result import Err, Ok, Result


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateRoom:
    """Open a room for bets (QUEUING), on a question the oracle can price now.

    `rules` are the house's and are frozen into the room; `kappa` bounds rooms on thin tokens (`domain.thin_pool`).
    """

    store: Store
    oracle: PriceOracle
    clock: Clock
    ids: IdSource
    rng: Rng
    rules: HouseRules
    kappa: int = 10

    async def __call__(
        self, request: RoomRequest
    ) -> Result[Room, RoomRefused | NotPriceable | OracleFailed | StoreFailed]:
        """Create the room asked for, or answer the first rule that refuses it; nothing is kept then."""
        checked = check_request(request, self.rules, now_ms=self.clock.now_ms())
        if isinstance(checked, Err):
            return checked
        instrument = request.subject.instrument
        priced = await self.oracle.price(instrument, now_ms=self.clock.now_ms())
        if isinstance(priced, Err):
            return priced
        reading, depth = priced.value, self.oracle.depth(instrument)
        salt = self.rng.salt()

        async def work(books: Books) -> Result[Room, RoomRefused]:
            if request.host is not None and await books.users.get(request.host) is None:
                return Err(HostUnknown(request.host))
            now_ms = await books.now_ms()
            times = check_request(request, self.rules, now_ms=now_ms)
            if isinstance(times, Err):
                return times
            room_id = RoomId(self.ids.next_id())  # in here, where this process's worker number is kept
            made = make_room(
                request,
                self.rules,
                times.value,
                room_id=room_id,
                salt=salt,
                now_ms=now_ms,
                reading=reading,
                depth=depth,
                kappa=self.kappa,
            )
            if isinstance(made, Err):
                return made
            covered = await self._set_subsidy_aside(books, room_id)
            if isinstance(covered, Err):
                return covered
            await books.rooms.add(made.value)
            return made

        return await self.store.run(work)

    async def _set_subsidy_aside(self, books: Books, room: RoomId) -> Result[None, SubsidyNotCovered]:
        """A room that can need a subsidy has the most it may cost set aside before it opens (decision M4)."""
        if not self.rules.dividend.may_need_subsidy:
            return Ok(None)
        needed = self.rules.subsidy_max
        held = Lamports(await books.journal.balance(SUBSIDY))
        if not needed or held < needed:
            return Err(SubsidyNotCovered(needed, held))
        await books.journal.post(entries.set_subsidy_aside(room, needed))
        return Ok(None)
