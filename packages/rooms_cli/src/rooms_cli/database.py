"""The database that a command reads: named by an option, by ROOMS_DATABASE, or a file in the current folder."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TypeVar

import typer

from rooms_cli.errors import CommandError, usage

if TYPE_CHECKING:
    from rooms_core.ports.store import Store, StoreFailed
    from rooms_core.result import Result
    from rooms_store.queries import SqlQueries
    from rooms_store.reach import Reached

T = TypeVar("T")

DEFAULT: Final = "rooms.sqlite3"
_SERVERS: Final = ("postgresql:", "postgresql+", "postgres:")
_MAGIC: Final = b"SQLite format 3\x00"

Database = Annotated[
    str,
    typer.Option(
        "--database",
        envvar="ROOMS_DATABASE",
        metavar="FILE|URL",
        help="The books: a SQLite file, or a URL such as postgresql://user@host/database.",
    ),
]
"""The option of every command that reads the books; its default is `DEFAULT`."""


def is_server(place: str) -> bool:
    """Whether `place` is the URL of a PostgreSQL database."""
    return place.startswith(_SERVERS)


def shown(place: str) -> str:
    """The same as it may be printed: without a password."""
    from rooms_store.url_secrets import without_secrets

    return without_secrets(place) if is_server(place) else place


def located(place: str) -> Path:
    """The file that `place` names, which need not be there."""
    from rooms_store.engine import sqlite_path
    from rooms_store.failures import VENDOR

    try:
        return sqlite_path(place)
    except (ValueError, *VENDOR):  # what they say may repeat a password
        raise usage(
            "The books cannot be there.",
            hint="Give a file, or a URL: sqlite:///rooms.sqlite3, postgresql://user@host/database.",
        ) from None


def existing(place: str) -> str:
    """The same place, where there are books already: a file of SQLite's, or a database with our tables."""
    if is_server(place):
        if not reached(place).tables:
            raise CommandError(
                f"There are no tables in {shown(place)}.",
                hint="`rooms db upgrade` makes them, as their owner.",
            )
        return place
    path = located(place)
    try:
        with path.open("rb") as file:
            head = file.read(len(_MAGIC))
    except FileNotFoundError:
        raise CommandError(
            f"There is no database {path}.",
            hint="Name one with --database or ROOMS_DATABASE; `rooms db upgrade` makes an empty one.",
        ) from None
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
    if head and head != _MAGIC:
        raise CommandError(f"{path} is no SQLite database.")
    return str(path)


def reached(url: str) -> Reached:
    """A server's database that can be connected to, with or without tables; any other ends the command."""
    import asyncio

    from rooms_store.reach import Unreachable, reach

    found = asyncio.run(reach(url))
    if isinstance(found, Unreachable):
        raise CommandError(found.what, hint=found.hint)
    return found


def read(place: str, ask: Callable[[SqlQueries], Awaitable[Result[T, StoreFailed]]]) -> T:
    """Ask the books of an existing database; nothing is written. A store that does not answer ends the command."""
    import asyncio

    return _answered(asyncio.run(_asked(existing(place), ask)))


def written(
    place: str, work: Callable[[Store], Awaitable[Result[T, StoreFailed]]], *, makes_ids: bool = True
) -> T:
    """Run a use case on the books of an existing database. A store that does not answer ends the command.

    `makes_ids`: whether it needs a worker number of its own; who only changes rows that are there does without.
    """
    import asyncio

    from rooms_cli.room_view import moment
    from rooms_core.result import Err
    from rooms_core.services.take_number import NumbersGone
    from rooms_store.worker_number import NoNumber

    try:
        return _answered(asyncio.run(_worked(existing(place), work, None if makes_ids else 0)))
    except NoNumber as none:
        if isinstance(none.why, NumbersGone):
            raise CommandError(
                "All worker numbers are in use.", hint=f"One is free at {moment(none.why.free_at_ms)}."
            ) from None
        return _answered(Err(none.why))


def _answered(result: Result[T, StoreFailed]) -> T:
    from rooms_core.result import Err, Ok

    match result:
        case Ok(answer):
            return answer
        case Err(why):
            raise CommandError(
                f"The database did not answer: {why.message}.",
                hint="Please try again." if why.retryable else "",
            )


async def _asked(
    place: str, ask: Callable[[SqlQueries], Awaitable[Result[T, StoreFailed]]]
) -> Result[T, StoreFailed]:
    from rooms_cli.clock import SystemClock
    from rooms_store.opening import open_books

    # A worker number of its own would be a write, and makes no difference to whom only reads.
    async with open_books(place, SystemClock(), worker=0, migrate=False) as books:
        return await ask(books.queries)


async def _worked(
    place: str, work: Callable[[Store], Awaitable[Result[T, StoreFailed]]], worker: int | None
) -> Result[T, StoreFailed]:
    from rooms_cli.clock import SystemClock
    from rooms_store.opening import open_books

    # Other machines write there too: the server's clock is the one that all of them go by (decision E8).
    async with open_books(
        place, SystemClock(), worker=worker, migrate=False, server_time=is_server(place)
    ) as books:
        return await work(books)
