"""Background work on the running loop."""

from __future__ import annotations

import asyncio
import gc

from rooms_cli.tasks import LoopTasks
from rooms_core.testing.rng import SeededRng


async def test_work_goes_on_beside_the_caller_and_says_when_it_ended() -> None:
    """Nobody has to keep it alive."""
    tasks, ended, begun = LoopTasks(SeededRng(1)), asyncio.Event(), asyncio.Event()

    async def work() -> None:
        begun.set()
        await asyncio.sleep(0)

    tasks.spawn(work(), ended.set)
    tasks.spawn(asyncio.sleep(0))
    gc.collect()
    assert not begun.is_set()
    await asyncio.wait_for(ended.wait(), 10)

    assert begun.is_set()


async def test_a_pause_is_drawn_anew_each_time() -> None:
    """Who failed together does not come back together."""

    class Drawn:
        """Remembers what was drawn from, and draws nothing."""

        limits: list[int] = []  # noqa: RUF012 - one test's own

        def below(self, limit: int) -> int:
            self.limits.append(limit)
            return 0

        def salt(self) -> bytes:
            return b""

    chance = Drawn()
    for longest_ms in (0, 250):
        await LoopTasks(chance).pause(longest_ms)

    assert [1, 251] == chance.limits
