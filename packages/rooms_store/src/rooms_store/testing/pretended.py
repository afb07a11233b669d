"""A plain PostgreSQL that looks like the coordinator of a Citus cluster: its catalogue says that the tables are spread.

Nothing is spread. It is there so that what the store does on such a cluster is run, statement by statement, where no
cluster is; what a real one would refuse is judged by the rules in the contract tests.
"""

from __future__ import annotations

from collections.abc import Iterator

from rooms_store.distribution import COPIED, LOCAL, SPREAD


def pretending_statements() -> Iterator[str]:
    """The statements that give a database with our tables such a catalogue; for a superuser, in one unit of work."""
    yield "SET LOCAL allow_system_table_mods = on"
    yield (
        "INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion) "
        "SELECT 7007, 'citus', 10, 'pg_catalog'::regnamespace, false, '0'"
    )
    yield "CREATE TABLE pg_catalog.pg_dist_node (groupid int)"
    yield "INSERT INTO pg_dist_node VALUES (0)"
    yield (
        "CREATE TABLE pg_catalog.pg_dist_partition "
        '(logicalrelid regclass, partmethod "char", partkey text, colocationid int, repmodel "char")'
    )
    yield (
        "CREATE FUNCTION pg_catalog.column_to_column_name(regclass, text) RETURNS text LANGUAGE sql STRICT "
        "AS $$ SELECT $2 $$"
    )
    groups = {table: number for number, table in enumerate(SPREAD, start=1)}
    rows = [
        f"('{table}', 'h', '{spread.column}', {groups[spread.beside or table]}, 's')"
        for table, spread in SPREAD.items()
    ]
    rows += [f"('{table}', 'n', NULL, 99, 't')" for table in COPIED]
    rows += [f"('{table}', 'n', NULL, 0, 's')" for table in LOCAL]
    yield f"INSERT INTO pg_dist_partition VALUES {', '.join(rows)}"  # noqa: S608 - our own names
    yield "GRANT SELECT ON pg_catalog.pg_dist_node, pg_catalog.pg_dist_partition TO PUBLIC"
