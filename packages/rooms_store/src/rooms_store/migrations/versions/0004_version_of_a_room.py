"""Rooms have a version, as accounts do: where tables are spread, many rows are locked by counting it up."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Every room begins at 0."""
    op.add_column("room", sa.Column("version", BIG, nullable=False, server_default="0"))


def downgrade() -> None:
    """Nothing is lost: the number says nothing by itself."""
    op.drop_column("room", "version")
