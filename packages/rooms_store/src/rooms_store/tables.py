"""The tables of the books: rooms, bets, and the journal. What custody and the oracle keep stands in `side_tables`.

Amounts are whole lamports in 63 bits, times whole ms since the Unix epoch, ids are made by the application, words
are numbers (`codes`). Every unique key contains what the table would be distributed by, so that the same tables can
be spread over several servers. CHECKs carry the number of the invariant they keep.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from rooms_core.domain.journal import AccountKind
from rooms_core.domain.status import RoomStatus
from rooms_store.codes import ACCOUNT_KINDS, ROOM_STATUSES

metadata: Final = MetaData(
    naming_convention={"pk": "pk_%(table_name)s", "fk": "fk_%(table_name)s_%(column_0_name)s"}
)

BIG: Final = BigInteger().with_variant(Integer(), "sqlite")
SMALL: Final = SmallInteger().with_variant(Integer(), "sqlite")
BYTES: Final = LargeBinary()
TEXT: Final = Text()

STRICT: Final[dict[str, Any]] = {"sqlite_strict": True}
"""SQLite refuses a text in a number's place, as others do by themselves."""
CLUSTERED: Final[dict[str, Any]] = {"sqlite_strict": True, "sqlite_with_rowid": False}
"""Rows lie in the order of their primary key, without a second tree."""

OUTSIDE_CODE: Final = ACCOUNT_KINDS.number(AccountKind.OUTSIDE)


def key(name: str, kind: Any = BIG, *more: Any) -> Column[Any]:
    """A part of a primary key, made by the application."""
    return Column(name, kind, *more, primary_key=True, autoincrement=False)


def must(name: str, kind: Any = BIG) -> Column[Any]:
    """A column that always has a value."""
    return Column(name, kind, nullable=False)


def may(name: str, kind: Any = BIG) -> Column[Any]:
    """A column that can be empty."""
    return Column(name, kind, nullable=True)


account: Final = Table(
    "account",
    metadata,
    key("id"),
    must("kind", SMALL),
    must("owner"),
    must("balance"),
    must("version"),
    must("waiting"),
    must("waits_until_ms"),
    CheckConstraint(f"balance >= 0 OR kind = {OUTSIDE_CODE}", name="I3_balance"),
    CheckConstraint("waiting >= 0", name="I3_waiting"),
    **STRICT,
    postgresql_with={"fillfactor": 50},
)

person: Final = Table(
    "person",
    metadata,
    key("id"),
    must("code", TEXT),
    must("joined_at_ms"),
    may("ref1"),
    may("ref2"),
    may("ref3"),
    Index("ix_person_ref1", "ref1"),
    **STRICT,
)

referral_code: Final = Table("referral_code", metadata, key("code", TEXT), must("person_id"), **CLUSTERED)

ENDED: Final = ROOM_STATUSES.number(RoomStatus.SETTLED)
"""From this status on a room has ended."""
UNENDED: Final = f"status < {ENDED}"
"""Rooms whose money is in the pot: the statuses before SETTLED and VOIDED, in the words of an index."""
HELD: Final = "hold IS NOT NULL"

room: Final = Table(
    "room",
    metadata,
    key("id"),
    must("status", SMALL),
    must("title", TEXT),
    must("instrument", TEXT),
    must("market", TEXT),
    must("rules", TEXT),
    must("outcomes", TEXT),
    must("salt", BYTES),
    may("host"),
    must("created_at_ms"),
    may("opened_at_ms"),
    must("lock_at_ms"),
    must("settle_at_ms"),
    may("thin", TEXT),
    may("hold", TEXT),
    may("resolution", TEXT),
    Column("version", BIG, nullable=False, server_default="0"),
    Index("ix_room_status", "status", "id"),
    Index("ix_room_lock", "status", "lock_at_ms"),
    Index("ix_room_settle", "status", "settle_at_ms"),
    Index("ix_room_instrument", "instrument", "status"),
    Index("ix_room_host", "host", "id"),
    # Lists of rooms: those that have not ended are few, however old the books are.
    Index("ix_room_unended", "id", sqlite_where=text(UNENDED), postgresql_where=text(UNENDED)),
    Index("ix_room_ending", "settle_at_ms", "id", sqlite_where=text(UNENDED), postgresql_where=text(UNENDED)),
    Index("ix_room_held", "id", sqlite_where=text(HELD), postgresql_where=text(HELD)),
    **STRICT,
)

pool: Final = Table(
    "pool",
    metadata,
    key("room_id", BIG, ForeignKey("room.id")),
    key("outcome", SMALL),
    key("shard", SMALL),
    must("total"),
    must("bets"),
    CheckConstraint("total >= 0 AND bets >= 0", name="I3_pool"),
    **CLUSTERED,
    postgresql_with={"fillfactor": 50},
)
"""What stands on each outcome (its place among the room's); shards above 0 only where several writers are wanted."""

bet: Final = Table(
    "bet",
    metadata,
    key("room_id", BIG, ForeignKey("room.id")),
    key("id"),
    must("account_id"),
    must("outcome", SMALL),
    must("stake"),
    must("key", TEXT),
    must("placed_at_ms"),
    UniqueConstraint("room_id", "account_id", "key", name="I5_bet"),
    CheckConstraint("stake > 0", name="I3_stake"),
    **CLUSTERED,
)
"""A bet is its own journal entry: its unique key guards it, its posting carries its id."""

entry: Final = Table(
    "entry",
    metadata,
    key("key", TEXT),
    must("id"),
    must("at_ms"),
    Index("ix_entry_id", "id"),
    **CLUSTERED,
)

posting: Final = Table(
    "posting",
    metadata,
    key("source", BIG, ForeignKey("account.id")),
    key("id"),
    must("target"),
    must("amount"),
    must("kind", SMALL),
    must("entry_id"),
    must("at_ms"),
    Index("ix_posting_target", "target", "id"),
    CheckConstraint("source <> target", name="I1_ends"),
    CheckConstraint("amount > 0", name="I1_amount"),
    **CLUSTERED,
)

FIGURES: Final = (
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
"""The figures of a settled room, as `domain.tally.Figures` has them."""

settlement: Final = Table(
    "settlement",
    metadata,
    key("room_id", BIG, ForeignKey("room.id")),
    must("status", SMALL),
    must("header", TEXT),
    must("receipt_hash", TEXT),
    must("at_ms"),
    *(may(figure) for figure in FIGURES),
    CheckConstraint(
        " AND ".join(f"({figure} IS NULL) = (staked IS NULL)" for figure in FIGURES[1:]), name="I8_whole"
    ),
    CheckConstraint(" AND ".join(f"{figure} >= 0" for figure in FIGURES), name="I8_not_negative"),
    CheckConstraint("staked - gross = late_refunds + match_refunds", name="I8_staked"),
    CheckConstraint("gross - takeout - breakage = paid - subsidy", name="I8_gross"),
    CheckConstraint("takeout = host + protocol + commissions", name="I8_takeout"),
    CheckConstraint("subsidy = 0 OR breakage = 0", name="I8_one"),
    **STRICT,
)
"""One row for a room, for ever. Sums are written so that no side leaves 63 bits."""

outbox: Final = Table(
    "outbox",
    metadata,
    key("bucket", SMALL),
    key("id"),
    must("user_id"),
    must("kind", SMALL),
    must("ref"),
    must("facts", TEXT),
    must("tries", SMALL),
    must("dead", SMALL),
    may("ended_at_ms"),
    Column("hidden_until_ms", BIG, nullable=False, server_default="0"),
    may("failure", TEXT),
    UniqueConstraint("bucket", "kind", "ref", "user_id", name="I5_notice"),
    **CLUSTERED,
)
"""`bucket`: a hash of the user, so that a consumer locks inside one shard. It waits while `ended_at_ms` is empty.

It is hidden until `hidden_until_ms`: while somebody delivers it, and after a failure, which `failure` tells.
"""

for _name, _columns, _where in (
    ("ix_outbox_waiting", (outbox.c.bucket, outbox.c.id), "ended_at_ms IS NULL"),
    ("ix_outbox_hidden", (outbox.c.bucket, outbox.c.user_id), "ended_at_ms IS NULL AND hidden_until_ms > 0"),
    ("ix_outbox_dead", (outbox.c.id,), "dead = 1"),
):
    Index(_name, *_columns, sqlite_where=text(_where), postgresql_where=text(_where))
"""What waits, what of it is hidden, and what was given up: delivered notices lie in none of them."""
