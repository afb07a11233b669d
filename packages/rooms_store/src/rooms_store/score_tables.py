"""The tables of the statistics: which ended rooms are counted, and the sums they were counted into.

They are made from the books and can be made again, so that nothing here is append-only. A score lies with its user,
whose id it is spread by; what tells whether a room is counted lies with the room.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import CheckConstraint, Index, Table, text

from rooms_core.ports.statistics import HIT_ROOMS_MIN
from rooms_store.tables import CLUSTERED, STRICT, key, may, metadata, must

room_count: Final = Table(
    "room_count",
    metadata,
    key("room_id"),
    must("ended_at_ms"),
    may("counted_at_ms"),
    **CLUSTERED,
)
"""One row for each ended room, written with its settlement. It waits while `counted_at_ms` is empty."""

SUMS: Final = (
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
"""What adds up in a score, as `domain.score.Score` has it."""

score: Final = Table(
    "score",
    metadata,
    key("user_id"),
    key("day"),
    *map(must, SUMS),
    must("hit_bps"),
    CheckConstraint("hits >= 0 AND hits <= rooms AND volume >= 0", name="I2_score"),
    **STRICT,
)
"""A user on a day (days since 1970, UTC; -1: over all time). `hit_bps` follows from the sums, for its index."""

HOUSE_SUMS: Final = (
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
"""What adds up in the house's score, as `domain.score.HouseScore` has it."""

house_score: Final = Table("house_score", metadata, key("day"), *map(must, HOUSE_SUMS), **CLUSTERED)
"""The house on a day, and (-1) over all time."""

PLAYED: Final = "rooms > 0"
SKILLED: Final = f"rooms >= {HIT_ROOMS_MIN}"
HOSTED: Final = "hosted > 0"
WAITING: Final = "counted_at_ms IS NULL"
"""What the indexes below leave out; a statement says it in the same words, so that its index is found."""


def _partial(name: str, where: str, *columns: object) -> Index:
    condition = text(where)
    return Index(name, *columns, sqlite_where=condition, postgresql_where=condition)  # type: ignore[arg-type]


_partial("ix_room_count_waiting", WAITING, room_count.c.ended_at_ms, room_count.c.room_id)
_partial("ix_score_profit", PLAYED, score.c.day, score.c.profit.desc(), score.c.user_id)
_partial("ix_score_volume", PLAYED, score.c.day, score.c.volume.desc(), score.c.user_id)
_partial("ix_score_hits", SKILLED, score.c.day, score.c.hit_bps.desc(), score.c.user_id)
_partial("ix_score_hosts", HOSTED, score.c.day, score.c.host_volume.desc(), score.c.user_id)
