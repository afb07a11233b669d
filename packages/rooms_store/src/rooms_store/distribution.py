"""How the tables are spread over several servers by Citus: by which column, and which lie together.

A bet touches one account's server and one room's server. Everything about an account lies with the account,
everything about a room with the room; what is small and written rarely stays on one server, or on all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Spread:
    """A table that is cut into shards by a column. `beside`: the table whose shards its own lie with."""

    column: str
    beside: str | None = None


SPREAD: Final[Mapping[str, Spread]] = MappingProxyType(
    {
        "account": Spread("id"),
        "posting": Spread("source", "account"),
        "person": Spread("id", "account"),
        "score": Spread("user_id", "account"),
        "room": Spread("id"),
        "bet": Spread("room_id", "room"),
        "pool": Spread("room_id", "room"),
        "settlement": Spread("room_id", "room"),
        "room_count": Spread("room_id", "room"),
        "outbox": Spread("bucket"),
        "entry": Spread("key"),
        "referral_code": Spread("code"),
        "evidence": Spread("hash"),
    }
)
"""The tables that grow, in an order in which no foreign key points ahead."""
COPIED: Final = ("market", "fence")
"""The tables that every server has whole: few rows, read beside the others."""
LOCAL: Final = ("lease", "house_score")
"""The tables that stay on the coordinator and are known to all."""
KEPT: Final = ("deposit_address", "deposit", "withdrawal", "decision", "attempt", "solvency", "instrument")
"""The tables that stay on the coordinator as they are: custody writes little and from one place, an operator seldom.

To make a table known, Citus takes away the triggers that guard its rows when they guard against TRUNCATE as well, as
those of append-only tables do (decision, solvency, instrument). On tables that are spread it leaves them.
"""
SHARDS: Final = 32
"""How many shards a table is cut into unless more are asked for."""


def settings_for_triggers() -> list[str]:
    """What has to be set, for one unit of work, before tables with triggers are spread or a migration changes them.

    A server without Citus takes it and thinks nothing of it.
    """
    return [
        "SET LOCAL citus.enable_unsafe_triggers TO on",
        "SET LOCAL citus.multi_shard_modify_mode TO 'sequential'",
    ]


def distribute_statements(*, shards: int = SHARDS) -> list[str]:
    """The statements that spread the tables, to be run in one unit of work; a table that is spread is passed over.

    Where the other servers do not know the coordinator, what stays on it needs nothing: only it is ever asked.
    """
    return [
        *settings_for_triggers(),
        *(_once(table, _spread(table, spread, shards)) for table, spread in SPREAD.items()),
        *(_once(table, f"create_reference_table('{table}')") for table in COPIED),
        *(
            _once(table, f"citus_add_local_table_to_metadata('{table}', cascade_via_foreign_keys => true)")
            + " AND EXISTS (SELECT FROM pg_dist_node WHERE groupid = 0)"
            for table in LOCAL
        ),
    ]


def _spread(table: str, spread: Spread, shards: int) -> str:
    where = f"shard_count => {shards}, colocate_with => 'none'"
    if spread.beside is not None:
        where = f"colocate_with => '{spread.beside}'"
    return f"create_distributed_table('{table}', '{spread.column}', {where})"


def _once(table: str, call: str) -> str:
    return (
        f"SELECT {call} "  # noqa: S608 - our own names
        f"WHERE NOT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = '{table}'::regclass)"
    )


LAYOUT: Final = (
    "SELECT c.relname::text AS table_name, CASE WHEN p.partmethod = 'h' THEN 'distributed' "
    "WHEN p.repmodel = 't' THEN 'reference' ELSE 'local' END AS kind, "
    "column_to_column_name(p.logicalrelid, p.partkey) AS distribution_column, p.colocationid AS colocation_id "
    "FROM pg_dist_partition p JOIN pg_class c ON c.oid = p.logicalrelid WHERE pg_table_is_visible(c.oid)"
)
"""How the tables lie. Of Citus's own table and not of its view, which lies where a role's rights may be taken away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Laid:
    """How one table lies: `kind` is "distributed", "reference" or "local"; `group`: what it lies with."""

    kind: str
    column: str | None
    group: int


def layout_differences(found: Mapping[str, Laid], *, coordinator: bool = True) -> Iterator[str]:
    """What is not as it should be, a sentence each. `found`: every table that Citus knows.

    `coordinator`: the other servers know it, so that they know its tables too.
    """
    for table, spread in SPREAD.items():
        lies, beside = found.get(table), found.get(spread.beside or table)
        if lies is None or lies.kind != "distributed":
            yield f"{table} is not spread"
        elif lies.column != spread.column:
            yield f"{table} is spread by {lies.column}, not by {spread.column}"
        elif beside is not None and beside.group != lies.group:
            yield f"{table} does not lie with {spread.beside}"
    for table in COPIED:
        if table not in found or found[table].kind != "reference":
            yield f"{table} is not on every server"
    for table in LOCAL:
        if coordinator and table not in found:
            yield f"{table} is not known to the other servers"
    for table in KEPT:
        if table in found:
            yield f"{table} has to be left as it is, or its guard is gone"
