"""Real processes on one server, which are stopped, woken up and killed: roles and the outbox between them."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from rooms_core.domain.events import Event, EventKind
from rooms_core.domain.ids import UserId
from rooms_core.testing.bookkeeper import Bookkeeper
from rooms_core.testing.clock import ManualClock
from rooms_store.opening import open_books
from rooms_store.testing.postgres import PostgresServer

BEGIN = """
import asyncio, os, sys, time
from rooms_core.domain import entries
from rooms_core.domain.journal import OPERATING
from rooms_core.domain.money import Lamports
from rooms_core.result import Err, Ok
from rooms_core.services.announce import Announce
from rooms_core.services.hold_role import HoldRole
from rooms_core.services.play_role import PlayRole
from rooms_store import engine
from rooms_store.opening import open_books

class Clock:
    def now_ms(self):
        return time.time_ns() // 1_000_000

async def main(place, name, told):
    engine.STILL_MS = 500
    async with open_books(place, Clock(), migrate=False, server_time=True) as store:
        line = os.open(told, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(line, f"{name} ready\\n".encode())
        await work(store, name, line)
"""
SETTLER = """
async def work(store, name, line):
    hold = HoldRole(store=store, holder=name, lease_ms=400)
    play, number = PlayRole(hold=hold, role="settler", clock=Clock()), 0
    while True:
        number += 1
        async def unit(books):
            key = f"{play.mine.token}:{name}:{number}"
            await books.journal.post(entries.fund(OPERATING, Lamports(1), key=key))
            return Ok(f"fund:{key}")
        async def turn(fenced):
            await asyncio.sleep(0.01)  # most of its life it stands here, believing that the role is its own
            return await fenced.run(unit)
        played = await play(turn)
        answer = played.value if isinstance(played, Ok) else played
        said = f"did {answer.value}" if isinstance(answer, Ok) else type(answer.why).__name__
        os.write(line, f"{name} {said}\\n".encode())
"""
ANNOUNCER = """
async def work(store, name, line):
    class Notifier:
        async def deliver(self, notice):
            os.write(line, f"{name} {notice.id} {notice.event.user} {notice.event.ref}\\n".encode())
            await asyncio.sleep(0.001)
            return Ok(None)
    announce = Announce(store=store, notifier=Notifier(), clock=Clock(), block=10, hide_ms=4_000)
    while True:
        await announce()
        await asyncio.sleep(0.005)
"""
END = """
asyncio.run(main(*sys.argv[1:]))
"""


class Processes:
    """Two processes, "a" and "b", that write what they do into one file, line by line in the order they do it."""

    def __init__(self, told: Path) -> None:
        self.told = told
        self.running: dict[str, asyncio.subprocess.Process] = {}

    def lines(self) -> list[list[str]]:
        """What they have written, in words."""
        return [line.split() for line in self.told.read_text().splitlines()] if self.told.exists() else []

    async def more(self, name: str, word: str = "", count: int = 1) -> None:
        """Wait until one of them has written so many more lines that begin with this word."""

        def written(lines: list[list[str]]) -> int:
            return sum(line[0] == name and line[1].startswith(word) for line in lines)

        wanted = written(self.lines()) + count
        await self.until(lambda lines: written(lines) >= wanted)

    async def until(self, true: Callable[[list[list[str]]], bool]) -> None:
        """Wait until that is true of what they have written."""
        async with asyncio.timeout(30):
            while not true(self.lines()):  # noqa: ASYNC110 - processes cannot set an event
                await asyncio.sleep(0.02)


@asynccontextmanager
async def two_processes(place: str, told: Path, work: str) -> AsyncIterator[Processes]:
    """Both are at work; they are killed at the end."""
    both = Processes(told)
    async with AsyncExitStack() as stack:
        for name in "ab":
            words = (sys.executable, "-c", BEGIN + work + END, place, name, str(told))
            process = await asyncio.create_subprocess_exec(*words)
            both.running[name] = process
            stack.push_async_callback(killed, process)
        await both.until(lambda lines: {("a", "ready"), ("b", "ready")} <= {tuple(line) for line in lines})
        yield both


async def killed(process: asyncio.subprocess.Process) -> None:
    """It is gone, also if it had been stopped."""
    if process.returncode is None:
        process.kill()
    await process.wait()


@pytest.fixture
async def place(postgres_server: PostgresServer) -> str:
    """A database with our tables."""
    url = postgres_server.fresh_database()
    async with open_books(url, ManualClock(), worker=0):
        return url


async def test_a_stopped_holder_is_replaced_and_never_heard_again(
    place: str, tmp_path: Path, postgres_server: PostgresServer
) -> None:
    """Each time whoever has the role is stopped, and woken up later: what was written is in the order of the tokens."""
    name = place.rpartition("/")[2]
    async with two_processes(place, tmp_path / "told", SETTLER) as both:
        for _ in range(3):
            await asyncio.sleep(0.2)
            holder = postgres_server.sql("SELECT holder FROM lease WHERE role = 'settler'", name)
            both.running[holder].send_signal(signal.SIGSTOP)
            await both.more("b" if holder == "a" else "a", "did", 3)
            both.running[holder].send_signal(signal.SIGCONT)
            await both.more(holder)
        said = [line[1] for line in both.lines()]
        acknowledged = {line[2] for line in both.lines() if line[1] == "did"}
    keys = postgres_server.sql("SELECT key FROM entry ORDER BY at_ms, id", name).splitlines()
    tokens = [int(key.split(":")[1]) for key in keys]
    holders = {tuple(key.split(":")[1:3]) for key in keys}

    assert acknowledged <= set(keys)
    assert tokens == sorted(tokens)
    assert len(set(tokens)) == len(holders) >= 4, "a token has one holder"
    assert {"RoleHeld", "LeaseLost"} <= set(said)


async def test_two_processes_tell_everything_and_one_may_be_killed(place: str, tmp_path: Path) -> None:
    """Each notice is told, each user's in order; twice only what was in the hands of the one who was killed."""
    clock = ManualClock()
    users = range(2, 42, 2)
    async with (
        open_books(place, clock, migrate=False) as store,
        two_processes(place, tmp_path / "told", ANNOUNCER) as both,
    ):
        keeper = Bookkeeper(store, clock)
        events = [
            Event(kind=EventKind.ROOM_OPENED, user=UserId(user), ref=ref)
            for ref in range(12)
            for user in users
        ]
        await keeper.do(lambda books: books.outbox.add(events))
        await both.until(lambda lines: min(Counter(line[0] for line in lines)[name] for name in "ab") > 20)
        both.running["a"].kill()
        async with asyncio.timeout(30):
            while await keeper.do(lambda books: books.outbox.waiting(1)):  # noqa: ASYNC110 - told by others
                await asyncio.sleep(0.1)
        told = [line for line in both.lines() if line[1] != "ready"]

    by_notice: dict[str, list[str]] = {}
    for who, notice, _, _ in told:
        by_notice.setdefault(notice, []).append(who)
    twice = [who for who in by_notice.values() if len(who) > 1]

    assert len(events) == len(by_notice)
    assert len(twice) <= 10
    assert all(who == ["a", "b"] for who in twice)
    for user in users:
        heard = dict.fromkeys(int(ref) for _, _, whose, ref in told if whose == str(user))
        assert list(range(12)) == list(heard)
