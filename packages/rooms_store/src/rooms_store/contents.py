"""What lies in a database already: books that somebody keeps, or tables of something else."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.pool import NullPool

from rooms_store.engine import WAIT_SECONDS, is_server, open_servers, sqlite_path
from rooms_store.losses import dropped, revisions
from rooms_store.migrations import NOTHING

_NOBODYS: Final = frozenset({"alembic_version", "account", "worker", "lease", "fence"})
"""Tables with rows in empty books too: made with the tables, or by opening them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """`filled`: tables of ours in which somebody's books stand. `others`: tables that are not ours. Both by name."""

    filled: tuple[str, ...]
    others: tuple[str, ...]


async def contents(place: str) -> Contents:
    """Look for a row in each table of a file that is there, or of a server's database; not a byte is changed."""
    if is_server(place):
        engines = open_servers(place)
        try:
            async with engines.readers.connect() as connection:
                return await connection.run_sync(_contents)
        finally:
            await engines.close()
    address = f"{sqlite_path(place).resolve().as_uri()}?mode=ro"
    engine = create_engine(
        "sqlite://",
        creator=lambda: sqlite3.connect(address, uri=True, timeout=WAIT_SECONDS),
        poolclass=NullPool,
    )
    with engine.connect() as file:
        return _contents(file)


def _contents(connection: Connection) -> Contents:
    ours = _NOBODYS | set(dropped(revisions()[-1], NOTHING, connection.dialect.name))
    names = sorted(inspect(connection).get_table_names())
    return Contents(
        filled=tuple(name for name in names if name in ours - _NOBODYS and _holds_a_row(connection, name)),
        others=tuple(name for name in names if name not in ours),
    )


def _holds_a_row(connection: Connection, table: str) -> bool:
    return connection.execute(text(f'SELECT 1 FROM "{table}" LIMIT 1')).first() is not None  # noqa: S608 - our own name
