"""Whether the guards of append-only tables stand: every table, every verb, and on whatever connection."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from rooms_store.findings import Finding, judged
from rooms_store.guards import APPEND_ONLY

_BEFORE, _DELETE, _UPDATE, _TRUNCATE = 2, 8, 16, 32
"""Bits of `pg_trigger.tgtype`."""
_POSTGRES: Final = text(
    "SELECT c.relname::text AS guarded, t.tgtype::int AS type, t.tgenabled::text AS enabled FROM pg_trigger t "
    "JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal AND t.tgattr = ''::int2vector "
    "AND t.tgqual IS NULL AND pg_table_is_visible(c.oid)"
)
_SQLITE: Final = text("SELECT tbl_name AS guarded, sql FROM sqlite_master WHERE type = 'trigger'")
_ADVICE: Final = "Somebody took them off: find out who, and restore a backup into a new database."


async def guard_findings(connection: AsyncConnection) -> list[Finding]:
    """One finding about the triggers themselves; that they refuse is tried by `probe`."""
    sqlite = connection.dialect.name == "sqlite"
    found = await (_sqlite(connection) if sqlite else _postgres(connection))
    wanted = {"UPDATE", "DELETE"} if sqlite else {"UPDATE", "DELETE", "TRUNCATE"}
    return [
        judged(
            "guards",
            _missing(found, wanted),
            well=f"{len(APPEND_ONLY)} append-only tables refuse {', '.join(sorted(wanted))}",
            advice=_ADVICE,
        )
    ]


def _missing(found: Mapping[str, set[str]], wanted: set[str]) -> Iterator[str]:
    for table in APPEND_ONLY:
        for verb in sorted(wanted - found.get(table, set())):
            yield f"{table} takes {verb}"


async def _sqlite(connection: AsyncConnection) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for row in await connection.execute(_SQLITE):
        for verb in ("UPDATE", "DELETE"):
            if f" BEFORE {verb} ON " in row.sql and "RAISE(ABORT" in row.sql and " WHEN " not in row.sql:
                found.setdefault(row.guarded, set()).add(verb)
    return found


async def _postgres(connection: AsyncConnection) -> dict[str, set[str]]:
    """Only those that fire always: a plain one is passed over under `session_replication_role = replica`."""
    found: dict[str, set[str]] = {}
    for row in await connection.execute(_POSTGRES):
        if row.enabled == "A" and row.type & _BEFORE:
            verbs = (("DELETE", _DELETE), ("UPDATE", _UPDATE), ("TRUNCATE", _TRUNCATE))
            found.setdefault(row.guarded, set()).update(verb for verb, bit in verbs if row.type & bit)
    return found
