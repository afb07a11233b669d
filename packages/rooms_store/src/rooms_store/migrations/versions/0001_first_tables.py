"""The first tables: rooms, bets and the journal; the oracle's records; custody; who the first worker is."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SMALL = sa.SmallInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text()
BYTES = sa.LargeBinary()
STRICT: dict[str, Any] = {"sqlite_strict": True}
CLUSTERED: dict[str, Any] = {"sqlite_strict": True, "sqlite_with_rowid": False}

APPEND_ONLY = ("bet", "posting", "entry", "settlement", "evidence", "decision", "solvency")
ACCOUNT = ("id", "kind", "owner", "balance", "version", "waiting", "waits_until_ms")
HOUSE = tuple((-kind, kind, 0, 0, 0, 0, 0) for kind in (5, 6, 7, 8, 9))
"""Protocol, breakage, subsidy, operating, outside: an account of the house is minus the number of its kind."""

FIGURES = (
    "staked",
    "late_refunds",
    "match_refunds",
    "gross",
    "takeout",
    "host",
    "protocol",
    "commissions",
    "paid",
    "breakage",
    "subsidy",
)


def upgrade() -> None:
    """Make the tables, their guards, the accounts of the house and the counter of workers."""
    create_tables()
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION rooms_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ "
            "BEGIN RAISE EXCEPTION 'I6: % is append-only', TG_TABLE_NAME; END $$"
        )
    for table in APPEND_ONLY:
        guard(table)
    op.bulk_insert(
        sa.table("account", *map(sa.column, ACCOUNT)), [dict(zip(ACCOUNT, row, strict=True)) for row in HOUSE]
    )
    op.bulk_insert(sa.table("worker", sa.column("id"), sa.column("opened")), [{"id": 0, "opened": 0}])


def guard(table: str) -> None:
    """Have the database refuse every change of what is written in this table (I6)."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION rooms_append_only()"
        )
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_append_only")
    else:
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, 'I6: {table} is append-only'); END"
            )


def downgrade() -> None:
    """Take all of it away."""
    for table in TABLES:
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION rooms_append_only()")


def create_tables() -> None:

    op.create_table(
        "account",
        sa.Column("id", BIG, nullable=False, autoincrement=False),
        sa.Column("kind", SMALL, nullable=False),
        sa.Column("owner", BIG, nullable=False),
        sa.Column("balance", BIG, nullable=False),
        sa.Column("version", BIG, nullable=False),
        sa.Column("waiting", BIG, nullable=False),
        sa.Column("waits_until_ms", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_account"),
        sa.CheckConstraint("balance >= 0 OR kind = 9", name="I3_balance"),
        sa.CheckConstraint("waiting >= 0", name="I3_waiting"),
        **STRICT,
        postgresql_with={"fillfactor": 50},
    )
    op.create_table(
        "deposit",
        sa.Column("address", TEXT, nullable=False, autoincrement=False),
        sa.Column("signature", TEXT, nullable=False, autoincrement=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("user_id", BIG, nullable=False),
        sa.Column("slot", BIG, nullable=False),
        sa.Column("change", BIG, nullable=False),
        sa.Column("state", SMALL, nullable=False),
        sa.Column("seen_at_ms", BIG, nullable=False),
        sa.Column("credited_at_ms", BIG, nullable=True),
        sa.PrimaryKeyConstraint("address", "signature", name="pk_deposit"),
        **CLUSTERED,
    )
    op.create_index("ix_deposit_state", "deposit", ["state", "id"], unique=False)
    op.create_index("ix_deposit_user", "deposit", ["user_id", "credited_at_ms"], unique=False)
    op.create_table(
        "deposit_address",
        sa.Column("address", TEXT, nullable=False, autoincrement=False),
        sa.Column("user_id", BIG, nullable=False),
        sa.Column("made_at_ms", BIG, nullable=False),
        sa.Column("cursor", TEXT, nullable=True),
        sa.Column("cursor_slot", BIG, nullable=False),
        sa.Column("balance", BIG, nullable=False),
        sa.PrimaryKeyConstraint("address", name="pk_deposit_address"),
        sa.UniqueConstraint("user_id", name="one_address_for_each_user"),
        sa.CheckConstraint("balance >= 0", name="I3_address"),
        **STRICT,
    )
    op.create_table(
        "entry",
        sa.Column("key", TEXT, nullable=False, autoincrement=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("at_ms", BIG, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_entry"),
        **CLUSTERED,
    )
    op.create_index("ix_entry_id", "entry", ["id"], unique=False)
    op.create_table(
        "evidence",
        sa.Column("hash", TEXT, nullable=False, autoincrement=False),
        sa.Column("id", BIG, nullable=False),
        sa.Column("instrument", TEXT, nullable=False),
        sa.Column("tick_ms", BIG, nullable=False),
        sa.Column("prev", TEXT, nullable=True),
        sa.Column("body", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("hash", name="pk_evidence"),
        **STRICT,
    )
    op.create_index("ix_evidence_last", "evidence", ["instrument", "id"], unique=False)
    op.create_index("ix_evidence_log", "evidence", ["id"], unique=False)
    op.create_table(
        "market",
        sa.Column("instrument", TEXT, nullable=False, autoincrement=False),
        sa.Column("state", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("instrument", name="pk_market"),
        **CLUSTERED,
    )
    op.create_table(
        "outbox",
        sa.Column("bucket", SMALL, nullable=False, autoincrement=False),
        sa.Column("id", BIG, nullable=False, autoincrement=False),
        sa.Column("user_id", BIG, nullable=False),
        sa.Column("kind", SMALL, nullable=False),
        sa.Column("ref", BIG, nullable=False),
        sa.Column("facts", TEXT, nullable=False),
        sa.Column("tries", SMALL, nullable=False),
        sa.Column("dead", SMALL, nullable=False),
        sa.Column("ended_at_ms", BIG, nullable=True),
        sa.PrimaryKeyConstraint("bucket", "id", name="pk_outbox"),
        sa.UniqueConstraint("bucket", "kind", "ref", "user_id", name="I5_notice"),
        **CLUSTERED,
    )
    op.create_index(
        "ix_outbox_waiting",
        "outbox",
        ["id"],
        unique=False,
        sqlite_where=sa.text("ended_at_ms IS NULL"),
        postgresql_where=sa.text("ended_at_ms IS NULL"),
    )
    op.create_table(
        "person",
        sa.Column("id", BIG, nullable=False, autoincrement=False),
        sa.Column("code", TEXT, nullable=False),
        sa.Column("joined_at_ms", BIG, nullable=False),
        sa.Column("ref1", BIG, nullable=True),
        sa.Column("ref2", BIG, nullable=True),
        sa.Column("ref3", BIG, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_person"),
        **STRICT,
    )
    op.create_index("ix_person_ref1", "person", ["ref1"], unique=False)
    op.create_table(
        "referral_code",
        sa.Column("code", TEXT, nullable=False, autoincrement=False),
        sa.Column("person_id", BIG, nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_referral_code"),
        **CLUSTERED,
    )
    op.create_table(
        "room",
        sa.Column("id", BIG, nullable=False, autoincrement=False),
        sa.Column("status", SMALL, nullable=False),
        sa.Column("title", TEXT, nullable=False),
        sa.Column("instrument", TEXT, nullable=False),
        sa.Column("market", TEXT, nullable=False),
        sa.Column("rules", TEXT, nullable=False),
        sa.Column("outcomes", TEXT, nullable=False),
        sa.Column("salt", BYTES, nullable=False),
        sa.Column("host", BIG, nullable=True),
        sa.Column("created_at_ms", BIG, nullable=False),
        sa.Column("opened_at_ms", BIG, nullable=True),
        sa.Column("lock_at_ms", BIG, nullable=False),
        sa.Column("settle_at_ms", BIG, nullable=False),
        sa.Column("thin", TEXT, nullable=True),
        sa.Column("hold", TEXT, nullable=True),
        sa.Column("resolution", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_room"),
        **STRICT,
    )
    op.create_index("ix_room_host", "room", ["host", "id"], unique=False)
    op.create_index("ix_room_instrument", "room", ["instrument", "status"], unique=False)
    op.create_index("ix_room_lock", "room", ["status", "lock_at_ms"], unique=False)
    op.create_index("ix_room_status", "room", ["status", "id"], unique=False)
    op.create_index("ix_room_settle", "room", ["status", "settle_at_ms"], unique=False)
    op.create_table(
        "solvency",
        sa.Column("id", BIG, nullable=False, autoincrement=False),
        sa.Column("at_ms", BIG, nullable=False),
        sa.Column("report", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_solvency"),
        **STRICT,
    )
    op.create_index("ix_solvency_at", "solvency", ["at_ms"], unique=False)
    op.create_table(
        "withdrawal",
        sa.Column("id", BIG, nullable=False, autoincrement=False),
        sa.Column("user_id", BIG, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("amount", BIG, nullable=False),
        sa.Column("destination", TEXT, nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("tier", TEXT, nullable=False),
        sa.Column("outflow", BIG, nullable=False),
        sa.Column("policy_hash", TEXT, nullable=False),
        sa.Column("nonce", TEXT, nullable=False),
        sa.Column("requested_at_ms", BIG, nullable=False),
        sa.Column("not_before_ms", BIG, nullable=False),
        sa.Column("expires_at_ms", BIG, nullable=False),
        sa.Column("state", SMALL, nullable=False),
        sa.Column("reason", TEXT, nullable=True),
        sa.Column("ended_at_ms", BIG, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_withdrawal"),
        sa.UniqueConstraint("user_id", "key", name="I5_withdrawal"),
        sa.CheckConstraint("amount > 0 AND outflow >= 0 AND outflow <= amount", name="I3_withdrawal"),
        **STRICT,
    )
    op.create_index("ix_withdrawal_requested", "withdrawal", ["requested_at_ms"], unique=False)
    op.create_index("ix_withdrawal_state", "withdrawal", ["state", "id"], unique=False)
    op.create_table(
        "worker",
        sa.Column("id", SMALL, nullable=False, autoincrement=False),
        sa.Column("opened", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_worker"),
        **STRICT,
    )
    op.create_table(
        "attempt",
        sa.Column("withdrawal_id", BIG, nullable=False, autoincrement=False),
        sa.Column("number", SMALL, nullable=False, autoincrement=False),
        sa.Column("request", TEXT, nullable=False),
        sa.Column("approvals", TEXT, nullable=False),
        sa.Column("blockhash", TEXT, nullable=False),
        sa.Column("last_valid_height", BIG, nullable=False),
        sa.Column("observed_slot", BIG, nullable=False),
        sa.Column("fee_max", BIG, nullable=False),
        sa.Column("made_at_ms", BIG, nullable=False),
        sa.Column("state", SMALL, nullable=False),
        sa.Column("signature", TEXT, nullable=True),
        sa.Column("wire", BYTES, nullable=True),
        sa.Column("sent_at_ms", BIG, nullable=True),
        sa.PrimaryKeyConstraint("withdrawal_id", "number", name="pk_attempt"),
        sa.ForeignKeyConstraint(["withdrawal_id"], ["withdrawal.id"], name="fk_attempt_withdrawal_id"),
        **STRICT,
    )
    op.create_index(
        "I13_one_live_attempt",
        "attempt",
        ["withdrawal_id"],
        unique=True,
        sqlite_where=sa.text("state IN (1, 2, 3, 4)"),
        postgresql_where=sa.text("state IN (1, 2, 3, 4)"),
    )
    op.create_table(
        "bet",
        sa.Column("room_id", BIG, nullable=False, autoincrement=False),
        sa.Column("id", BIG, nullable=False, autoincrement=False),
        sa.Column("account_id", BIG, nullable=False),
        sa.Column("outcome", SMALL, nullable=False),
        sa.Column("stake", BIG, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("placed_at_ms", BIG, nullable=False),
        sa.PrimaryKeyConstraint("room_id", "id", name="pk_bet"),
        sa.UniqueConstraint("room_id", "account_id", "key", name="I5_bet"),
        sa.CheckConstraint("stake > 0", name="I3_stake"),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name="fk_bet_room_id"),
        **CLUSTERED,
    )
    op.create_table(
        "decision",
        sa.Column("withdrawal_id", BIG, nullable=False, autoincrement=False),
        sa.Column("approver", TEXT, nullable=False, autoincrement=False),
        sa.Column("zone", TEXT, nullable=False),
        sa.Column("verdict", TEXT, nullable=False),
        sa.Column("signature", TEXT, nullable=False),
        sa.Column("at_ms", BIG, nullable=False),
        sa.PrimaryKeyConstraint("withdrawal_id", "approver", name="pk_decision"),
        sa.ForeignKeyConstraint(["withdrawal_id"], ["withdrawal.id"], name="fk_decision_withdrawal_id"),
        **CLUSTERED,
    )
    op.create_table(
        "pool",
        sa.Column("room_id", BIG, nullable=False, autoincrement=False),
        sa.Column("outcome", SMALL, nullable=False, autoincrement=False),
        sa.Column("shard", SMALL, nullable=False, autoincrement=False),
        sa.Column("total", BIG, nullable=False),
        sa.Column("bets", BIG, nullable=False),
        sa.PrimaryKeyConstraint("room_id", "outcome", "shard", name="pk_pool"),
        sa.CheckConstraint("total >= 0 AND bets >= 0", name="I3_pool"),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name="fk_pool_room_id"),
        **CLUSTERED,
        postgresql_with={"fillfactor": 50},
    )
    op.create_table(
        "posting",
        sa.Column("source", BIG, nullable=False, autoincrement=False),
        sa.Column("id", BIG, nullable=False, autoincrement=False),
        sa.Column("target", BIG, nullable=False),
        sa.Column("amount", BIG, nullable=False),
        sa.Column("kind", SMALL, nullable=False),
        sa.Column("entry_id", BIG, nullable=False),
        sa.Column("at_ms", BIG, nullable=False),
        sa.PrimaryKeyConstraint("source", "id", name="pk_posting"),
        sa.CheckConstraint("source <> target", name="I1_ends"),
        sa.CheckConstraint("amount > 0", name="I1_amount"),
        sa.ForeignKeyConstraint(["source"], ["account.id"], name="fk_posting_source"),
        **CLUSTERED,
    )
    op.create_index("ix_posting_target", "posting", ["target", "id"], unique=False)
    op.create_table(
        "settlement",
        sa.Column("room_id", BIG, nullable=False, autoincrement=False),
        sa.Column("status", SMALL, nullable=False),
        sa.Column("header", TEXT, nullable=False),
        sa.Column("receipt_hash", TEXT, nullable=False),
        sa.Column("at_ms", BIG, nullable=False),
        sa.Column("staked", BIG, nullable=True),
        sa.Column("late_refunds", BIG, nullable=True),
        sa.Column("match_refunds", BIG, nullable=True),
        sa.Column("gross", BIG, nullable=True),
        sa.Column("takeout", BIG, nullable=True),
        sa.Column("host", BIG, nullable=True),
        sa.Column("protocol", BIG, nullable=True),
        sa.Column("commissions", BIG, nullable=True),
        sa.Column("paid", BIG, nullable=True),
        sa.Column("breakage", BIG, nullable=True),
        sa.Column("subsidy", BIG, nullable=True),
        sa.PrimaryKeyConstraint("room_id", name="pk_settlement"),
        sa.CheckConstraint(
            " AND ".join(f"({figure} IS NULL) = (staked IS NULL)" for figure in FIGURES[1:]),
            name="I8_whole",
        ),
        sa.CheckConstraint(
            " AND ".join(f"{figure} >= 0" for figure in FIGURES),
            name="I8_not_negative",
        ),
        sa.CheckConstraint("staked - gross = late_refunds + match_refunds", name="I8_staked"),
        sa.CheckConstraint("gross - takeout - breakage = paid - subsidy", name="I8_gross"),
        sa.CheckConstraint("takeout = host + protocol + commissions", name="I8_takeout"),
        sa.CheckConstraint("subsidy = 0 OR breakage = 0", name="I8_one"),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name="fk_settlement_room_id"),
        **STRICT,
    )


TABLES = (
    "settlement",
    "posting",
    "pool",
    "decision",
    "bet",
    "attempt",
    "worker",
    "withdrawal",
    "solvency",
    "room",
    "referral_code",
    "person",
    "outbox",
    "market",
    "evidence",
    "entry",
    "deposit_address",
    "deposit",
    "account",
)
