"""Several processes on one PostgreSQL, and what becomes of their roles: nothing is done twice, little is delayed."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import Final

import pytest
from tests.cli.loops.evening import Evening, Process, an_evening, calm

from rooms_core.domain.lease import Lease
from rooms_core.domain.status import RoomStatus
from rooms_core.ports.books import Books
from rooms_core.result import Ok
from rooms_store.testing.postgres import PostgresServer

LEASE_MS: Final = int(os.environ.get("ROOMS_TEST_LEASE_MS", "3000"))
ROOMS: Final = (1_000, 2_000, 3_000)
TOLD_TWICE: Final = "SELECT count(*) FROM (SELECT 1 FROM evidence GROUP BY hash HAVING count(*) > 1) AS twice"


async def both(evening: Evening, *words: str) -> tuple[Process, Process]:
    """A leader, and somebody who stands by."""
    lease = ("--lease-ms", str(LEASE_MS))
    leader = await evening.run(*words, *lease)
    await leader.tells("has the role", role="monitor")
    standby = await evening.run(*words, *lease)
    await standby.tells("stands by", role="monitor")
    return leader, standby


async def sound(evening: Evening) -> None:
    """Every balance is the sum of its postings, and every rule of the books holds."""
    report = await evening.books.queries.verify()
    assert isinstance(report, Ok)
    assert report.value.holds, report


async def lease_of(evening: Evening, role: str) -> Lease:
    """How a role stands in the books."""

    async def work(books: Books) -> Lease:
        return await books.leases.prove(role)

    return await evening.do(work)


async def test_two_processes_settle_each_room_once(postgres_server: PostgresServer) -> None:
    """One leads and one stands by; one settlement, one notice to each bettor, no record twice."""
    async with an_evening(postgres_server.fresh_database()) as evening:
        rooms = [await evening.room(number) for number in ROOMS]
        leader, standby = await both(evening, "all")
        _, tick_ms = evening.leap()
        for room in rooms:
            stands, _ = await evening.settled(room.id)
            assert RoomStatus.SETTLED is stands.status
            assert stands.resolution is not None
            assert tick_ms == stands.resolution.at_ms or not calm(leader)
        for process in (leader, standby):
            process.process.send_signal(signal.SIGINT)
        assert [0, 0] == [await process.ends() for process in (leader, standby)]

        await sound(evening)
        settled = leader.told("room settled") + standby.told("room settled")
        assert list(ROOMS) == sorted(line["room"] for line in settled)
        told = [line["notice"] for line in leader.told("notice") + standby.told("notice")]
        assert len(set(told)) == len(told)
        database = evening.place.rpartition("/")[2]
        assert "0" == postgres_server.sql(TOLD_TWICE, database)
        assert [] == leader.rest + standby.rest


@pytest.mark.parametrize("how", ["killed", "told to stop"])
async def test_the_standby_leads_when_the_leader_is_gone(postgres_server: PostgresServer, how: str) -> None:
    """Killed, within one lease by the books' clock, and not before its end; told to stop, at once. The room is paid."""
    async with an_evening(postgres_server.fresh_database()) as evening:
        room = await evening.room()
        leader, standby = await both(evening, "all")
        leapt_ms, tick_ms = evening.leap(in_ms=LEASE_MS + 6_000)
        gone_ms = evening.clock.now_ms()
        if how == "killed":
            leader.process.kill()
            await leader.ends()
            over_ms = (await lease_of(evening, "monitor")).until_ms
        else:
            leader.process.send_signal(signal.SIGTERM)
            assert 0 == await leader.ends()
            over_ms = gone_ms
        await standby.tells("has the role", role="monitor")
        leads_ms = (await lease_of(evening, "monitor")).since_ms
        stands, row = await evening.settled(room.id)
        await sound(evening)

        print(
            f"{how}: with a lease of {LEASE_MS} ms the standby leads {leads_ms - gone_ms} ms later,"
            f" settled {row.at_ms - leapt_ms} ms after the leap"
        )
        assert over_ms <= gone_ms + LEASE_MS
        assert leads_ms >= over_ms
        assert stands.resolution is not None
        assert ("YES",) == stands.resolution.winning
        assert tick_ms == stands.resolution.at_ms or not calm(standby)


async def test_a_leap_while_nobody_leads_is_found_afterwards(postgres_server: PostgresServer) -> None:
    """The leader is killed right before it: the room is paid by whoever comes, one lease later at most."""
    async with an_evening(postgres_server.fresh_database()) as evening:
        room = await evening.room()
        leader, standby = await both(evening, "all")
        leapt_ms, _ = evening.leap(in_ms=6_000)
        await evening.waiting.until(leapt_ms - 200, evening.nobody)
        leader.process.kill()
        stands, row = await evening.settled(room.id)
        await sound(evening)

        took = (await standby.tells("has the role", role="monitor"))["timestamp"]
        print(f"nobody led from the leap until {took}: settled {row.at_ms - leapt_ms} ms after the leap")
        assert stands.resolution is not None
        assert ("YES",) == stands.resolution.winning
        assert stands.resolution.at_ms > leapt_ms


async def test_a_database_that_goes_and_comes_ends_no_process() -> None:
    """It is said, waited for, and the room is paid; nothing has to be started anew."""
    with PostgresServer(durable=False) as server:
        async with an_evening(server.fresh_database()) as evening:
            room = await evening.room()
            process = await evening.run("all", "--lease-ms", str(LEASE_MS))
            await process.tells("has the role", role="monitor")
            await asyncio.to_thread(server.stop, "immediate")
            await process.tells("a turn failed and is tried again", role="monitor")
            await asyncio.to_thread(server.start)
            await process.tells("works again", role="monitor")
            evening.leap()
            await process.tells("room settled", room=room.id)
            process.process.send_signal(signal.SIGTERM)

            assert 0 == await process.ends()
            assert [] == process.rest
            assert server.password not in str(process.lines)
