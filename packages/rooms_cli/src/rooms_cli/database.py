"""The database that a command reads: named by an option, by ROOMS_DATABASE, or a file in the current folder."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TypeVar

import typer

from rooms_cli.errors import CommandError, usage

if TYPE_CHECKING:
    from rooms_core.ports.queries import Queries
    from rooms_core.ports.store import StoreFailed
    from rooms_core.result import Result

T = TypeVar("T")

DEFAULT: Final = "rooms.sqlite3"
_MAGIC: Final = b"SQLite format 3\x00"

Database = Annotated[
    str,
    typer.Option(
        "--database",
        envvar="ROOMS_DATABASE",
        metavar="FILE|URL",
        help="The SQLite file with the books, or its URL.",
    ),
]
"""The option of every command that reads the books; its default is `DEFAULT`."""


def located(place: str) -> Path:
    """The file that `place` names, which need not be there."""
    from rooms_store.engine import sqlite_path
    from rooms_store.failures import VENDOR

    try:
        return sqlite_path(place)
    except (ValueError, *VENDOR) as wrong:
        raise usage(
            f"The books cannot be there: {wrong}.",
            hint="Give a file, or a URL such as sqlite:///rooms.sqlite3.",
        ) from None


def existing(place: str) -> Path:
    """The same, where there is a database already."""
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
    return path


def read(place: str, ask: Callable[[Queries], Awaitable[Result[T, StoreFailed]]]) -> T:
    """Ask the books of an existing database; nothing is written. A store that does not answer ends the command."""
    import asyncio

    from rooms_core.result import Err, Ok

    match asyncio.run(_asked(existing(place), ask)):
        case Ok(answer):
            return answer
        case Err(why):
            raise CommandError(
                f"The database did not answer: {why.message}.",
                hint="Please try again." if why.retryable else "",
            )


async def _asked(
    path: Path, ask: Callable[[Queries], Awaitable[Result[T, StoreFailed]]]
) -> Result[T, StoreFailed]:
    from rooms_cli.clock import SystemClock
    from rooms_store.opening import open_sqlite

    # A worker number of its own would be a write, and makes no difference to whom only reads.
    async with open_sqlite(path, SystemClock(), worker=0, migrate=False) as books:
        return await ask(books.queries)
