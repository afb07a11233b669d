"""The oracle that says what it was told to say."""

from __future__ import annotations

from rooms_core.domain.ids import RoomId
from rooms_core.domain.market import Direction, PoolDepth
from rooms_core.ports.oracle import NoAnswer, NotPriceable, NotYet, OracleFailed, TickReport, WatchedRoom
from rooms_core.result import Err, Ok
from rooms_core.testing.builders import a_market_state, a_reading
from rooms_core.testing.clock import NOON_MS
from rooms_core.testing.oracle import ScriptedOracle

READING = a_reading(7)
SILENT = OracleFailed("silent")
ROOM = WatchedRoom(
    room=RoomId(1_000),
    instrument="SOL/USD",
    direction=Direction.UP,
    target=9,
    since_ms=NOON_MS,
    settle_at_ms=NOON_MS + 60_000,
)


async def test_prices_are_those_of_the_script() -> None:
    """What it does not name has no price; a failure stays one."""
    oracle = ScriptedOracle(READING)
    oracle.readings["BTC/USD"] = SILENT

    assert Ok(READING) == await oracle.price("SOL/USD", now_ms=NOON_MS)
    assert Err(SILENT) == await oracle.price("BTC/USD", now_ms=NOON_MS)
    assert Err(NotPriceable("X/USD", "unknown")) == await oracle.price("X/USD", now_ms=NOON_MS)


async def test_ticks_come_one_after_another() -> None:
    """When none is left, a tick brings nothing."""
    oracle, report = ScriptedOracle(), TickReport(NOON_MS, (a_market_state(READING),), ())
    oracle.ticks.extend([report, SILENT])

    assert [Ok(report), Err(SILENT), Ok(TickReport(9, (), ()))] == [await oracle.tick(9) for _ in range(3)]


async def test_answers_at_the_settle_time() -> None:
    """Not yet, until the script has one."""
    oracle, answer = ScriptedOracle(), NoAnswer("silence", ())
    later = Ok(NotYet(NOON_MS + 3_000))

    assert later == await oracle.close_price("SOL/USD", settle_at_ms=NOON_MS, now_ms=NOON_MS)
    assert later == await oracle.touch_answer(ROOM, now_ms=NOON_MS)
    oracle.closes["SOL/USD"] = oracle.touches[ROOM.room] = answer
    assert Ok(answer) == await oracle.close_price("SOL/USD", settle_at_ms=NOON_MS, now_ms=NOON_MS)
    assert Ok(answer) == await oracle.touch_answer(ROOM, now_ms=NOON_MS)
    oracle.closes["SOL/USD"] = oracle.touches[ROOM.room] = SILENT
    assert Err(SILENT) == await oracle.close_price("SOL/USD", settle_at_ms=NOON_MS, now_ms=NOON_MS)
    assert Err(SILENT) == await oracle.touch_answer(ROOM, now_ms=NOON_MS)


def test_it_remembers_what_it_was_asked_to_do() -> None:
    """Polled instruments are counted, watched rooms kept until they are forgotten."""
    oracle = ScriptedOracle()
    for _ in range(2):
        oracle.poll("SOL/USD")
        oracle.watch(ROOM)
    oracle.rest("SOL/USD")

    assert {"SOL/USD": 1} == oracle.polled
    assert {ROOM.room: ROOM} == oracle.watched
    for _ in range(2):
        oracle.forget(ROOM.room)
    assert {} == oracle.watched


def test_it_takes_up_where_it_was_told() -> None:
    """Market rows, chains of records and depths."""
    oracle, state, depth = ScriptedOracle(), a_market_state(READING), PoolDepth(1, 2, 3)
    oracle.resume(state)
    oracle.resume_chain("SOL/USD", "sha256:aa")
    oracle.depths["pump:m"] = depth

    assert {"SOL/USD": state} == oracle.resumed
    assert ("SOL/USD",) == oracle.chains("SOL/USD")
    assert {"SOL/USD": "sha256:aa"} == oracle.chained
    assert [depth, None] == [oracle.depth("pump:m"), oracle.depth("SOL/USD")]
