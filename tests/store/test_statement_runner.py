"""An operator's statements on a server."""

from __future__ import annotations

import pytest

from rooms_store.statement_runner import NoExtension, run_statements
from rooms_store.testing.postgres import PostgresServer


async def test_all_statements_are_run_or_none(postgres_server: PostgresServer) -> None:
    """One that is refused takes the others back, and is told."""
    url = postgres_server.fresh_database()

    assert None is await run_statements(url, ["CREATE TABLE one (id int)"])
    refused = await run_statements(url, ["CREATE TABLE two (id int)", "CREATE TABLE one (id int)"])

    assert refused is not None
    assert "already exists" in refused
    assert "one" == postgres_server.sql(
        "SELECT string_agg(tablename, ',') FROM pg_tables WHERE schemaname = 'public'", url.rpartition("/")[2]
    )


async def test_a_missing_extension_is_named(postgres_server: PostgresServer) -> None:
    """Nothing is run without it."""
    with pytest.raises(NoExtension, match="citus"):
        await run_statements(postgres_server.fresh_database(), ["SELECT 1"], extension="citus")
