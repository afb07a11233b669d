"""The history of the tables, packaged with them: `upgrade` brings a database to the newest, `downgrade` back.

Each run is one unit of work: a database is at the one state or the other, never between.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool

from rooms_store.distribution import settings_for_triggers
from rooms_store.engine import (
    WAIT_SECONDS,
    is_server,
    make_wal,
    open_servers,
    prepare,
    sqlite_path,
    sqlite_url,
)

T = TypeVar("T")

NEWEST = "head"
NOTHING = "base"


def upgrade(place: str | Path, to: str = NEWEST) -> None:
    """Bring the tables of a database (a path or a URL) to a revision. The file is made where there is none."""
    _run(place, lambda connection: command.upgrade(_config(connection), to))


def downgrade(place: str | Path, to: str) -> None:
    """Take the tables of a database back to a revision; `NOTHING` takes all of them away, with what is in them."""
    _run(place, lambda connection: command.downgrade(_config(connection), to))


def current(place: str | Path) -> str | None:
    """The revision of a database, or None if it has no tables yet."""
    return _run(place, lambda connection: MigrationContext.configure(connection).get_current_revision())


def newest() -> str | None:
    """The revision that `upgrade` brings a database to."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def _run(place: str | Path, work: Callable[[Connection], T]) -> T:
    """Run `work` in a unit of work that no other process can enter meanwhile."""
    if is_server(place):
        return asyncio.run(_run_at_server(str(place), work))
    path = sqlite_path(place)
    make_wal(path)
    engine = create_engine(
        sqlite_url(path, driver="pysqlite"),
        poolclass=NullPool,
        connect_args={"isolation_level": None, "timeout": WAIT_SECONDS},
    )
    prepare(engine, begin="BEGIN IMMEDIATE")
    with engine.begin() as connection:
        return work(connection)


async def _run_at_server(url: str, work: Callable[[Connection], T]) -> T:
    engines = open_servers(url)
    try:
        async with engines.writer.begin() as connection:
            await connection.execute(_ONE_AT_A_TIME)
            for setting in settings_for_triggers():
                await connection.execute(text(setting))
            return await connection.run_sync(work)
    finally:
        await engines.close()


_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(7007007)")


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    return config
