"""What the oracle's tests share: feeds that know X/USD, and a short spelling of rooms."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rooms_core.domain.ids import RoomId
from rooms_core.domain.market import Direction
from rooms_core.ports.oracle import WatchedRoom
from rooms_oracle.testing.table_feeds import TableFeeds

RoomMaker = Callable[..., WatchedRoom]


@pytest.fixture
def feeds() -> TableFeeds:
    """Feeds that know X/USD and say nothing yet."""
    table = TableFeeds()
    table.add("X/USD")
    return table


@pytest.fixture
def room() -> RoomMaker:
    """Make a watched room on X/USD: up to 100 from time 0 to an hour, unless said otherwise."""

    def make(
        number: int = 1,
        *,
        direction: Direction = Direction.UP,
        target: int = 100,
        since_ms: int = 0,
        settle_at_ms: int = 3_600_000,
        pool_priced: bool = False,
        instrument: str = "X/USD",
        created_liquidity_cents: int | None = None,
    ) -> WatchedRoom:
        return WatchedRoom(
            room=RoomId(number),
            instrument=instrument,
            direction=direction,
            target=target,
            since_ms=since_ms,
            settle_at_ms=settle_at_ms,
            pool_priced=pool_priced,
            created_liquidity_cents=created_liquidity_cents,
        )

    return make
