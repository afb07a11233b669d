"""Several tables written at once: by one statement where the database can, else by one for each table."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, TypeAlias

from sqlalchemy.ext.asyncio import AsyncConnection

from rooms_core.domain.invariants import ensure
from rooms_store.dialect import Writes, array_of, rows_of, write_rows, write_together

Columns: TypeAlias = Sequence[Sequence[Any]]
"""Rows, column by column."""


async def write_at_once(
    connection: AsyncConnection, writes: tuple[Writes, ...], given: Sequence[Columns]
) -> None:
    """Write rows into several tables. Raises InvariantBroken if a row to which something is added is not there (I2)."""
    if connection.dialect.name == "sqlite":
        written = [
            (await connection.exec_driver_sql(_rows(each), rows_of(each, columns))).rowcount
            for each, columns in zip(writes, given, strict=True)
        ]
    else:
        arrays = tuple(
            array_of(values, each.table.c[name].type)
            for each, columns in zip(writes, given, strict=True)
            for name, values in zip((*each.keys, *each.columns), columns, strict=True)
        )
        written = list((await connection.exec_driver_sql(_together(writes), arrays)).one())
    for each, columns, count in zip(writes, given, written, strict=True):
        ensure(
            count == len(columns[0]),
            "I2",
            f"{count} of {len(columns[0])} rows of {each.table.name} were written",
        )


_rows = cache(write_rows)
_together = cache(write_together)
