"""Everything `rooms db check` looks at, in one place."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncConnection

from rooms_core.ports.clock import Clock
from rooms_store.distribution import layout_differences
from rooms_store.engine import Engines, is_server, open_engines, open_servers, sqlite_path
from rooms_store.findings import Finding, judged
from rooms_store.guard_check import guard_findings
from rooms_store.guards import SCHEMA
from rooms_store.layout import coordinator_is_known, layout_of
from rooms_store.probe import rewrites_refused
from rooms_store.role_check import role_findings
from rooms_store.schema_check import schema_findings
from rooms_store.server_check import postgres_findings, sqlite_findings


def engines_at(place: str) -> Engines:
    """Engines on a file or on servers, as an operator names them; whoever asks closes them."""
    return open_servers(place) if is_server(place) else open_engines(sqlite_path(place))


async def check_books(engines: Engines, clock: Clock) -> list[Finding]:
    """All findings about one database, the tables first. Nothing is changed by looking."""
    async with engines.readers.connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        findings = await connection.run_sync(schema_findings, SCHEMA)
        upgraded, whole = len(findings) > 1, findings[-1].ok
        if upgraded:
            findings += await guard_findings(connection)
        if sqlite:
            findings += await sqlite_findings(connection)
        else:
            findings += await postgres_findings(connection, clock)
            findings += await role_findings(connection) if upgraded else []
            findings += await _layout(connection) if upgraded else []
    if upgraded and whole:  # else a table that is tried may not be there
        findings.insert(3, _tried(await rewrites_refused(engines)))
    return findings


def _tried(refused: Mapping[str, bool]) -> Finding:
    return judged(
        "append-only",
        [f"{table} can be rewritten" for table, refuses in refused.items() if not refuses],
        well=f"tried on {len(refused)} tables with rows: refused",
        advice="Stop: what was written can be changed. Restore a backup into a new database.",
    )


async def _layout(connection: AsyncConnection) -> list[Finding]:
    """How the tables are spread; nothing where the books lie on one server."""
    found = await layout_of(connection)
    if found is None:
        return []
    return [
        judged(
            "layout",
            layout_differences(found, coordinator=await coordinator_is_known(connection)),
            well="each table lies where it should",
            advice="Spread them: `rooms db distribute`.",
        )
    ]
