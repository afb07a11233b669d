"""Four processes that all settle the same room at the same moment, and one of them dies of it."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, cast

import attrs
from tests.chaos.settler import Point

from rooms_core.domain.ids import RoomId
from rooms_store.testing.processes import kill_all

SETTLERS: Final = 4
KILLED: Final = "killed"
_START_SECONDS: Final = 60
_REPO: Final = Path(__file__).resolve().parents[2]


class NotAsPlanned(Exception):
    """A settler did not come to its point, died by itself, or had no answer for too long."""


@attrs.frozen(kw_only=True)
class Contest:
    """What came of one room. `answers` by settler; `waiting`: how many waited for the killed one that stood still."""

    room: RoomId
    point: Point
    killed: int
    killed_after: float
    """Seconds since the order."""
    waiting: int | None
    copied: int
    """Payouts and commissions that the killed one had written."""
    answers: tuple[str, ...]
    tries: tuple[int, ...]
    seconds: float
    """Until the last one had its answer."""


@attrs.define
class _Settler:
    """The near end of one process."""

    pid: int
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def say(self, **facts: object) -> None:
        """One line."""
        self.writer.write(_line(facts))
        await self.writer.drain()

    async def hear(self) -> dict[str, Any] | None:
        """The next line; None when the process is gone."""
        return _read(await self.reader.readline())

    async def kill(self) -> None:
        """SIGKILL, and wait until the process is gone."""
        os.kill(self.pid, signal.SIGKILL)
        while await self.reader.read(65_536):
            pass
        self.writer.close()


@attrs.define(eq=False)
class Settlers:
    """`SETTLERS` processes; a killed one is replaced before the next room."""

    nursery: asyncio.subprocess.Process
    born: asyncio.Queue[_Settler]
    all: list[_Settler] = attrs.field(factory=list)

    async def fill(self) -> None:
        """Have all of them there, with their books open. Raises NotAsPlanned if one does not come."""
        assert self.nursery.stdin is not None
        missing = SETTLERS - len(self.all)
        self.nursery.stdin.write(b"another\n" * missing)
        await self.nursery.stdin.drain()
        for _ in range(missing):
            coming = asyncio.ensure_future(self.born.get())
            gone = asyncio.ensure_future(self.nursery.wait())
            await asyncio.wait([coming, gone], timeout=_START_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            gone.cancel()
            if not coming.done():
                coming.cancel()
                raise NotAsPlanned("a settler did not open its books")
            self.all.append(coming.result())

    async def contest(
        self,
        room: RoomId,
        point: Point,
        *,
        waiting: Callable[[Point], Awaitable[int | None]],
        copied: Callable[[int], None] = lambda _: None,
        patience_seconds: float = 120,
    ) -> Contest:
        """All settle `room`; the first that comes to `point` is killed there. Raises NotAsPlanned."""
        await self.fill()
        loop = asyncio.get_running_loop()
        began = loop.time()
        dead: list[int] = []
        death: dict[str, Any] = {}

        async def follow(number: int) -> tuple[str, int]:
            settler = self.all[number]
            while (heard := await settler.hear()) is not None:
                if "answer" in heard:
                    return heard["answer"], heard["tries"]
                if "at" not in heard:
                    copied(heard["copied"])
                elif not dead:
                    dead.append(number)
                    death["waiting"] = await waiting(point) if point.still else None
                    death["killed_after"] = loop.time() - began
                    death["copied"] = heard["copied"]
                    await settler.kill()
                    return KILLED, 1
                elif point.still:
                    await settler.say(go=True)
            raise NotAsPlanned(f"settler {number} died by itself")

        for settler in self.all:
            await settler.say(room=room, point=attrs.asdict(point))
        try:
            async with asyncio.timeout(patience_seconds):
                heard = await asyncio.gather(*map(follow, range(SETTLERS)))
        except TimeoutError:
            raise NotAsPlanned(f"no answer within {patience_seconds} s") from None
        seconds = loop.time() - began
        if not dead:
            raise NotAsPlanned(f"nobody came to {point}: {heard}")
        (killed,) = dead
        del self.all[killed]
        return Contest(
            room=room,
            point=point,
            killed=killed,
            answers=tuple(answer for answer, _ in heard),
            tries=tuple(tries for _, tries in heard),
            seconds=seconds,
            **death,
        )


@asynccontextmanager
async def settlers(place: str, *, block: int) -> AsyncIterator[Settlers]:
    """Settlers on the books at a place, which read positions in blocks of this size; none is left at the end."""
    folder = Path(tempfile.mkdtemp(prefix="rooms-settlers-"))
    born: asyncio.Queue[_Settler] = asyncio.Queue()
    writers: list[asyncio.StreamWriter] = []

    async def arrived(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        first = _read(await reader.readline())
        if first is not None:
            born.put_nowait(_Settler(first["pid"], reader, writer))

    server = await asyncio.start_unix_server(arrived, folder / "line")
    path = os.pathsep.join(filter(None, [str(_REPO), os.environ.get("PYTHONPATH")]))
    nursery = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.chaos.settler", place, str(folder / "line"), str(block)),
        stdin=asyncio.subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": path},
    )
    made = Settlers(nursery, born)
    try:
        yield made
    finally:
        server.close()
        kill_all(each.pid for each in made.all)
        for writer in writers:
            writer.close()
        if nursery.stdin is not None:
            nursery.stdin.close()
        await nursery.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _line(facts: dict[str, object]) -> bytes:
    return json.dumps(facts).encode() + b"\n"


def _read(line: bytes) -> dict[str, Any] | None:
    return cast("dict[str, Any]", json.loads(line)) if line else None
