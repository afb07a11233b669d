"""Where a demo is played: a database in which nothing is yet, brought up to date."""

from __future__ import annotations

import asyncio

from rooms_cli.database import is_server, shown
from rooms_cli.errors import CommandError
from rooms_cli.migrating import fit_for_tables, migrated
from rooms_store.contents import Contents, contents
from rooms_store.failures import VENDOR, failed
from rooms_store.migrations import NEWEST


def prepared(place: str) -> str:
    """The file or URL with empty tables. Books that are there, and tables of something else, end the command.

    A demo's people and their money are invented, and nothing that is written into books can be taken out again.
    """
    where, there = fit_for_tables(place)
    if is_server(where) or there:
        found = _contents(where)
        other = "`createdb rooms_demo` makes one" if is_server(where) else "a file that is not there is made"
        if found.filled:
            raise CommandError(
                f"There are books in {shown(where)} already: a demo would mix invented people and money into them, "
                "and nothing can be taken out of books again.",
                hint=f"Nothing was changed. Name an empty database: {other}.",
            )
        if found.others:
            raise CommandError(
                f"{shown(where)} is used for something else: it has a table {found.others[0]}.",
                hint=f"Nothing was changed. Name an empty database: {other}.",
            )
    migrated(where, NEWEST, there=there)
    return where


def unfinished(why: str) -> CommandError:
    """Ends a demo whose database has gone silent."""
    return CommandError(
        f"The database did not answer: {why}.",
        hint="The day was not played to its end. Play it again in another empty database.",
    )


def _contents(place: str) -> Contents:
    try:
        return asyncio.run(contents(place))
    except VENDOR as error:
        raise CommandError(f"The database did not answer: {failed(error).message}.") from error
