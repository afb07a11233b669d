"""Whether a server's books can be reached, and in which words they cannot."""

from __future__ import annotations

import pytest

from rooms_store.reach import Reached, Unreachable, reach
from rooms_store.testing.postgres import PostgresServer


async def test_an_empty_database_is_reached_without_tables(postgres_server: PostgresServer) -> None:
    """Whoever asks decides what that means; SQLAlchemy's name of a driver does not matter."""
    url = postgres_server.fresh_database()

    assert Reached(tables=False) == await reach(url)
    assert Reached(tables=False) == await reach(url.replace("postgresql:", "postgresql+asyncpg:"))

    postgres_server.sql("CREATE TABLE alembic_version (version_num text)", url.rpartition("/")[2])

    assert Reached(tables=True) == await reach(url)


async def test_a_wrong_password_and_a_wrong_name_are_told_apart(postgres_server: PostgresServer) -> None:
    """Each with what to do, and neither with the password."""
    url = postgres_server.fresh_database()
    guessed = await reach(url.replace(postgres_server.password, "gu3ss"))
    missing = await reach(f"{url}_not")

    assert isinstance(guessed, Unreachable)
    assert isinstance(missing, Unreachable)
    assert "does not let rooms in" in guessed.what
    assert "There is no database" in missing.what
    assert "createdb" in missing.hint
    assert not [
        each for each in (guessed, missing) if "gu3ss" in str(each) or postgres_server.password in str(each)
    ]


@pytest.mark.parametrize(
    "url, said",
    [
        ("postgresql://u:s3cret@127.0.0.1:1/x", "Nobody answers at 127.0.0.1:1: connection refused."),
        ("postgresql://u:s3@cret@127.0.0.1:1/x", "Nobody answers at 127.0.0.1:1"),
        ("postgresql://u:s3/cret@127.0.0.1:1/x", "This URL of a database cannot be read."),
        ("postgresql://127.0.0.1:1/x?user=u&password=s3cret", "Nobody answers at 127.0.0.1:1"),
        ("postgresql://u:s3cret@127.0.0.1:port/x", "This URL of a database cannot be read."),
    ],
)
async def test_what_cannot_be_reached_is_said_without_its_password(url: str, said: str) -> None:
    """Whatever the URL looks like."""
    found = await reach(url)

    assert isinstance(found, Unreachable)
    assert found.what.startswith(said)
    assert not [part for part in ("s3", "cret") if part in found.what + found.hint.partition(" signs")[0]]
