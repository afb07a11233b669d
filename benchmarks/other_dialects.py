"""What CockroachDB's SQLAlchemy dialect makes of our tables, beside what PostgreSQL's makes.

    pip install --no-deps sqlalchemy-cockroachdb && python benchmarks/other_dialects.py

Without its dependencies, because it asks for an older SQLAlchemy than the store does. Prints JSON; the exit status is
1 if a statement differs. YugabyteDB uses PostgreSQL's dialect as it is.
"""

from __future__ import annotations

import json
import sys

from sqlalchemy import Dialect
from sqlalchemy.dialects import registry
from sqlalchemy.schema import CreateIndex, CreateTable, ExecutableDDLElement

from rooms_store.guards import SCHEMA

DIALECTS = {"postgresql": "postgresql.asyncpg", "cockroachdb": "cockroachdb.asyncpg"}


def drawn(dialect: Dialect) -> dict[str, str]:
    """The statements that make each table and each index, by name."""
    made: dict[str, ExecutableDDLElement] = {
        str(each.name): CreateTable(each) for each in SCHEMA.sorted_tables
    }
    made |= {str(each.name): CreateIndex(each) for table in SCHEMA.sorted_tables for each in table.indexes}
    return {name: str(statement.compile(dialect=dialect)) for name, statement in made.items()}


def main() -> int:
    """Compile everything by both, and tell what differs."""
    ours, theirs = (drawn(registry.load(name)()) for name in DIALECTS.values())
    differs = {name: [ours[name], theirs[name]] for name in ours if ours[name] != theirs[name]}
    serial = [name for name, statement in ours.items() if "SERIAL" in statement or "IDENTITY" in statement]
    print(json.dumps({"statements": len(ours), "differ": differs, "with_sequences": serial}, indent=2))
    return 1 if differs or serial else 0


if __name__ == "__main__":
    sys.exit(main())
