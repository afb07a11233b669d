"""Statistics: which ended rooms are counted, scores of users and the house; and rooms that have not ended."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STRICT: dict[str, Any] = {"sqlite_strict": True}
CLUSTERED: dict[str, Any] = {"sqlite_strict": True, "sqlite_with_rowid": False}

SUMS = (
    "rooms",
    "hits",
    "voided",
    "volume",
    "profit",
    "hosted",
    "hosted_voided",
    "host_volume",
    "host_earned",
)
HOUSE_SUMS = (
    "settled",
    "voided",
    "hosted",
    "players",
    "hits",
    "volume",
    "paid",
    "host",
    "commissions",
    "protocol",
    "breakage",
    "subsidy",
)
BOARDS = (
    ("profit", "profit", "rooms > 0"),
    ("volume", "volume", "rooms > 0"),
    ("hits", "hit_bps", "rooms >= 10"),
    ("hosts", "host_volume", "hosted > 0"),
)
LISTS = (
    ("ix_room_unended", ["id"], "status < 5"),
    ("ix_room_ending", ["settle_at_ms", "id"], "status < 5"),
    ("ix_room_held", ["id"], "hold IS NOT NULL"),
)


def upgrade() -> None:
    """Make the tables and indexes; every room that has ended waits to be counted."""
    op.create_table(
        "room_count",
        key("room_id"),
        must("ended_at_ms"),
        sa.Column("counted_at_ms", BIG, nullable=True),
        sa.PrimaryKeyConstraint("room_id", name="pk_room_count"),
        **CLUSTERED,
    )
    partial("ix_room_count_waiting", "room_count", ["ended_at_ms", "room_id"], "counted_at_ms IS NULL")
    op.create_table(
        "score",
        key("user_id"),
        key("day"),
        *map(must, SUMS),
        must("hit_bps"),
        sa.PrimaryKeyConstraint("user_id", "day", name="pk_score"),
        sa.CheckConstraint("hits >= 0 AND hits <= rooms AND volume >= 0", name="I2_score"),
        **STRICT,
    )
    for name, column, where in BOARDS:
        partial(f"ix_score_{name}", "score", ["day", sa.text(f"{column} DESC"), "user_id"], where)
    op.create_table(
        "house_score",
        key("day"),
        *map(must, HOUSE_SUMS),
        sa.PrimaryKeyConstraint("day", name="pk_house_score"),
        **CLUSTERED,
    )
    for name, columns, where in LISTS:
        partial(name, "room", columns, where)
    op.execute("INSERT INTO room_count SELECT room_id, at_ms, NULL FROM settlement WHERE true")


def downgrade() -> None:
    """Take all of it away; it can be made from the books again."""
    for name, _, _ in LISTS:
        op.drop_index(name, table_name="room")
    for table in ("house_score", "score", "room_count"):
        op.drop_table(table)


def partial(name: str, table: str, columns: list[Any], where: str) -> None:
    """An index over the rows that fulfil a condition."""
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def key(name: str) -> sa.Column[Any]:
    """A part of a primary key, made by the application."""
    return sa.Column(name, BIG, nullable=False, autoincrement=False)


def must(name: str) -> sa.Column[Any]:
    """A column that always has a value."""
    return sa.Column(name, BIG, nullable=False)
