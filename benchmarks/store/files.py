"""S7: SQLite, batches of 100 against the ORM one by one; synchronous FULL on both sides."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session

from benchmarks.peers.orm_bets import place_one
from benchmarks.store.clients import in_turn
from benchmarks.store.desks import Crowd, our_desk, through
from benchmarks.store.load import FREE_IDS, PURSE, Loaded, user
from benchmarks.store.stage import Stage
from rooms_cli.benches import Goal, at_least
from rooms_core.domain.money import Lamports
from rooms_core.ports.books import Books
from rooms_core.result import Ok, Result
from rooms_core.testing.builders import a_user, populate
from rooms_store.engine import prepare, sqlite_url
from rooms_store.opening import open_books

_CLIENTS = 100
_USERS = 200


async def sqlite_batches(stage: Stage) -> list[Goal]:
    """S7: bets per second in batches of 100 ÷ through the ORM, each in a unit of work of its own."""
    with tempfile.TemporaryDirectory(prefix="rooms-bench-") as folder:
        path = Path(folder, "books.sqlite3")
        numbers = iter(range(FREE_IDS, FREE_IDS << 1, 2))
        async with open_books(path, stage.clock) as books:
            people = {a_user(user(number)): Lamports(PURSE) for number in range(_USERS)}
            await populate(books, people)

            async def rooms(unit: Books) -> Result[None, None]:
                await unit.rooms.add(Loaded(number=0).room(stage.clock.now_ms()))
                return Ok(None)

            await books.run(rooms)
            desk = our_desk(books, books.ids, batch_max=_CLIENTS)

            async def ours(number: int) -> float:
                place = through(desk, Crowd(users=_USERS, rooms=(0,), name=f"ours-{number}"))
                each = max(1, 5 * stage.sizes.sqlite_bets // _CLIENTS)
                return await _counted(place, each)

            async def orm(number: int) -> float:
                crowd = Crowd(users=_USERS, rooms=(0,), name=f"orm-{number}")
                began = time.perf_counter()
                for count in range(stage.sizes.sqlite_bets):
                    with Session(engine) as session, session.begin():
                        place_one(
                            session, crowd.order(0, count), bet_id=next(numbers), now_ms=stage.clock.now_ms()
                        )
                return stage.sizes.sqlite_bets / (time.perf_counter() - began)

            with _plain(path) as engine:
                turns = await in_turn({"ours": ours, "orm": orm}, stage.sizes.rounds, tell=stage.tell)
    seen = f"{turns.median('ours', float):,.0f}/s against {turns.median('orm', float):,.0f}/s"
    what = f"SQLite: bets per second in batches of {_CLIENTS} ÷ ORM one by one, synchronous FULL"
    return [at_least("S7", what, turns.ratio("ours", "orm", float), 25.0, seen)]


async def _counted(place: object, each: int) -> float:
    import asyncio

    async def client(number: int) -> None:
        for count in range(each):
            await place(number, count)  # type: ignore[operator]

    began = time.perf_counter()
    await asyncio.gather(*(client(number) for number in range(_CLIENTS)))
    return _CLIENTS * each / (time.perf_counter() - began)


@contextmanager
def _plain(path: Path) -> Iterator[Engine]:
    """An engine without asyncio around it, which is the quicker one for the ORM; same pragmas, same locking."""
    engine = create_engine(sqlite_url(path, driver="pysqlite"), connect_args={"isolation_level": None})
    prepare(engine, begin="BEGIN IMMEDIATE")
    try:
        yield engine
    finally:
        engine.dispose()
