"""The history of the tables, packaged with them: `upgrade` brings a database to the newest, `downgrade` back.

Each run is one unit of work: a database is at the one state or the other, never between.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import NullPool

from rooms_store.engine import WAIT_SECONDS, prepare, sqlite_path, sqlite_url

NEWEST = "head"
NOTHING = "base"


def upgrade(place: str | Path, to: str = NEWEST) -> None:
    """Bring the tables of a database (a path or a URL) to a revision. The file is made where there is none."""
    with _connected(place) as connection:
        command.upgrade(_config(connection), to)


def downgrade(place: str | Path, to: str) -> None:
    """Take the tables of a database back to a revision; `NOTHING` takes all of them away, with what is in them."""
    with _connected(place) as connection:
        command.downgrade(_config(connection), to)


def current(place: str | Path) -> str | None:
    """The revision of a database, or None if it has no tables yet."""
    with _connected(place) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest() -> str | None:
    """The revision that `upgrade` brings a database to."""
    return ScriptDirectory.from_config(_config()).get_current_head()


@contextmanager
def _connected(place: str | Path) -> Iterator[Connection]:
    """A connection in a unit of work, which no other process can enter meanwhile."""
    url = sqlite_url(sqlite_path(place), driver="pysqlite")
    engine = create_engine(
        url, poolclass=NullPool, connect_args={"isolation_level": None, "timeout": WAIT_SECONDS}
    )
    prepare(engine, begin="BEGIN IMMEDIATE")
    with engine.begin() as connection:
        yield connection


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    return config
