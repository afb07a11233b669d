"""The settler that dies: everything written, nothing committed, and another one settles the room."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rooms_cli.demo.crash import KILLED
from rooms_core.domain.ids import RoomId
from rooms_core.domain.status import RoomStatus
from rooms_core.result import Ok
from rooms_core.services.settle_room import SettleRoom
from rooms_core.testing.bookkeeper import Bookkeeper
from rooms_core.testing.builders import a_bet, a_resolution, a_room, sols
from rooms_core.testing.clock import NOON_MS, ManualClock
from rooms_store.opening import open_books
from rooms_store.testing.postgres import PostgresServer


@pytest.fixture(params=["sqlite", "postgresql"])
def books(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where the books lie: in a file, or at a server."""
    if request.param == "sqlite":
        return str(tmp_path / "books.db")
    server: PostgresServer = request.getfixturevalue("postgres_server")
    return server.fresh_database()


@pytest.mark.parametrize(
    "sides, status", [(("YES", "NO"), RoomStatus.SETTLED), (("YES", "YES"), RoomStatus.VOIDED)]
)
async def test_a_killed_settler_leaves_nothing_behind(
    books: str, sides: tuple[str, str], status: RoomStatus
) -> None:
    """The process ends as after `kill -9`, the books are as before, and whoever comes next settles the room."""
    room = a_room(
        1_000, host=6, status=RoomStatus.SETTLING, resolution=a_resolution("YES"), opened_at_ms=NOON_MS
    )
    clock = ManualClock()
    async with open_books(books, clock) as store:
        keeper = Bookkeeper(store, clock)
        await keeper.people(2, 4, 6, each=sols("10"))
        bets = [
            a_bet(10_000 + 2 * number, 2 + 2 * number, side, sols("1")) for number, side in enumerate(sides)
        ]
        await keeper.opened(room, *bets)
        before = await store.queries.verify()

    died = subprocess.run(  # noqa: ASYNC221 - nothing else runs meanwhile
        [sys.executable, "-m", "rooms_cli.demo.crash", "1000", str(NOON_MS)],
        check=False,
        env=os.environ | {"ROOMS_DATABASE": books},
        timeout=120,
    )

    async with open_books(books, clock) as store:
        left = await store.queries.room(RoomId(1_000))
        row = await store.queries.settlement(RoomId(1_000))
        after = await store.queries.verify()
        second = await SettleRoom(store=store)(RoomId(1_000))

    assert KILLED == died.returncode
    assert isinstance(left, Ok)
    assert isinstance(row, Ok)
    assert left.value is not None
    assert (RoomStatus.SETTLING, None) == (left.value.status, row.value)
    assert before == after
    assert isinstance(second, Ok)
    assert status is second.value.status
