"""Background work that a test can wait for."""

from __future__ import annotations

import asyncio

import pytest

from rooms_core.testing.rng import SeededRng
from rooms_core.testing.tasks import AwaitedTasks


async def test_drain_waits_for_all_that_was_started() -> None:
    """What the work itself started is waited for as well."""
    tasks, done = AwaitedTasks(), list[str]()

    async def inner() -> None:
        await asyncio.sleep(0)
        done.append("inner")

    async def outer() -> None:
        tasks.spawn(inner())
        done.append("outer")

    tasks.spawn(outer())
    assert [] == done
    await tasks.drain()

    assert ["outer", "inner"] == done


async def test_an_exception_is_not_lost() -> None:
    """Background work does not raise; if it does, the test hears of it."""

    async def broken() -> None:
        raise LookupError("a bug")

    tasks = AwaitedTasks()
    tasks.spawn(broken())

    with pytest.raises(LookupError, match="a bug"):
        await tasks.drain()


async def test_who_started_it_hears_of_its_end() -> None:
    """However it ended: done, broken, or stopped before its first step."""
    tasks, heard = AwaitedTasks(), list[str]()

    async def work(problem: Exception | None) -> None:
        heard.append("began")
        if problem is not None:
            raise problem

    tasks.spawn(work(None), lambda: heard.append("done"))
    await tasks.drain()
    tasks.spawn(work(LookupError()), lambda: heard.append("broken"))
    with pytest.raises(LookupError):
        await tasks.drain()
    tasks.spawn(work(None), lambda: heard.append("stopped"))
    await tasks.stop()
    await tasks.drain()

    assert ["began", "done", "began", "broken", "stopped"] == heard


async def test_a_pause_takes_its_time_only_by_chance() -> None:
    """A test waits one turn; a drill waits as long as chance has it, and never longer than asked for."""
    loop, tasks, patient = asyncio.get_running_loop(), AwaitedTasks(), AwaitedTasks(SeededRng(1))
    await tasks.pause(3_600_000)
    assert [3_600_000] == tasks.pauses

    drawn, began = SeededRng(1).below(21), loop.time()
    await patient.pause(20)
    assert drawn > 0
    assert loop.time() - began >= drawn / 1_000 - 0.001
