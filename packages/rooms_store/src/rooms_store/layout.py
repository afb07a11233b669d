"""How the tables of a database lie: on one server, or spread over several by Citus. Found out, never configured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from rooms_store.distribution import LAYOUT, SPREAD, Laid
from rooms_store.engine import Engines

_EXTENSION: Final = text("SELECT count(*) FROM pg_extension WHERE extname = 'citus'")
_LAYOUT: Final = text(LAYOUT)
_COORDINATOR: Final = text("SELECT count(*) FROM pg_dist_node WHERE groupid = 0")


async def layout_of(connection: AsyncConnection) -> Mapping[str, Laid] | None:
    """Every table that Citus knows, by name; None where the books lie on one server that has no Citus."""
    if connection.dialect.name == "sqlite" or not (await connection.execute(_EXTENSION)).scalar_one():
        return None
    return {
        row.table_name: Laid(kind=row.kind, column=row.distribution_column, group=row.colocation_id)
        for row in await connection.execute(_LAYOUT)
    }


async def coordinator_is_known(connection: AsyncConnection) -> bool:
    """Whether the other servers know the coordinator; only then can tables that stay on it be told to them."""
    return bool((await connection.execute(_COORDINATOR)).scalar_one())


async def are_spread(engines: Engines) -> bool:
    """Whether a statement may meet rows on several servers: Citus is there, and at least one table is cut up."""
    if engines.writer.dialect.name == "sqlite":
        return False
    async with engines.writer.connect() as connection:
        found = await layout_of(connection) or {}
    return any(table in SPREAD and laid.kind == "distributed" for table, laid in found.items())
