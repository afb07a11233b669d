"""Trying the guards: asks the database to change what must never change, and takes everything back."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from rooms_store.engine import Engines
from rooms_store.guards import APPEND_ONLY
from rooms_store.tables import metadata


async def rewrites_refused(engines: Engines) -> dict[str, bool]:
    """For each append-only table that has rows: whether changing, deleting and replacing one is refused (I6)."""
    answers: dict[str, bool] = {}
    for table in APPEND_ONLY:
        async with engines.writer.connect() as connection, connection.begin() as begun:
            rows = await connection.execute(text(f"SELECT 1 FROM {table} LIMIT 1"))  # noqa: S608 - our own name
            filled = rows.first() is not None
            await begun.rollback()
        if filled:
            server = engines.writer.dialect.name != "sqlite"
            rewrites = _rewrites_at_server(table) if server else _rewrites(table)
            tries = [await _refused(engines, statement) for statement in rewrites]
            answers[table] = all(tries)
    return answers


def _rewrites(table: str) -> list[str]:
    column = metadata.tables[table].columns.keys()[0]
    return [
        f"UPDATE {table} SET {column} = {column}",  # noqa: S608 - our own name
        f"DELETE FROM {table}",  # noqa: S608 - our own name
        f"REPLACE INTO {table} SELECT * FROM {table} LIMIT 1",  # noqa: S608 - our own name
    ]


def _rewrites_at_server(table: str) -> list[str]:
    """A trigger for each statement fires without a row too, so that nothing is rewritten where it is gone.

    That no row fits must be found out where the rows lie: what says so itself is never sent to the servers of a table
    that is spread. So a column that always has a value is asked to be empty, not that by which the table is spread.
    """
    column = [each.name for each in metadata.tables[table].columns if not each.nullable][-1]
    return [
        f"UPDATE {table} SET {column} = {column} WHERE {column} IS NULL",  # noqa: S608 - our own name
        f"DELETE FROM {table} WHERE {column} IS NULL",  # noqa: S608 - our own name
    ]


async def _refused(engines: Engines, statement: str) -> bool:
    async with engines.writer.connect() as connection, connection.begin() as begun:
        try:
            await connection.execute(text(statement))
        except DBAPIError as error:
            return any(sign in str(error.orig) for sign in ("I6", "permission denied"))
        finally:
            await begun.rollback()
    return False
