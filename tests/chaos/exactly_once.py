"""The drill: four processes settle each room at once, one of them is killed on the way, and the room is paid once."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Final

import attrs
from benchmarks.store.load import room_id
from tests.chaos.full_rooms import fill
from tests.chaos.settler import COMMIT, COMMITTED, COPYING, NOTICES, Point
from tests.chaos.settlers import KILLED, SETTLERS, Contest, settlers

from rooms_cli.clock import SystemClock
from rooms_core.domain.status import RoomStatus
from rooms_core.ports.queries import Progress
from rooms_core.proofs.receipt_check import verify_receipt
from rooms_core.result import Err, Ok
from rooms_core.services.read_receipt import ReadReceipt
from rooms_store.opening import OpenBooks, open_books
from rooms_store.testing.postgres import PostgresServer

STAGES: Final = {
    "before the compare-and-set": Point(call="rooms.save"),
    "before its entry": Point(call="journal.write"),
    "between two blocks of payouts": Point(call=COPYING),
    "while a block is copied": Point(call=COPYING, still=False),
    "before a block's notices": Point(call=NOTICES),
    "before the balances": Point(call="writer.close"),
    "while balances move": Point(call="writer.close", still=False),
    "before the settlement row": Point(call="settlements.add"),
    "before COMMIT": Point(call=COMMIT),
    "while it commits": Point(call=COMMIT, still=False),
    "after COMMIT": Point(call=COMMITTED),
}
"""Where a settler is killed, in the order in which a settlement comes there."""
_WAIT: Final = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND cardinality(pg_blocking_pids(pid)) > 0"
)
_ALL_WAIT_SECONDS: Final = 20
_LOSER: Final = f"NotSettling: {RoomStatus.SETTLED.name}"


@attrs.frozen(kw_only=True)
class Ended:
    """One room: where its settler was killed, what everyone was told, and what is wrong with it."""

    stage: str
    contest: Contest
    wrong: tuple[str, ...]


@attrs.frozen(kw_only=True)
class Drill:
    """All rooms of a drill. `wrong`: what is wrong with the books as a whole, or was before the drill began."""

    ended: tuple[Ended, ...]
    postings: int
    wrong: tuple[str, ...]
    loading: float
    verifying: float

    @property
    def whole(self) -> bool:
        """Whether every room was paid once, and the books hold."""
        return not self.faults

    @property
    def faults(self) -> tuple[str, ...]:
        """Everything that is wrong, rooms by the stage of their kill."""
        return self.wrong + tuple(f"{each.stage}: {wrong}" for each in self.ended for wrong in each.wrong)


@attrs.define
class Audience:
    """Who wants to know how far it is. Nobody by default."""

    stage: Callable[[str], None] = lambda _: None
    steps: Progress = lambda _done, _whole: None


async def drill(
    place: str,
    *,
    bets: int,
    stages: list[str],
    seed: int,
    server: PostgresServer | None = None,
    block: int = 1_000,
    audience: Audience | None = None,
) -> Drill:
    """Fill a room for each of `stages` and settle it. With the `server` of `place`, waits are counted."""
    told = audience or Audience()
    clock, chance = asyncio.get_running_loop().time, random.Random(seed)
    told.stage(f"filling {len(stages)} rooms with {bets:,} bets each")
    began = clock()
    rooms = await fill(place, rooms=len(stages), bets=bets, told=told.steps)
    loading = clock() - began
    async with open_books(place, SystemClock()) as books:
        told.stage("verifying the books before")
        before, _ = await _verified(books, told)
        found: list[tuple[str, Contest]] = []
        async with settlers(place, block=block) as crowd:
            for room, stage in zip(rooms, stages, strict=True):
                told.stage(
                    f"room {room.number + 1} of {len(rooms)}: {SETTLERS} settle, one is killed {stage}"
                )
                contest = await crowd.contest(
                    room_id(room.number),
                    _at_random(STAGES[stage], room.bettors, block, chance),
                    waiting=partial(_waiting, server, place),
                    copied=lambda count: told.steps(min(count, bets // 2), bets // 2),
                    patience_seconds=120 + bets / 500,
                )
                found.append((stage, contest))
        told.stage("verifying the books")
        began = clock()
        after, postings = await _verified(books, told)
        verifying = clock() - began
        told.stage("verifying the receipts")
        ended = [
            Ended(stage=stage, contest=contest, wrong=tuple([each async for each in _wrong(books, contest)]))
            for stage, contest in found
        ]
    return Drill(
        ended=tuple(ended),
        postings=postings,
        wrong=(*(f"before: {each}" for each in before), *after),
        loading=loading,
        verifying=verifying,
    )


def _at_random(point: Point, payouts: int, block: int, chance: random.Random) -> Point:
    """The same point behind any of the payouts, or any of their blocks."""
    if point.call == COPYING:
        return attrs.evolve(point, after=chance.randrange(payouts))
    if point.call == NOTICES:
        return attrs.evolve(point, after=chance.randrange(-(-payouts // block)))
    return point


async def _waiting(server: PostgresServer | None, place: str, point: Point) -> int | None:
    """How many wait for locks: all others, soon after somebody stands still with his."""
    if server is None:
        return None
    count, until = 0, asyncio.get_running_loop().time() + _ALL_WAIT_SECONDS
    while asyncio.get_running_loop().time() < until:
        count = int(await asyncio.to_thread(server.sql, _WAIT, place.rpartition("/")[2]))
        if count == SETTLERS - 1 or point.call == COMMITTED:
            break
    return count


async def _verified(books: OpenBooks, told: Audience) -> tuple[list[str], int]:
    """What is wrong with the ledger, and how many postings it has."""
    match await books.queries.verify(told.steps):
        case Err(why):
            return [why.message], 0
        case Ok(report):
            wrong = [f"{each.rule}: {each.what}: {each.wrong}" for each in report.checks if not each.holds]
            return wrong + [str(each) for each in (report.first_difference,) if each], report.postings


async def _wrong(books: OpenBooks, contest: Contest) -> AsyncIterator[str]:
    """Whatever does not say that this room was paid exactly once."""
    paid = contest.answers.count(RoomStatus.SETTLED.name)
    expected = {0, 1} if not contest.point.still else {0 if contest.point.call == COMMITTED else 1}
    if paid not in expected:
        yield f"{paid} settlers say that they settled it"
    if contest.answers.count(_LOSER) != SETTLERS - 1 - paid or contest.answers.count(KILLED) != 1:
        yield f"answers: {contest.answers}"
    match await books.queries.settlement(contest.room), await books.queries.cash_flow(contest.room):
        case Ok(row), Ok(flows):
            into = sum(each.amount.value for each in flows if each.into_room)
            out = sum(each.amount.value for each in flows if not each.into_room)
            staked = row.figures.staked.value if row is not None and row.figures is not None else None
            if not into == out == staked:
                yield f"staked {into}, paid out {out}, and the settlement says {staked}"
        case silent:
            yield str(silent)
    match await ReadReceipt(queries=books.queries)(contest.room):
        case Ok(receipt):
            if isinstance(verified := verify_receipt(receipt), Err):
                yield f"the receipt: {verified.why}"
        case Err(why):
            yield f"the receipt: {why}"
