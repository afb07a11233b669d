"""Listed instruments: every revision of every row that says which feed knows an instrument by which symbol."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SMALL = sa.SmallInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text()


def upgrade() -> None:
    """Make the table, and the guard that keeps it append-only (I6)."""
    op.create_table(
        "instrument",
        sa.Column("name", TEXT, nullable=False, autoincrement=False),
        sa.Column("number", BIG, nullable=False, autoincrement=False),
        sa.Column("listing", TEXT, nullable=False),
        sa.Column("listed_by", TEXT, nullable=False),
        sa.Column("at_ms", BIG, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("unprobed", SMALL, nullable=False),
        sa.PrimaryKeyConstraint("name", "number", name="pk_instrument"),
        sa.CheckConstraint("number > 0", name="I6_revision"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER instrument_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON instrument "
            "FOR EACH STATEMENT EXECUTE FUNCTION rooms_append_only()"
        )
        op.execute("ALTER TABLE instrument ENABLE ALWAYS TRIGGER instrument_append_only")
    else:
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER instrument_no_{verb.lower()} BEFORE {verb} ON instrument "
                "BEGIN SELECT RAISE(ABORT, 'I6: instrument is append-only'); END"
            )


def downgrade() -> None:
    """What was listed is lost; what is built in stays."""
    op.drop_table("instrument")
