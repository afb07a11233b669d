"""Running the command line in this process, as a person or a program would."""

from __future__ import annotations

import asyncio
import io
import json
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest
from tests.cli.feeds import serving

from rooms_cli.main import main
from rooms_core.domain.status import RoomStatus
from rooms_core.result import Ok
from rooms_core.services.settle_room import SettleRoom
from rooms_core.testing.bookkeeper import Bookkeeper
from rooms_core.testing.builders import a_bet, a_resolution, a_room, sols
from rooms_core.testing.clock import NOON_MS, ManualClock
from rooms_oracle.testing.feed_server import FeedServer
from rooms_store.opening import open_books
from rooms_store.testing.postgres import PostgresServer


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command left behind."""

    status: int
    out: str
    err: str

    @property
    def lines(self) -> list[Any]:
        """stdout as JSON Lines."""
        return [json.loads(line) for line in self.out.splitlines()]


class Rooms(Protocol):
    """Runs `rooms` with arguments and bytes on stdin."""

    def __call__(self, *words: str, stdin: bytes = b"") -> Ran:
        """Run it to its end."""
        ...


@pytest.fixture
def rooms(capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Rooms:
    """The command line, piped: neither stdin nor stdout nor stderr is a terminal."""
    for name in ("ROOMS_DEBUG", "ROOMS_DATABASE", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "100")

    def run(*words: str, stdin: bytes = b"") -> Ran:
        monkeypatch.setattr(sys, "argv", ["rooms", *words])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capsysbinary.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsysbinary.readouterr()
        code = ended.value.code
        return Ran(code if isinstance(code, int) else 0, out.decode(), err.decode())

    return run


@pytest.fixture
def at_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody reads along."""
    monkeypatch.setattr("rooms_cli.output.on_terminal", lambda: True)


@pytest.fixture
def books(tmp_path: Path, filled_books: Path) -> Path:
    """A database with three rooms: 1000 settled, 1002 void because it is one-sided, 2000 still taking bets."""
    return Path(shutil.copy(filled_books, tmp_path / "books.db"))


@pytest.fixture(scope="session")
def filled_books(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The original that `books` copies."""
    place = tmp_path_factory.mktemp("books") / "books.db"
    asyncio.run(fill(str(place)))
    return place


@pytest.fixture
def served_books(postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of a PostgreSQL database with the same rooms; its client programs are on the PATH."""
    url = postgres_server.fresh_database()
    asyncio.run(fill(url))
    monkeypatch.setenv("PATH", str(postgres_server.programs), prepend=os.pathsep)
    return url


async def fill(place: str) -> None:
    """Write the three rooms."""
    clock = ManualClock()
    async with open_books(place, clock) as store:
        keeper = Bookkeeper(store, clock)
        await keeper.people(2, 4, 6, each=sols("10"))
        for number, other in ((1_000, "NO"), (1_002, "YES")):
            room = a_room(
                number,
                host=6,
                status=RoomStatus.SETTLING,
                resolution=a_resolution("YES"),
                opened_at_ms=NOON_MS,
            )
            first = a_bet(number + 10_000, 2, "YES", sols("2"), room=number)
            second = a_bet(number + 20_000, 4, other, sols("1"), room=number)
            await keeper.opened(room, first, second)
            assert isinstance(await SettleRoom(store=store)(room.id), Ok)
        await keeper.opened(a_room(2_000), a_bet(30_000, 4, "NO", sols("0.5"), room=2_000))


@pytest.fixture(scope="module")
def feed_server() -> Iterator[FeedServer]:
    """All feeds on one port, for all tests of a file."""
    with serving() as running:
        yield running


@pytest.fixture
def venues(feed_server: FeedServer, monkeypatch: pytest.MonkeyPatch) -> FeedServer:
    """The same without faults; the command line asks it, and an operator called ann uses it."""
    feed_server.faults.clear()
    feed_server.calls.clear()
    monkeypatch.setenv("ROOMS_FEEDS", feed_server.address("")[:-1])
    monkeypatch.setenv("ROOMS_OPERATOR", "ann")
    return feed_server


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Empty books in the current folder, where all commands find them."""
    path = tmp_path / "rooms.sqlite3"

    async def make() -> None:
        async with open_books(path, ManualClock()):
            pass

    asyncio.run(make())
    monkeypatch.chdir(tmp_path)
    return path
