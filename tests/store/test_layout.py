"""Whether the tables are spread is found out when the books are opened."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rooms_core.testing.clock import ManualClock
from rooms_store.checkup import check_books
from rooms_store.distribution import COPIED, LOCAL, SPREAD, layout_differences
from rooms_store.engine import Engines, open_engines, open_servers
from rooms_store.layout import are_spread, coordinator_is_known, layout_of
from rooms_store.migrations import upgrade
from rooms_store.opening import open_books
from rooms_store.statement_runner import run_statements
from rooms_store.testing.pretended import pretending_statements

if TYPE_CHECKING:
    from rooms_store.testing.postgres import PostgresServer


async def spread(engines: Engines) -> bool:
    """Whether the tables are, with everything closed again."""
    try:
        return await are_spread(engines)
    finally:
        await engines.close()


async def test_a_file_is_never_spread(tmp_path: Path) -> None:
    """SQLite lies on one machine; it is not even asked."""
    assert not await spread(open_engines(tmp_path / "nothing.db"))


async def test_a_server_without_the_extension_is_one_server(postgres_server: PostgresServer) -> None:
    """A plain server has no layout."""
    engines = open_servers(postgres_server.fresh_database())
    async with engines.readers.connect() as connection:
        assert await layout_of(connection) is None
    assert not await spread(engines)


def test_a_cluster_is_known_by_its_catalogue(postgres_server: PostgresServer) -> None:
    """The extension is not enough: a table of ours has to be cut up. Then each is told, and a batch takes more."""
    import asyncio

    place = postgres_server.fresh_database()
    upgrade(place)

    async def look() -> None:
        assert await run_statements(place, list(pretending_statements())) is None
        assert await spread(open_servers(place))
        engines = open_servers(place)
        async with engines.readers.connect() as connection:
            found = await layout_of(connection)
            assert await coordinator_is_known(connection)
        assert found is not None
        assert {*SPREAD, *COPIED, *LOCAL} == set(found)
        assert [] == list(layout_differences(found))
        layout = [each for each in await check_books(engines, ManualClock()) if each.name == "layout"]
        assert ["each table lies where it should"] == [each.found for each in layout]
        await engines.close()
        async with open_books(place, ManualClock()) as books:
            assert books.batch_max == 2_000

        assert await run_statements(place, ["DELETE FROM pg_dist_partition WHERE partmethod = 'h'"]) is None
        assert not await spread(open_servers(place))
        async with open_books(place, ManualClock()) as books:
            assert books.batch_max == 500

    asyncio.run(look())
