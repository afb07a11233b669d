"""Who may do what on PostgreSQL: one role for each kind of process, none of which owns a table.

The owner makes and changes the tables and nobody else uses him. An engine, a bot, a signer and an auditor have what
they need and no more: what is append-only can be added to and read, of what changes only the columns that change can
be written, and nothing can be deleted. Nothing here knows a password: the operator makes login roles that are
members of these.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from rooms_store.bot_guards import Guard, bot_guards, guard_statements
from rooms_store.guards import APPEND_ONLY
from rooms_store.score_tables import HOUSE_SUMS, SUMS
from rooms_store.tables import metadata

ENGINE: Final = "rooms_engine"
"""Monitors, settles, credits deposits, follows withdrawals, proves: all money but signing."""
BOT: Final = "rooms_bot"
"""Speaks with people: joins them, opens rooms, takes bets and requests, tells. It signs nothing."""
SIGNER: Final = "rooms_signer"
"""Reads withdrawals and their approvals, and keeps the bytes it signed."""
AUDITOR: Final = "rooms_auditor"
"""Reads everything."""
ROLES: Final = (ENGINE, BOT, SIGNER, AUDITOR)

CHANGED: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "account": ("balance", "version", "waiting", "waits_until_ms"),
        "room": ("status", "opened_at_ms", "hold", "resolution", "version"),
        "pool": ("total", "bets"),
        "market": ("state",),
        "outbox": ("tries", "dead", "ended_at_ms", "hidden_until_ms", "failure"),
        "deposit_address": ("cursor", "cursor_slot", "balance"),
        "deposit": ("state", "change", "slot", "credited_at_ms"),
        "withdrawal": ("state", "not_before_ms", "reason", "ended_at_ms"),
        "attempt": ("state", "signature", "wire", "sent_at_ms"),
        "lease": ("token", "holder", "since_ms", "until_ms"),
        "fence": ("at_ms",),
        "room_count": ("counted_at_ms",),
        "score": (*SUMS, "hit_bps"),
        "house_score": HOUSE_SUMS,
    }
)
"""The columns that are ever updated, by table. All others keep what they were given."""
ADDED: Final = (*APPEND_ONLY, "person", "referral_code")
"""Tables whose rows are added and never change."""

_BY_BOT: Final = ("account", "room", "pool", "market", "outbox", "withdrawal", "lease", "fence")
_ADDED_BY_BOT: Final = ("bet", "posting", "entry", "person", "referral_code", "deposit_address")
_BY_SIGNER: Final = ("withdrawal", "attempt", "account", "lease", "fence")
_ADDED_BY_SIGNER: Final = ("attempt", "entry", "posting", "outbox", "lease", "fence")
"""What it refuses to sign it cancels, and a cancelled withdrawal is released in the journal."""
_ONLY_BY_BOT: Final = MappingProxyType({"attempt": ("state",), "deposit_address": ("made_at_ms",)})
"""What it cancels must not be signed any more: a guard lets it end just that (`bot_guards`).

PostgreSQL lets only those lock a row who may update one of its columns: of an address here one that says nothing.
"""
_REVISION: Final = "alembic_version"


@dataclass(frozen=True, slots=True)
class Right:
    """What a role may do with a table. `columns`: those it may update; nobody may delete."""

    table: str
    insert: bool = False
    columns: tuple[str, ...] = ()


def rights(role: str) -> tuple[Right, ...]:
    """The rights of a role, by table; it may read every one of them. Raises KeyError for a role of somebody else."""
    tables = sorted(metadata.tables)
    return {
        ENGINE: tuple(_right(table, added=True, changed=True) for table in tables),
        BOT: tuple(
            replace(right, columns=_ONLY_BY_BOT.get(right.table, right.columns))
            for right in (
                _right(table, added=table in (*_BY_BOT, *_ADDED_BY_BOT), changed=table in _BY_BOT)
                for table in tables
            )
        ),
        SIGNER: tuple(
            _right(table, added=table in _ADDED_BY_SIGNER, changed=table in _BY_SIGNER) for table in tables
        ),
        AUDITOR: tuple(Right(table) for table in tables),
    }[role]


def _right(table: str, *, added: bool, changed: bool) -> Right:
    columns = CHANGED.get(table, ()) if changed else ()
    return Right(table, insert=added, columns=columns)


def grant_statements(schema: str = "public") -> list[str]:
    """The statements that make the roles and their rights, to be run by the owner; running them again is harmless.

    They begin by taking everything away, so that what an older version gave is not left behind: run them in one unit
    of work.
    """
    quoted = quote(schema)
    return [
        *(_make(role) for role in ROLES),
        f"REVOKE ALL ON ALL TABLES IN SCHEMA {quoted} FROM {', '.join(('PUBLIC', *ROLES))}",
        f"REVOKE CREATE ON SCHEMA {quoted} FROM PUBLIC",
        f"GRANT USAGE ON SCHEMA {quoted} TO {', '.join(ROLES)}",
        f"GRANT SELECT ON {quoted}.{quote(_REVISION)} TO {', '.join(ROLES)}",
        *(statement for role in ROLES for statement in _grants(role, quoted)),
        *guard_statements(quoted, guards(schema)),
    ]


def guards(schema: str = "public") -> tuple[Guard, ...]:
    """What stands between a bot and the withdrawals, where its rights cannot look."""
    return bot_guards(quote(schema), bot=BOT, trusted=(ENGINE, SIGNER))


def _make(role: str) -> str:
    return (
        f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') "
        f"THEN CREATE ROLE {role} NOLOGIN; END IF; END $$"
    )


def _grants(role: str, schema: str) -> Iterator[str]:
    held = rights(role)
    yield f"GRANT SELECT ON {_listed(schema, [each.table for each in held])} TO {role}"
    added = [each.table for each in held if each.insert]
    if added:
        yield f"GRANT INSERT ON {_listed(schema, added)} TO {role}"
    for right in held:
        if right.columns:
            columns = ", ".join(map(quote, right.columns))
            yield f"GRANT UPDATE ({columns}) ON {schema}.{quote(right.table)} TO {role}"


def _listed(schema: str, tables: list[str]) -> str:
    return ", ".join(f"{schema}.{quote(table)}" for table in tables)


def quote(name: str) -> str:
    """A name as SQL writes it, whatever is in it."""
    doubled = name.replace('"', '""')
    return f'"{doubled}"'
