"""The drill of `tests.chaos.million` in small: four processes settle a room, one is killed, and it is paid once."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.chaos.exactly_once import STAGES, drill
from tests.chaos.settlers import KILLED, SETTLERS

from rooms_store.testing.postgres import PostgresServer


@pytest.fixture
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where the books of this test lie."""
    if request.param == "sqlite":
        return str(tmp_path / "books.sqlite3")
    server: PostgresServer = request.getfixturevalue("postgres_server")
    return server.fresh_database()


@pytest.mark.parametrize("place", ["postgresql", "sqlite"], indirect=True)
async def test_a_room_is_settled_once_by_four_of_whom_one_is_killed(place: str) -> None:
    """Killed while 2,000 bets are paid: another pays all of them, the rest hear that the room is settled."""
    found = await drill(place, bets=2_000, stages=["while a block is copied"], seed=3, block=50)

    assert () == found.faults
    (room,) = found.ended
    assert sorted([KILLED, "SETTLED", "NotSettling: SETTLED", "NotSettling: SETTLED"]) == sorted(
        room.contest.answers
    )


async def test_there_is_no_moment_at_which_a_kill_pays_twice(postgres_server: PostgresServer) -> None:
    """Each stage of a settlement is survived: nothing of it is left, or all of it."""
    found = await drill(
        postgres_server.fresh_database(),
        bets=200,
        stages=list(STAGES),
        seed=4,
        block=10,
        server=postgres_server,
    )

    assert () == found.faults
    waited = [each.contest.waiting for each in found.ended if each.contest.point.still]
    assert [SETTLERS - 1] * (len(waited) - 1) == waited[:-1], "all others wait for the one that is killed"


async def test_a_file_survives_each_of_them_too(tmp_path: Path) -> None:
    """SQLite: one writes, the others wait for the file, and a killed writer leaves nothing behind."""
    found = await drill(
        str(tmp_path / "books.sqlite3"),
        bets=100,
        stages=["before its entry", "before COMMIT", "after COMMIT"],
        seed=5,
        block=10,
    )

    assert () == found.faults
