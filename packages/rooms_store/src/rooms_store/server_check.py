"""Whether a database keeps what it promises: its version, that a commit is on the disk, its clock, its settings."""

from __future__ import annotations

import sqlite3
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from rooms_core.ports.clock import Clock
from rooms_store.findings import Finding, judged

SKEW_MAX_MS: Final = 2_000
"""How far a server's clock may be from this machine's."""
_OLDEST: Final = 15
_DURABLE: Final = ("on", "remote_apply")
"""With these a commit is on the disk before it is answered, and on that of the synchronous standby."""


async def sqlite_findings(connection: AsyncConnection) -> list[Finding]:
    """The findings about a SQLite file, on a connection set up as the books' own are."""

    async def pragma(name: str) -> list[str]:
        return [str(row[0]) for row in (await connection.exec_driver_sql(f"PRAGMA {name}")).fetchall()]

    wanted = {"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "recursive_triggers": "1"}
    settings = {name: (await pragma(name))[0] for name in wanted}
    wrong = [f"{name} is {value}" for name, value in settings.items() if value != wanted[name]]
    broken = [each for each in await pragma("quick_check") if each != "ok"]
    return [
        Finding(name="SQLite", ok=True, found=sqlite3.sqlite_version),
        judged(
            "settings",
            wrong,
            well="WAL, every commit on the disk, foreign keys, triggers on replaced rows",
            advice="The file system may not know shared memory: move the file to a local disk.",
        ),
        judged(
            "file", broken, well="whole", advice="Stop writing and restore a backup: the file is damaged."
        ),
    ]


async def postgres_findings(connection: AsyncConnection, clock: Clock) -> list[Finding]:
    """The findings about a PostgreSQL server and this connection to it."""

    async def setting(name: str) -> str:
        return str((await connection.execute(text(f"SHOW {name}"))).scalar_one())

    number, version = int(await setting("server_version_num")), await setting("server_version")
    commit, fsync = await setting("synchronous_commit"), await setting("fsync")
    pages, encoding = await setting("full_page_writes"), await setting("server_encoding")
    standbys = await setting("synchronous_standby_names")
    standby = (await connection.execute(text("SELECT pg_is_in_recovery()"))).scalar_one()
    durable = [] if commit in _DURABLE else [f"synchronous_commit is {commit}"]
    durable += [
        f"{name} is {value}"
        for name, value in (("fsync", fsync), ("full_page_writes", pages))
        if value != "on"
    ]
    return [
        judged(
            "PostgreSQL",
            [] if number >= _OLDEST * 10_000 else [version],
            well=version.partition(" ")[0],
            advice=f"The books need {_OLDEST} or newer.",
        ),
        judged(
            "primary",
            ["this server is a standby"] if standby else [],
            well="this server takes writes",
            advice="Name the primary, or all servers of the pair, in the URL.",
        ),
        judged(
            "durability",
            durable,
            well="a commit is on the disk"
            + (f" and on {standbys}" if standbys else "; no synchronous standby"),
            advice="Set them to on: else a crash takes back what was answered.",
        ),
        judged(
            "encoding",
            [] if encoding == "UTF8" else [encoding],
            well=encoding,
            advice="Make the database anew with ENCODING 'UTF8' and restore a backup into it.",
        ),
        await _clock(connection, clock),
    ]


async def _clock(connection: AsyncConnection, clock: Clock) -> Finding:
    """The difference of the clocks, less what asking took."""
    asked_ms = clock.now_ms()
    there = await connection.execute(text("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint"))
    answered_ms = clock.now_ms()
    now_ms = int(there.scalar_one())
    away_ms = max(asked_ms - now_ms, now_ms - answered_ms, 0)
    return judged(
        "clock",
        [f"{away_ms:,} ms from this machine's"] if away_ms > SKEW_MAX_MS else [],
        well=f"{away_ms:,} ms from this machine's",
        advice="Set both machines by NTP: bets are judged by these clocks.",
    )
