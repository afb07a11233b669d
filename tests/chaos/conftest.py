"""What the drills share: a desk at a real PostgreSQL, with clients who keep a journal."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import attrs
import pytest

from rooms_core.domain.bet import BetOrder
from rooms_core.services.bet_desk import Answer, BetDesk
from rooms_core.services.place_bets import PlaceBets
from rooms_core.testing.builders import an_order
from rooms_core.testing.clock import ManualClock
from rooms_core.testing.rng import SeededRng
from rooms_core.testing.tasks import AwaitedTasks
from rooms_store.opening import OpenBooks, open_books
from rooms_store.testing.aftermath import Aftermath, look_at
from rooms_store.testing.crowd import STAKE, Crowd
from rooms_store.testing.postgres import PostgresServer


@attrs.frozen
class Table:
    """A desk on the books of one database, and the clients at it."""

    server: PostgresServer
    database: str
    store: OpenBooks
    crowd: Crowd

    def order(self, client: int, key: str) -> BetOrder:
        """A client's order (0 is the first)."""
        return an_order(self.crowd.numbers[client], "YES", STAKE, room=self.crowd.room.id, key=key)

    async def bet(self, client: int, key: str) -> Answer:
        """A client's bet; what is acknowledged goes into the journal."""
        order = self.order(client, key)
        return await self.crowd.desk(order)

    def sql(self, statement: str) -> str:
        """Ask the database itself."""
        return self.server.sql(statement, self.database)

    async def look(self) -> Aftermath:
        """The journal against the books."""
        return await look_at(self.store, self.crowd)


@asynccontextmanager
async def a_table(server: PostgresServer, place: str, *, clients: int = 4) -> AsyncIterator[Table]:
    """Open the books there, with clients who have joined."""
    tasks = AwaitedTasks(SeededRng())
    async with open_books(place, ManualClock()) as store:
        crowd = Crowd(BetDesk(place=PlaceBets(store=store, ids=store.ids), tasks=tasks), clients)
        await crowd.join(store)
        yield Table(server, place.partition("?")[0].rpartition("/")[2], store, crowd)
        await tasks.drain()


@pytest.fixture
async def table(postgres_server: PostgresServer) -> AsyncIterator[Table]:
    """Four clients at a fresh database."""
    async with a_table(postgres_server, postgres_server.fresh_database()) as made:
        yield made


@pytest.fixture
def own_server() -> Iterator[PostgresServer]:
    """A server that nobody else uses, so that it may be restarted."""
    with PostgresServer() as running:
        yield running
