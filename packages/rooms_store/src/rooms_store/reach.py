"""Asking a PostgreSQL server, before anything else, whether the books can be reached; and in words why not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit

import asyncpg

from rooms_store.primary import plain
from rooms_store.url_secrets import without_secrets

WAIT_SECONDS: Final = 10
"""How long a server may take to answer."""
_REVISION: Final = "SELECT to_regclass('alembic_version') IS NOT NULL"


@dataclass(frozen=True, slots=True)
class Reached:
    """The database is there. `tables`: whether it has ever been upgraded."""

    tables: bool


@dataclass(frozen=True, slots=True)
class Unreachable:
    """It is not, with a sentence what happened and one what to do; neither holds a password."""

    what: str
    hint: str


async def reach(url: str) -> Reached | Unreachable:
    """Connect once and look for tables. Nothing is changed."""

    async def look(connection: asyncpg.Connection) -> Reached:
        return Reached(tables=bool(await connection.fetchval(_REVISION)))

    return await _connected(url, look)


async def _connected(
    url: str, look: Callable[[asyncpg.Connection], Awaitable[Reached]]
) -> Reached | Unreachable:
    parts = urlsplit(without_secrets(url))
    user, _, where = parts.netloc.rpartition("@")
    where, database = where or "this machine", unquote(parts.path.lstrip("/"))
    if "@" in parts.path:  # a password with a stroke in it looks like this: say nothing of the address
        user, where, database = "", "that address", "the database"
    try:
        connection = await asyncpg.connect(plain(url), timeout=WAIT_SECONDS)
        try:
            return await look(connection)
        finally:
            await connection.close()
    except asyncpg.InvalidAuthorizationSpecificationError:
        return Unreachable(
            f"The server at {where} does not let {user or 'you'} in.",
            "Look at the name and the password in the URL, and at the server's pg_hba.conf.",
        )
    except asyncpg.InvalidCatalogNameError:
        return Unreachable(
            f"There is no database {database} at {where}.",
            f"Make it with `createdb {database}`, then run `rooms db upgrade`.",
        )
    except asyncpg.InsufficientPrivilegeError as error:
        return Unreachable(
            f"{user or 'You'} may not use {database}: {error}.",
            "The owner of the tables gives rights: `rooms db grant`.",
        )
    except (asyncpg.CannotConnectNowError, asyncpg.TooManyConnectionsError) as error:
        return Unreachable(
            f"The server at {where} takes nobody now: {error}.", "Please try again in a moment."
        )
    except TimeoutError:
        return Unreachable(
            f"The server at {where} did not answer within {WAIT_SECONDS} seconds.",
            "Is the address right, and is a firewall between?",
        )
    except OSError as error:
        refused = isinstance(error, ConnectionRefusedError)
        why = "connection refused" if refused else (error.strerror or str(error)).lower()
        return Unreachable(
            f"Nobody answers at {where}: {why}.",
            "Is the server running, and are host and port right?",
        )
    except asyncpg.PostgresError as error:
        return Unreachable(f"The database at {where} cannot be used: {error}.", "Look at the server's log.")
    except (asyncpg.InterfaceError, ValueError):  # its message repeats the URL
        return Unreachable(
            "This URL of a database cannot be read.",
            "It reads postgresql://user:password@host:5432/database; signs in a password are written as %40, %2F, %3A.",
        )
