"""Real processes on the machine's clock, over HTTP to the feed server: a touch is paid, and a stop is in order."""

from __future__ import annotations

import signal
from pathlib import Path

from tests.cli.loops.evening import an_evening, calm

from rooms_core.domain.status import RoomStatus


async def test_all_roles_in_one_process_pay_a_touch_at_the_right_tick(tmp_path: Path) -> None:
    """On SQLite: the first tick past the target decides, and what follows takes no poll."""
    async with an_evening(str(tmp_path / "books.db")) as evening:
        room = await evening.room()
        process = await evening.run("all")
        await process.tells("has the role", role="monitor")
        leapt_ms, tick_ms = evening.leap()
        stands, row = await evening.settled(room.id)
        process.process.send_signal(signal.SIGTERM)

        print(f"settled {row.at_ms - leapt_ms} ms after the leap, {row.at_ms - tick_ms} ms after its tick")
        assert 0 == await process.ends()
        assert RoomStatus.SETTLED is stands.status
        assert stands.resolution is not None
        assert ("YES",) == stands.resolution.winning
        assert tick_ms == stands.resolution.at_ms or not calm(process)
        assert 2 == len(process.told("notice"))
        assert 2 == len(process.told("gave the role back"))
        assert "stopped" == process.lines[-1]["event"]
        assert [] == process.rest
