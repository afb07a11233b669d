"""Whether the roles of `rooms_store.roles` can do what they should on this server, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from rooms_store.bot_guards import Guard
from rooms_store.findings import Finding, judged
from rooms_store.roles import ROLES, guards, rights
from rooms_store.tables import metadata

_HELD: Final = text(
    "SELECT r.role, t.tab, "
    "has_table_privilege(r.role, t.oid, 'SELECT') AS reads, has_table_privilege(r.role, t.oid, 'INSERT') AS adds, "
    "has_table_privilege(r.role, t.oid, 'UPDATE') AS changes, "
    "has_table_privilege(r.role, t.oid, 'DELETE, TRUNCATE, TRIGGER, REFERENCES') AS harms, "
    "pg_has_role(r.role, t.owner, 'MEMBER') AS owns, "
    "array(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attnum > 0 "
    "AND NOT a.attisdropped AND has_column_privilege(r.role, t.oid, a.attnum, 'UPDATE')) AS columns "
    "FROM (SELECT rolname::text AS role FROM pg_roles WHERE rolname = ANY(string_to_array(:roles, ','))) r, "
    "(SELECT c.oid, c.relname::text AS tab, c.relowner AS owner FROM pg_class c "
    "WHERE c.oid = ANY(SELECT to_regclass(quote_ident(n)) FROM unnest(string_to_array(:tables, ',')) n)) t "
    "ORDER BY r.role, t.tab"
)
"""What each of the roles may do with each of the tables."""
_BEFORE_EACH_ROW: Final = 1 + 2 + 4 + 16
"""`pg_trigger.tgtype` of a trigger before each row that is added or changed."""
_GUARDS: Final = text(
    "SELECT n.nspname::text AS schema, c.relname::text AS tab, t.tgname::text AS name, p.prosrc AS body "
    "FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace "
    "JOIN pg_proc p ON p.oid = t.tgfoid WHERE NOT t.tgisinternal AND pg_table_is_visible(c.oid) "
    "AND t.tgenabled = 'A' AND t.tgtype = :type AND t.tgqual IS NULL AND t.tgattr = ''::int2vector "
    "AND NOT p.prosecdef AND p.proconfig IS NULL"
)
"""The triggers that see every row, on whatever connection and with the rights of whoever writes it."""


async def role_findings(connection: AsyncConnection) -> list[Finding]:
    """One finding; books whose owner does everything are only told so."""
    asked = {"roles": ",".join(ROLES), "tables": ",".join(sorted(metadata.tables))}
    rows = (await connection.execute(_HELD, asked)).fetchall()
    there = {row.role for row in rows}
    if not any(
        row.reads or row.adds or row.columns for row in rows
    ):  # the roles may be those of another database
        return [Finding(name="roles", ok=True, found="none; `rooms db grant` makes them")]
    wrong = [f"no role {role}" for role in ROLES if role not in there]
    return [
        judged(
            "roles",
            [*wrong, *_differences(rows), *await _unguarded(connection)],
            well=f"{', '.join(ROLES)} can do their work and nothing else",
            advice="Write their rights again: `rooms db grant`, as the owner of the tables.",
        )
    ]


def _differences(rows: Sequence[Row[Any]]) -> Iterator[str]:
    wanted = {(role, right.table): right for role in ROLES for right in rights(role)}
    for row in rows:
        right = wanted[row.role, row.tab]
        if row.owns:
            yield f"{row.role} owns {row.tab}"
        elif row.harms or row.changes:
            yield f"{row.role} can rewrite {row.tab}"
        elif not row.reads:
            yield f"{row.role} cannot read {row.tab}"
        elif row.adds != right.insert:
            yield f"{row.role} {'can' if row.adds else 'cannot'} add to {row.tab}"
        elif set(row.columns) != set(right.columns):
            odd = sorted(set(row.columns) ^ set(right.columns))
            yield f"{row.role} and {row.tab}.{', '.join(odd)}"


async def _unguarded(connection: AsyncConnection) -> list[str]:
    """The guards that are missing, turned off, or not as this version writes them."""
    rows = (await connection.execute(_GUARDS, {"type": _BEFORE_EACH_ROW})).fetchall()
    standing = {guard.name for row in rows for guard in guards(row.schema) if _is(guard, row)}
    return [f"{each.name} does not guard {each.table}" for each in guards() if each.name not in standing]


def _is(guard: Guard, row: Row[Any]) -> bool:
    return (guard.name, guard.table, guard.body) == (row.name, row.tab, row.body)
