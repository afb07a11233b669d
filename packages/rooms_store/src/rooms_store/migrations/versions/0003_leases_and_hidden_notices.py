"""Leases and fences; notices that were taken or failed are hidden for a while, and dead ones keep the reason."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SMALL = sa.SmallInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text()
STRICT: dict[str, Any] = {"sqlite_strict": True}
CLUSTERED: dict[str, Any] = {"sqlite_strict": True, "sqlite_with_rowid": False}

INDEXES = {
    "ix_outbox_waiting": (["bucket", "id"], "ended_at_ms IS NULL"),
    "ix_outbox_hidden": (["bucket", "user_id"], "ended_at_ms IS NULL AND hidden_until_ms > 0"),
    "ix_outbox_dead": (["id"], "dead = 1"),
}


def upgrade() -> None:
    """Make the tables; a lease takes the place of the counter of openings."""
    op.create_table(
        "lease",
        sa.Column("role", TEXT, nullable=False, autoincrement=False),
        sa.Column("token", BIG, nullable=False),
        sa.Column("holder", TEXT, nullable=True),
        sa.Column("since_ms", BIG, nullable=False),
        sa.Column("until_ms", BIG, nullable=False),
        sa.PrimaryKeyConstraint("role", name="pk_lease"),
        sa.CheckConstraint("token >= 0", name="I13_token"),
        **CLUSTERED,
    )
    op.create_table(
        "fence",
        sa.Column("worker", SMALL, nullable=False, autoincrement=False),
        sa.Column("at_ms", BIG, nullable=False),
        sa.PrimaryKeyConstraint("worker", name="pk_fence"),
        **CLUSTERED,
    )
    op.add_column("outbox", sa.Column("hidden_until_ms", BIG, nullable=False, server_default="0"))
    op.add_column("outbox", sa.Column("failure", TEXT, nullable=True))
    op.drop_index("ix_outbox_waiting", "outbox")
    for name, (columns, where) in INDEXES.items():
        op.create_index(name, "outbox", columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
    op.drop_table("worker")


def downgrade() -> None:
    """Notices that are hidden become visible; reasons are lost."""
    for name in INDEXES:
        op.drop_index(name, "outbox")
    op.drop_column("outbox", "failure")
    op.drop_column("outbox", "hidden_until_ms")
    where = sa.text("ended_at_ms IS NULL")
    op.create_index("ix_outbox_waiting", "outbox", ["id"], sqlite_where=where, postgresql_where=where)
    op.drop_table("fence")
    op.drop_table("lease")
    op.create_table(
        "worker",
        sa.Column("id", SMALL, nullable=False, autoincrement=False),
        sa.Column("opened", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_worker"),
        **STRICT,
    )
    op.bulk_insert(
        sa.table("worker", sa.column("id", SMALL), sa.column("opened", BIG)), [{"id": 0, "opened": 0}]
    )
