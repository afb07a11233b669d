"""The tables of leases and fences: a row for each role, a row for each process.

Both are small. Spread over several servers, `lease` stays on one and `fence` lies on every server, so that a fence
is a commit on each of them.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import CheckConstraint, Table

from rooms_store.tables import CLUSTERED, SMALL, TEXT, key, may, metadata, must

lease: Final = Table(
    "lease",
    metadata,
    key("role", TEXT),
    must("token"),
    may("holder", TEXT),
    must("since_ms"),
    must("until_ms"),
    CheckConstraint("token >= 0", name="I13_token"),
    **CLUSTERED,
)

fence: Final = Table("fence", metadata, key("worker", SMALL), must("at_ms"), **CLUSTERED)
