"""A real PostgreSQL for tests: made and started in about a second, on a fresh machine, also by root.

with PostgresServer() as server:
    dsn = server.fresh_database()

`python -m rooms_store.testing.postgres` serves an empty database for trying out, until Ctrl-C.
"""

from __future__ import annotations

import itertools
import signal
import sys
from contextlib import suppress
from types import TracebackType
from typing import Self

from rooms_store.testing.binaries import run
from rooms_store.testing.server_process import HOST, USER, ServerProcess

_NUMBERS = itertools.count(1)


class PostgresServer(ServerProcess):
    """A server with its databases."""

    def dsn(self, database: str = "postgres", *, driver: str = "") -> str:
        """`postgresql://user:password@127.0.0.1:port/database`; `driver="asyncpg"` names SQLAlchemy's."""
        scheme = f"postgresql+{driver}" if driver else "postgresql"
        return f"{scheme}://{USER}:{self.password}@{HOST}:{self.port}/{database}"

    def sql(self, statement: str, database: str = "postgres") -> str:
        """What psql prints for a statement, fields parted by "|". Raises NoServer with the server's complaint."""
        return run(
            self.programs / "psql",
            *("-h", str(self.folder), "-p", str(self.port), "-U", USER, "-d", database),
            *("-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", statement),
        ).strip()

    def create_database(self, name: str, *, template: str = "template1") -> str:
        """The DSN of a new database, a copy of `template` (to which nobody may be connected)."""
        self.sql(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.dsn(name)

    def fresh_database(self, *, template: str = "template1") -> str:
        """The DSN of a new database with a name of its own."""
        return self.create_database(f"books_{next(_NUMBERS)}", template=template)

    def drop_database(self, name: str) -> None:
        """Drop a database, with the connections to it."""
        self.sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def serve() -> None:
    """Print the URL of an empty database and serve it until Ctrl-C; nothing is left of it then."""
    with PostgresServer() as server, suppress(KeyboardInterrupt):
        sys.stdout.write(f"{server.create_database('books')}\n")
        sys.stdout.flush()
        signal.pause()


if __name__ == "__main__":
    serve()
