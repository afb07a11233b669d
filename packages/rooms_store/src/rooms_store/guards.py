"""Append-only tables: what is written there is never changed or deleted, whoever asks (I6).

SQLite sees a REPLACE as an insert, and fires the trigger on the row it deletes only with `recursive_triggers` on:
every connection of ours sets it (`engine`).
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import DDL, event

from rooms_store import side_tables as side
from rooms_store.score_tables import score
from rooms_store.tables import bet, entry, metadata, posting, settlement

SCHEMA: Final = score.metadata
"""All tables with their guards."""

APPEND_ONLY: Final = tuple(
    table.name
    for table in (
        bet,
        posting,
        entry,
        settlement,
        side.evidence,
        side.instrument,
        side.decision,
        side.solvency,
    )
)


GUARD_FUNCTION: Final = """
CREATE OR REPLACE FUNCTION rooms_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'I6: % is append-only', TG_TABLE_NAME; END $$
"""


def server_guard_statements(table: str) -> list[str]:
    """The trigger of one append-only table, for PostgreSQL; it fires for replicas too, so nobody slips past."""
    return [
        GUARD_FUNCTION,
        (
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION rooms_append_only()"
        ),
        f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_append_only",
    ]


def guard_statements(table: str) -> list[str]:
    """The triggers of one append-only table, for SQLite."""
    return [
        f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, 'I6: {table} is append-only'); END"
        for verb in ("UPDATE", "DELETE")
    ]


def _ddl(statement: str) -> DDL:
    return DDL(statement.replace("%", "%%"))  # type: ignore[no-untyped-call]


for _name in APPEND_ONLY:
    for _statement in guard_statements(_name):
        event.listen(metadata.tables[_name], "after_create", _ddl(_statement).execute_if(dialect="sqlite"))
    for _statement in server_guard_statements(_name):
        event.listen(
            metadata.tables[_name], "after_create", _ddl(_statement).execute_if(dialect="postgresql")
        )
