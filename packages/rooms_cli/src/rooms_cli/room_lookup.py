"""Finding a room by its id, or by enough of its beginning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

from rooms_cli.errors import CommandError
from rooms_core.domain.ids import RoomId
from rooms_core.domain.money import STORED_MAX
from rooms_core.domain.room import Room
from rooms_core.ports.books import SettlementRow
from rooms_core.ports.queries import CashFlow, Queries, RoomFilter
from rooms_core.ports.store import StoreFailed
from rooms_core.result import Err, Ok, Result

PAGE: Final = 500

Whole: TypeAlias = tuple[Room, SettlementRow | None, list[CashFlow]]
"""A room, how it ended, and what went through it."""


async def named(queries: Queries, name: str) -> Result[list[Whole], StoreFailed]:
    """The rooms whose id is, or else begins with, `name`; of several only the rooms themselves."""
    found = await _rooms(queries, name)
    if isinstance(found, Err):
        return found
    if len(found.value) != 1:
        return Ok([(room, None, []) for room in found.value])
    (room,) = found.value
    ended = await queries.settlement(room.id)
    if isinstance(ended, Err):
        return ended
    flows = await queries.cash_flow(room.id)
    if isinstance(flows, Err):
        return flows
    return Ok([(room, ended.value, flows.value)])


def only(found: Sequence[Whole]) -> Whole:
    """The one room that was meant; none or several end the command."""
    if not found:
        raise CommandError("There is no such room.", hint="`rooms room list` shows the ids.")
    if len(found) > 1:
        shown = ", ".join(str(room.id) for room, _, _ in found[:5]) + (", …" if len(found) > 5 else "")
        raise CommandError(f"{len(found)} rooms begin so: {shown}.", hint="Give more of the id.")
    return found[0]


async def _rooms(queries: Queries, name: str) -> Result[list[Room], StoreFailed]:
    if not (name.isascii() and name.isdigit()) or len(name) > len(str(STORED_MAX)):
        return Ok([])
    if int(name) <= STORED_MAX:
        exact = await queries.room(RoomId(int(name)))
        if isinstance(exact, Err):
            return exact
        if exact.value is not None:
            return Ok([exact.value])
    found: list[Room] = []
    before: RoomId | None = None
    while True:
        page = await queries.rooms(RoomFilter(before=before, limit=PAGE))
        if isinstance(page, Err):
            return page
        found += [room for room in page.value if str(room.id).startswith(name)]
        if len(page.value) < PAGE:
            return Ok(found)
        before = page.value[-1].id
