"""What servers other than PostgreSQL, and poolers between, do not keep: sequences, and what a session remembers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import text

from rooms_core.domain.room import Room
from rooms_core.domain.status import RoomStatus
from rooms_core.result import Ok
from rooms_core.services.settle_room import SettleRoom
from rooms_core.testing.bookkeeper import Bookkeeper
from rooms_core.testing.builders import a_bet, a_resolution, a_room, sols
from rooms_core.testing.clock import ManualClock
from rooms_store.migrations import upgrade
from rooms_store.opening import open_books

if TYPE_CHECKING:
    from rooms_store.testing.postgres import PostgresServer

LEFT: Final = text(
    "SELECT array(SELECT name::text FROM pg_settings WHERE source = 'session' AND name <> 'jit' ORDER BY name), "
    "(SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()), "
    "(SELECT count(*) FROM pg_class WHERE relpersistence = 't')"
)
"""What is set, how much is locked and how many tables there are for one session alone.

The driver turns `jit` off and on again when it looks a type up: that leaves it set, to what it was.
"""


def a_settled_room() -> Room:
    """A room that is to be settled."""
    return a_room(status=RoomStatus.SETTLING, resolution=a_resolution("YES"))


def test_no_number_comes_from_a_sequence(postgres_server: PostgresServer) -> None:
    """Ids are made by the application, so that several servers need not agree about the next one."""
    place = postgres_server.fresh_database()
    upgrade(place)
    name = place.rpartition("/")[2]

    assert postgres_server.sql("SELECT count(*) FROM pg_class WHERE relkind = 'S'", name) == "0"
    made = "SELECT count(*) FROM pg_attribute WHERE attidentity <> '' AND attrelid > 16384"
    assert postgres_server.sql(made, name) == "0"


async def test_a_unit_of_work_leaves_nothing_to_its_session(postgres_server: PostgresServer) -> None:
    """No setting but that of the connection itself, no lock and no table outlives it, so that any session serves."""
    clock = ManualClock()
    async with open_books(postgres_server.fresh_database(), clock) as store:
        keeper = Bookkeeper(store, clock)
        await keeper.people(2, 4, each=sols("2"))
        room = a_settled_room()
        await keeper.opened(room, a_bet(102, 2, "YES", sols("1")), a_bet(104, 4, "NO", sols("1")))
        assert isinstance(await SettleRoom(store=store)(room.id), Ok)
        assert isinstance(await store.queries.verify(), Ok)

        for engine, settings in (
            (store._engines.writer, ["idle_in_transaction_session_timeout"]),
            (store._engines.readers, []),
        ):
            async with engine.connect() as connection:
                bare = await connection.execution_options(isolation_level="AUTOCOMMIT")
                assert (settings, 0, 0) == tuple((await bare.execute(LEFT)).one())
