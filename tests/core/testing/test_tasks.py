"""Background work that a test can wait for."""

from __future__ import annotations

import asyncio

import pytest

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
