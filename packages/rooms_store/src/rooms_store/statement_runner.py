"""Running an operator's statements on a PostgreSQL server: all of them in one unit of work, or none."""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg

from rooms_store.primary import plain
from rooms_store.reach import WAIT_SECONDS


class NoExtension(Exception):
    """The database does not have an extension that is needed."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


async def run_statements(url: str, statements: Sequence[str], *, extension: str | None = None) -> str | None:
    """Run all statements, or none; answers why the server refused, if so. Raises NoExtension without `extension`."""
    try:
        connection = await asyncpg.connect(plain(url), timeout=WAIT_SECONDS, target_session_attrs="primary")
    except asyncpg.InternalClientError:
        return "none of the servers is a primary"
    try:
        if extension is not None:
            there = await connection.fetchval(
                "SELECT count(*) FROM pg_extension WHERE extname = $1", extension
            )
            if not there:
                raise NoExtension(extension)
        async with connection.transaction():
            for statement in statements:
                await connection.execute(statement)
    except asyncpg.PostgresError as error:
        return str(error)
    finally:
        await connection.close()
    return None
