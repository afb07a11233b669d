"""What all tests share: hypothesis profiles, and the folder of recorded market data."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from rooms_store.testing.postgres import PostgresServer
    from rooms_store.testing.valkey_server import ValkeyServer

REPO = Path(__file__).resolve().parents[1]

# A law may hold of settled rooms only; how many of the rooms that chance makes are void is no fault of the law.
_slow = [HealthCheck.too_slow, HealthCheck.filter_too_much]
settings.register_profile(
    "ci", derandomize=True, max_examples=1000, deadline=None, database=None, suppress_health_check=_slow
)
settings.register_profile(
    "quick", derandomize=True, max_examples=50, deadline=None, database=None, suppress_health_check=_slow
)
settings.register_profile("dev", max_examples=100, deadline=None, suppress_health_check=_slow)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "dev"))


@pytest.fixture(scope="session")
def repo() -> Path:
    """The root of the checkout."""
    return REPO


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """Recorded market data, no part of the repository: `ROOMS_DATA`, or `shared/data` beside it."""
    named = os.environ.get("ROOMS_DATA")
    folder = Path(named) if named else REPO.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("no recorded market data here: set ROOMS_DATA to its folder")
    return folder


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A real PostgreSQL of this worker's own, quick rather than durable; each test asks it for a fresh database."""
    from rooms_store.testing.postgres import PostgresServer

    with PostgresServer(durable=False) as server:
        yield server


@pytest.fixture(scope="session")
def valkey_server() -> Iterator[ValkeyServer]:
    """A real Valkey of this worker's own; whoever uses it takes a prefix of his own."""
    from rooms_store.testing.valkey_server import ValkeyServer

    with ValkeyServer() as server:
        yield server
