"""How the tables are spread over several servers."""

from __future__ import annotations

import pytest
from sqlalchemy import UniqueConstraint

from rooms_store.distribution import (
    COPIED,
    KEPT,
    LOCAL,
    SPREAD,
    Laid,
    distribute_statements,
    layout_differences,
)
from rooms_store.guards import APPEND_ONLY
from rooms_store.tables import metadata

SHEET = {
    "account": ("id", "A"),
    "posting": ("source", "A"),
    "outbox": ("bucket", "outbox"),
    "room": ("id", "B"),
    "bet": ("room_id", "B"),
    "pool": ("room_id", "B"),
    "settlement": ("room_id", "B"),
    "entry": ("key", "entry"),
}
"""The table of the reference: by which column, and in which group."""


def group_of(table: str) -> str:
    """The table that a table's shards lie with, itself included."""
    return SPREAD[table].beside or table


def test_the_layout_is_that_of_the_reference() -> None:
    """Each table by its column; two tables lie together exactly when the reference says so."""
    assert {table: column for table, (column, _) in SHEET.items()} == {
        table: SPREAD[table].column for table in SHEET
    }
    for one, (_, group) in SHEET.items():
        for other, (_, another) in SHEET.items():
            assert (group == another) == (group_of(one) == group_of(other))
    assert "market" in COPIED


def test_every_table_has_its_place() -> None:
    """A table that is added to the books is added to the layout, or nobody can spread them."""
    assert set(metadata.tables) == {*SPREAD, *COPIED, *LOCAL, *KEPT}
    assert len(metadata.tables) == len(SPREAD) + len(COPIED) + len(LOCAL) + len(KEPT)


@pytest.mark.parametrize("table", SPREAD)
def test_every_unique_key_contains_the_column_its_table_is_spread_by(table: str) -> None:
    """One server alone has to see that a key is taken."""
    keys = [[*metadata.tables[table].primary_key.columns.keys()]]
    unique = [each for each in metadata.tables[table].constraints if isinstance(each, UniqueConstraint)]
    keys += [[*constraint.columns.keys()] for constraint in unique]
    keys += [[*index.columns.keys()] for index in metadata.tables[table].indexes if index.unique]

    assert all(SPREAD[table].column in key for key in keys), keys


def test_foreign_keys_stay_among_what_lies_together() -> None:
    """A key may point to the same shards, or from one unspread table to another; never across, and never ahead."""
    order = [*SPREAD, *COPIED, *LOCAL, *KEPT]
    for table in metadata.sorted_tables:
        for foreign in table.foreign_keys:
            target = foreign.column.table.name
            assert order.index(target) < order.index(table.name)
            if table.name in SPREAD or target in SPREAD:
                assert group_of(table.name) == group_of(target)
                assert foreign.parent.name == SPREAD[table.name].column


def test_the_statements_are_these() -> None:
    """Triggers are allowed first; each call is passed over where the table is spread already."""
    statements = distribute_statements(shards=16)

    assert ["SET LOCAL citus.enable_unsafe_triggers TO on"] == [
        each for each in statements if "unsafe_triggers" in each
    ]
    assert statements[0].startswith("SET LOCAL")
    assert (
        "SELECT create_distributed_table('account', 'id', shard_count => 16, colocate_with => 'none') WHERE NOT EXISTS "
        "(SELECT FROM pg_dist_partition WHERE logicalrelid = 'account'::regclass)"
    ) in statements
    assert any(
        each.startswith("SELECT create_distributed_table('bet', 'room_id', colocate_with => 'room') WHERE")
        for each in statements
    )
    assert any(each.startswith("SELECT create_reference_table('market') WHERE") for each in statements)
    assert len(LOCAL) == len(
        [each for each in statements if each.endswith("pg_dist_node WHERE groupid = 0)")]
    )
    assert 2 + len(metadata.tables) - len(KEPT) == len(statements)


def laid_out() -> dict[str, Laid]:
    """The layout as Citus tells it when all is well."""
    groups = {table: number for number, table in enumerate(SPREAD)}
    found = {
        table: Laid(kind="distributed", column=spread.column, group=groups[group_of(table)])
        for table, spread in SPREAD.items()
    }
    found |= {table: Laid(kind="reference", column=None, group=90) for table in COPIED}
    return found | {table: Laid(kind="local", column=None, group=0) for table in LOCAL}


@pytest.mark.parametrize(
    "table, lies, difference",
    [
        ("bet", None, "bet is not spread"),
        ("bet", Laid(kind="reference", column=None, group=90), "bet is not spread"),
        ("bet", Laid(kind="distributed", column="id", group=3), "bet is spread by id, not by room_id"),
        ("posting", Laid(kind="distributed", column="source", group=77), "posting does not lie with account"),
        ("market", Laid(kind="local", column=None, group=0), "market is not on every server"),
        ("lease", None, "lease is not known to the other servers"),
        (
            "decision",
            Laid(kind="local", column=None, group=0),
            "decision has to be left as it is, or its guard is gone",
        ),
    ],
)
def test_what_lies_wrong_is_named(table: str, lies: Laid | None, difference: str) -> None:
    """Each difference in a sentence; a layout that is right has none."""
    found = laid_out()
    assert [] == list(layout_differences(found))

    if lies is None:
        del found[table]
    else:
        found[table] = lies
    assert [difference] == list(layout_differences(found))


def test_what_stays_on_a_coordinator_that_nobody_knows_needs_no_telling() -> None:
    """Without the coordinator in the cluster's list its tables are known to it alone, which is enough."""
    found = {table: laid for table, laid in laid_out().items() if laid.kind != "local"}

    assert [] == list(layout_differences(found, coordinator=False))
    assert len(LOCAL) == len(list(layout_differences(found)))


def test_no_guarded_table_is_made_known_to_the_others() -> None:
    """What Citus would take the guard off is spread, where it leaves it, or kept."""
    assert not {*COPIED, *LOCAL} & set(APPEND_ONLY)
