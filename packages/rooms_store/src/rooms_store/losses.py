"""What a downgrade takes away: read from the migrations themselves, without running them."""

from __future__ import annotations

import re
from io import StringIO
from pathlib import Path
from typing import Final

from alembic.config import Config
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.script.revision import RevisionError
from alembic.util import CommandError
from sqlalchemy import inspect, text

import rooms_store.migrations
from rooms_store.engine import Engines
from rooms_store.migrations import NOTHING

_DROPPED: Final = re.compile(
    r"DROP TABLE (?:IF EXISTS )?\"?(\w+)|ALTER TABLE \"?(\w+)\"? DROP COLUMN (?:IF EXISTS )?\"?(\w+)",
    re.IGNORECASE,
)


class NoSuchRevision(ValueError):
    """It is not known, or not older than the database's own."""


def revisions() -> list[str]:
    """All revisions, oldest first."""
    return [script.revision for script in _scripts().walk_revisions()][::-1]


def dropped(was: str, to: str, dialect: str) -> list[str]:
    """The tables, and columns as `table.column`, that a downgrade drops. Raises NoSuchRevision."""
    scripts = _scripts()
    try:
        back = list(scripts.iterate_revisions(was, to))
    except (RevisionError, CommandError) as error:
        raise NoSuchRevision(to) from error
    if not back or (to != NOTHING and to not in revisions()):
        raise NoSuchRevision(to)
    written = StringIO()
    context = MigrationContext.configure(
        dialect_name=dialect, opts={"as_sql": True, "output_buffer": written}
    )
    with Operations.context(context):
        for script in back:
            script.module.downgrade()
    found = _DROPPED.findall(written.getvalue())
    return [table or f"{altered}.{column}" for table, altered, column in found]


def _scripts() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(Path(rooms_store.migrations.__file__).parent))
    return ScriptDirectory.from_config(config)


async def rows_lost(engines: Engines, was: str, to: str) -> dict[str, int]:
    """How many rows each dropped table holds, and in how many a dropped column has a value. Raises NoSuchRevision.

    A table that is made on the way back and dropped further on holds nothing.
    """
    counts: dict[str, int] = {}
    async with engines.readers.connect() as connection:
        there = set(await connection.run_sync(lambda sync: inspect(sync).get_table_names()))
        for name in dropped(was, to, connection.dialect.name):
            table, _, column = name.partition(".")
            if table not in there:
                continue
            counted = f'count("{column}")' if column else "count(*)"
            rows = await connection.execute(text(f'SELECT {counted} FROM "{table}"'))  # noqa: S608 - our own name
            counts[name] = int(rows.scalar_one())
    return counts
