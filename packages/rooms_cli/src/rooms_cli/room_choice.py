"""Which rooms a command lists: words from the command line as a filter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from typing import TypeVar

from rooms_cli.errors import one_of, usage
from rooms_core.domain.ids import RoomId
from rooms_core.domain.money import Lamports, parse_sol
from rooms_core.domain.room import Room
from rooms_core.domain.status import RoomStatus
from rooms_core.ports.queries import Queries
from rooms_core.ports.room_filter import RoomFilter
from rooms_core.ports.store import StoreFailed
from rooms_core.result import Err, Ok, Result

W = TypeVar("W", bound=StrEnum)


def statuses_named(names: Sequence[str]) -> frozenset[RoomStatus]:
    """States of rooms, in small or capital letters. Ends the command for a name that is none."""
    return frozenset(word("status", name, RoomStatus) for name in names)


def word(what: str, name: str, words: type[W]) -> W:
    """The word that a name means, whatever its case, with - for _. Ends the command for a name that is none."""
    known = {each.value.replace("_", "-").casefold(): each for each in words}
    if name.casefold() not in known:
        raise usage(f"There is no {what} {name}.", hint=one_of(name, [*map(_shown, words)]))
    return known[name.casefold()]


def is_token(subject: str) -> bool:
    """Whether rooms on tokens with one pool are meant, or those on coins. Ends the command for anything else."""
    if subject.casefold() not in ("coin", "token"):
        raise usage(f"There is no subject {subject}.", hint=one_of(subject, ("coin", "token")))
    return subject.casefold() == "token"


def amount(text: str) -> Lamports:
    """An amount in SOL. Ends the command for anything else."""
    match parse_sol(text):
        case Ok(read):
            return read
        case Err():
            raise usage(f"{text} is no amount of SOL.", hint="Write it as 10 or 0.001.")


async def page_behind(
    queries: Queries, wanted: RoomFilter, last: RoomId | None
) -> Result[list[Room], StoreFailed]:
    """The page behind a room, as it stands now. A room that is not known is behind nothing: nothing is listed."""
    if last is None:
        return await queries.rooms(wanted)
    found = await queries.room(last)
    if isinstance(found, Err):
        return found
    if found.value is None:
        return Ok([])
    return await queries.rooms(replace(wanted, after=wanted.mark(found.value)))


def _shown(each: StrEnum) -> str:
    return each.value.replace("_", "-")
