"""The other tables: what the oracle saw and proved, and what custody keeps.

Custody writes little and from one place, so its tables stay on one server when others are spread.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import CheckConstraint, ForeignKey, Index, Table, UniqueConstraint, text

from rooms_core.domain.attempt import AttemptState
from rooms_store.codes import ATTEMPT_STATES
from rooms_store.tables import BYTES, CLUSTERED, SMALL, STRICT, TEXT, key, may, metadata, must

LIVE: Final = ATTEMPT_STATES.numbers(state for state in AttemptState if state.live)
"""The states of an attempt that may still pay."""

market: Final = Table("market", metadata, key("instrument", TEXT), must("state", TEXT), **CLUSTERED)

evidence: Final = Table(
    "evidence",
    metadata,
    key("hash", TEXT),
    must("id"),
    must("instrument", TEXT),
    must("tick_ms"),
    may("prev", TEXT),
    must("body", TEXT),
    Index("ix_evidence_last", "instrument", "id"),
    Index("ix_evidence_log", "id"),
    **STRICT,
)

instrument: Final = Table(
    "instrument",
    metadata,
    key("name", TEXT),
    key("number"),
    must("listing", TEXT),
    must("listed_by", TEXT),
    must("at_ms"),
    must("reason", TEXT),
    must("unprobed", SMALL),
    CheckConstraint("number > 0", name="I6_revision"),
    **CLUSTERED,
)
"""Every revision of what is listed; the highest number of a name is in force."""

deposit_address: Final = Table(
    "deposit_address",
    metadata,
    key("address", TEXT),
    must("user_id"),
    must("made_at_ms"),
    may("cursor", TEXT),
    must("cursor_slot"),
    must("balance"),
    UniqueConstraint("user_id", name="one_address_for_each_user"),
    CheckConstraint("balance >= 0", name="I3_address"),
    **STRICT,
)

deposit: Final = Table(
    "deposit",
    metadata,
    key("address", TEXT),
    key("signature", TEXT),
    must("id"),
    must("user_id"),
    must("slot"),
    must("change"),
    must("state", SMALL),
    must("seen_at_ms"),
    may("credited_at_ms"),
    Index("ix_deposit_state", "state", "id"),
    Index("ix_deposit_user", "user_id", "credited_at_ms"),
    **CLUSTERED,
)

withdrawal: Final = Table(
    "withdrawal",
    metadata,
    key("id"),
    must("user_id"),
    must("key", TEXT),
    must("amount"),
    must("destination", TEXT),
    must("source", TEXT),
    must("tier", TEXT),
    must("outflow"),
    must("policy_hash", TEXT),
    must("nonce", TEXT),
    must("requested_at_ms"),
    must("not_before_ms"),
    must("expires_at_ms"),
    must("state", SMALL),
    may("reason", TEXT),
    may("ended_at_ms"),
    UniqueConstraint("user_id", "key", name="I5_withdrawal"),
    CheckConstraint("amount > 0 AND outflow >= 0 AND outflow <= amount", name="I3_withdrawal"),
    Index("ix_withdrawal_state", "state", "id"),
    Index("ix_withdrawal_requested", "requested_at_ms"),
    **STRICT,
)

decision: Final = Table(
    "decision",
    metadata,
    key("withdrawal_id", None, ForeignKey("withdrawal.id")),
    key("approver", TEXT),
    must("zone", TEXT),
    must("verdict", TEXT),
    must("signature", TEXT),
    must("at_ms"),
    **CLUSTERED,
)

attempt: Final = Table(
    "attempt",
    metadata,
    key("withdrawal_id", None, ForeignKey("withdrawal.id")),
    key("number", SMALL),
    must("request", TEXT),
    must("approvals", TEXT),
    must("blockhash", TEXT),
    must("last_valid_height"),
    must("observed_slot"),
    must("fee_max"),
    must("made_at_ms"),
    must("state", SMALL),
    may("signature", TEXT),
    may("wire", BYTES),
    may("sent_at_ms"),
    **STRICT,
)

IS_LIVE: Final = text(f"state IN ({', '.join(map(str, LIVE))})")
Index(
    "I13_one_live_attempt",
    attempt.c.withdrawal_id,
    unique=True,
    sqlite_where=IS_LIVE,
    postgresql_where=IS_LIVE,
)
"""The numbers stand in the text itself, so that a query that repeats it can use the index."""

solvency: Final = Table(
    "solvency",
    metadata,
    key("id"),
    must("at_ms"),
    must("report", TEXT),
    Index("ix_solvency_at", "at_ms"),
    **STRICT,
)
