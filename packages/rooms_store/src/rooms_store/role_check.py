"""Whether the roles of `rooms_store.roles` can do what they should on this server, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from rooms_store.findings import Finding, judged
from rooms_store.roles import ROLES, rights
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
            [*wrong, *_differences(rows)],
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
