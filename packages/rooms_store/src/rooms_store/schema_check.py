"""Whether the tables are what the code thinks they are: revision, tables, columns, keys, checks and indexes.

Alembic compares tables, columns, types, indexes, unique and foreign keys; it does not look at primary keys and
CHECKs, so they are compared here by name. What somebody added beside ours is not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import CheckConstraint, Connection, MetaData, inspect

from rooms_store.findings import Finding, judged
from rooms_store.migrations import newest

_NOT_OURS: Final = frozenset({"remove_table", "remove_index"})
_WORDS: Final = {
    "add_table": "no table",
    "add_column": "no column",
    "remove_column": "unknown column",
    "add_index": "no index",
    "add_constraint": "no constraint",
    "remove_constraint": "unknown constraint",
    "add_fk": "no foreign key",
    "remove_fk": "unknown foreign key",
    "modify_type": "other type of",
    "modify_nullable": "other NULL of",
    "modify_default": "other default of",
}


def schema_findings(connection: Connection, tables: MetaData) -> list[Finding]:
    """The findings about the tables of one database; where there are none, that alone is said."""
    context = MigrationContext.configure(connection)
    revision, wanted = context.get_current_revision(), newest()
    wrong = [] if revision == wanted else [f"{revision or 'no tables'}, the newest is {wanted}"]
    found = judged(
        "revision", wrong, well=f"{revision}, the newest", advice="Bring it up to date: `rooms db upgrade`."
    )
    if revision is None:
        return [found]
    differences = [*_compared(context, tables), *_keys_and_checks(connection, tables)]
    shape = judged(
        "tables",
        differences,
        well=f"{len(tables.tables)} with all columns, keys, checks and indexes",
        advice="Somebody changed them by hand: undo it, or restore a backup into a new database.",
    )
    return [found, shape]


def _compared(context: MigrationContext, tables: MetaData) -> Iterator[str]:
    for difference in compare_metadata(context, tables):
        for what, *about in difference if isinstance(difference, list) else [difference]:
            if what not in _NOT_OURS:
                yield f"{_WORDS.get(what, what)} {_named(what, about)}"


def _named(what: str, about: list[Any]) -> str:
    """The name of what alembic compared: an object with a name, or a schema, a table and a column."""
    if what in ("add_column", "remove_column"):
        _, table, column = about
        return f"{table}.{column.name}"
    if what.startswith("modify_"):
        return f"{about[1]}.{about[2]}"
    return str(about[0].name)


def _keys_and_checks(connection: Connection, tables: MetaData) -> Iterator[str]:
    inspector = inspect(connection)
    there = set(inspector.get_table_names())
    for name, table in tables.tables.items():
        if name not in there:
            continue
        key = inspector.get_pk_constraint(name)["constrained_columns"]
        if key != table.primary_key.columns.keys():
            yield f"other primary key of {name}"
        checks = {check["name"] for check in inspector.get_check_constraints(name)}
        named = {str(each.name) for each in table.constraints if isinstance(each, CheckConstraint)}
        yield from (f"no check {each}" for each in sorted(named - checks))
