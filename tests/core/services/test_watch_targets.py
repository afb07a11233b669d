"""Watching targets: what the oracle sees becomes an answer, with its evidence, once (decisions R2–R5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial

import pytest

from rooms_core.domain import entries
from rooms_core.domain.bet import PriceTooOld, RoomNotOpen, TouchPending
from rooms_core.domain.events import EventKind
from rooms_core.domain.ids import RoomId, UserId
from rooms_core.domain.journal import BREAKAGE, JournalEntry, Posting, PostingKind, available, pot
from rooms_core.domain.market import NO, YES, FoundBy, Mode, Outcome, PoolDepth, PumpMarketCap
from rooms_core.domain.money import Lamports
from rooms_core.domain.room import HOLD_MAX_MS, Room
from rooms_core.domain.status import RoomStatus
from rooms_core.domain.thin_pool import ThinPool
from rooms_core.ports.books import Books
from rooms_core.ports.evidence import EvidenceRecord
from rooms_core.ports.oracle import Closed, NoAnswer, NotYet, OracleFailed, TickReport, Touch, Untouched
from rooms_core.ports.store import StoreFailed
from rooms_core.proofs.receipt_check import verify_receipt
from rooms_core.result import Err, Ok
from rooms_core.services.closing import Stuck
from rooms_core.services.settle_room import NotSettling
from rooms_core.services.watch_targets import Answered, Watched, WatchTargets
from rooms_core.testing.builders import USD, a_bet, a_market, a_market_state, a_reading, a_room, sols
from rooms_core.testing.clock import NOON_MS
from rooms_core.testing.house import House, a_record, a_request
from rooms_core.testing.memory.records import MemoryEvidence
from rooms_core.testing.memory.undo import Crashed
from rooms_core.testing.memory_store import Fate
from rooms_core.testing.oracle import ScriptedOracle
from rooms_core.testing.overtaken import Overtaken

SECOND_MS = 1_000
MINT = PumpMarketCap("So11111111111111111111111111111111111111112")
RECORD = a_record("SOL/USD", NOON_MS)
LOST = "COMMIT failed; nothing was written"


def at(seconds: int) -> int:
    """A tick after noon."""
    return NOON_MS + seconds * SECOND_MS


def a_touch(
    room: Room,
    seconds: int,
    *,
    clear: int | None = None,
    found_by: FoundBy = FoundBy.TICKS,
    records: tuple[EvidenceRecord, ...] = (RECORD,),
) -> Touch:
    """The target of a room was touched; the tick three seconds before was clear unless told otherwise."""
    return Touch(
        room=room.id,
        at_ms=at(seconds),
        price=201 * USD,
        last_clear_ms=at(seconds - 3 if clear is None else clear),
        found_by=found_by,
        evidence=tuple(record.hash for record in records),
        records=records,
    )


async def an_open_room(house: House, *people: int) -> Room:
    """A TOUCH room on SOL at 200 USD, opened at noon by one bettor on each side of 10 SOL."""
    await house.books.people(2, 4, *people, each=sols("100"))
    room = await house.room()
    await house.sees(a_reading(190 * USD, tick_ms=NOON_MS))
    await house.bet(2, "YES", sols("10"), room)
    await house.bet(4, "NO", sols("10"), room)
    await house.moves()
    return await house.stands(room)


async def a_locked_room(
    house: House, mode: Mode = Mode.TOUCH, *, number: int = 500, thin: ThinPool | None = None
) -> Room:
    """A room past its lock, 10 SOL on each side of two people who are new."""
    first, second = number * 10 + 2, number * 10 + 4
    await house.books.people(first, second, each=sols("100"))
    room = a_room(
        number,
        market=a_market(mode=mode),
        host=None,
        status=RoomStatus.LOCKED,
        opened_at_ms=NOON_MS,
        thin=thin,
    )
    await house.books.opened(
        room,
        a_bet(number * 100 + 2, first, "YES", sols("10"), room=number),
        a_bet(number * 100 + 4, second, "NO", sols("10"), room=number),
    )
    return await house.stands(room)


async def test_a_touch_is_followed_from_the_first_bet_to_the_last_lamport() -> None:
    """Bets on a result that may be known are refused or go back; the others share the pool (R4)."""
    house = House()
    room = await an_open_room(house, 6, 8)
    await house.sees(a_reading(190 * USD, tick_ms=at(3)))
    for seconds, who, side, stake in [(3, 6, "NO", "20"), (5, 8, "YES", "30")]:
        house.clock.set(at(seconds))
        assert isinstance(await house.bet(who, side, sols(stake), room), Ok)
    await house.sees(a_reading(195 * USD, tick_ms=at(15)))  # the last clear tick: the edge is 12 s before it
    assert isinstance(await house.bet(6, "YES", sols("1"), room), Ok)

    await house.sees(a_reading(201 * USD, tick_ms=at(18)))  # a first hit
    assert Err(TouchPending(at(18))) == await house.bet(8, "YES", sols("1"), room)
    watched = await house.sees(a_reading(202 * USD, tick_ms=at(21)), a_touch(room, 18))
    assert (Answered(room.id, RoomStatus.SETTLING),) == watched.answered
    assert Err(RoomNotOpen(RoomStatus.SETTLING)) == await house.bet(8, "YES", sols("1"), room)

    stands = await house.stands(room)
    assert stands.resolution is not None
    assert at(3) == stands.resolution.late_after_ms
    settled = await house.settle(room.id)
    assert isinstance(settled, Ok)
    assert settled.value.figures is not None
    # at 3 s exactly 20 on NO stay; 30 at 5 s and 1 at 15 s, both on YES, are late
    assert (sols("31"), sols("40"), sols("1.2")) == (
        settled.value.figures.late_refunds,
        settled.value.figures.gross,
        settled.value.figures.takeout,
    )
    assert [sols(each).value for each in ("128.8", "90", "80", "100")] == [
        await house.balance(available(UserId(who))) for who in (2, 4, 6, 8)
    ]
    read = await house.receipt(room.id)
    assert isinstance(read, Ok)
    assert isinstance(verify_receipt(read.value), Ok)
    assert [RECORD] == await house.evidence(*read.value["header"]["evidence"])


async def test_late_refunds_that_leave_one_side_void_the_room() -> None:
    """All on one side but what came too late: nobody wins from latecomers' money, nobody loses (R4, M5)."""
    house = House()
    await house.books.people(2, 4, each=sols("10"))
    room = await house.room()
    await house.sees(a_reading(190 * USD, tick_ms=NOON_MS))
    await house.bet(2, "YES", sols("10"), room)
    await house.sees(a_reading(190 * USD, tick_ms=at(9)))
    await house.bet(4, "NO", sols("10"), room)
    await house.moves()
    await house.sees(a_reading(201 * USD, tick_ms=at(15)), a_touch(room, 12))
    settled = await house.settle(room.id)

    assert isinstance(settled, Ok)
    assert RoomStatus.VOIDED is settled.value.status
    assert '"reason":"ONE_SIDED"' in settled.value.header
    assert [sols("10").value] * 2 == [await house.balance(available(UserId(who))) for who in (2, 4)]


@pytest.mark.parametrize("locked", [False, True])
async def test_a_touch_commits_the_answer_with_its_evidence_in_one_unit_of_work(locked: bool) -> None:
    """OPEN → LOCKED → SETTLING, or LOCKED → SETTLING: wherever the process dies, all of it is there or nothing."""
    writes, done = 0, False
    while not done:
        house = House()
        room = await an_open_room(house)
        if locked:
            await house.moves(room.lock_at_ms)
            assert RoomStatus.LOCKED is (await house.stands(room)).status
        house.oracle.ticks.append(TickReport(at(30), (), (a_touch(room, 27),)))
        # the third unit of work is the answer's: after the list, and what there is to resume
        doomed = Overtaken(house.store, partial(dies, house, writes), after=2)
        with pytest.raises(Crashed):
            await WatchTargets(store=doomed, oracle=house.oracle)(at(30))
        stands = await house.stands(room)
        done = stands.status is RoomStatus.SETTLING
        assert done is (stands.resolution is not None)
        assert done is ([RECORD] == await house.evidence(RECORD.hash))
        writes += 1

    assert 3 <= writes  # at least the record and the room were written, and then COMMIT


async def dies(house: House, writes: int) -> None:
    """The process is to die after so many writes of the next unit of work."""
    house.store.crash_after(writes)


async def test_money_moves_in_a_later_unit_of_work() -> None:
    """The answer is durable before anything is paid; then settling is somebody's next step (R7)."""
    house = House()
    room = await an_open_room(house)
    await house.sees(a_reading(201 * USD, tick_ms=at(30)), a_touch(room, 27))

    assert sols("20").value == await house.balance(pot(room.id))
    assert Ok([room.id]) == await house.settle.due()


async def test_a_second_monitor_does_no_harm() -> None:
    """Both see the touch; the second finds the room answered and writes nothing."""
    house = House()
    room = await an_open_room(house)
    other = WatchTargets(store=house.store, oracle=ScriptedOracle())
    assert isinstance(await other(at(27)), Ok)
    await house.sees(a_reading(201 * USD, tick_ms=at(30)), a_touch(room, 27))
    answered = await house.stands(room)

    assert isinstance(other.oracle, ScriptedOracle)
    other.oracle.ticks.append(TickReport(at(30), (), (a_touch(room, 27, clear=0),)))
    again = await other(at(30))
    assert isinstance(again, Ok)
    assert () == again.value.answered
    assert answered == await house.stands(room)


async def test_two_monitors_that_answer_at_the_same_time_answer_once() -> None:
    """Between the list of one and its answer the other was faster: the room keeps its first answer."""
    house = House()
    room = await an_open_room(house)

    async def faster() -> None:
        await house.sees(a_reading(201 * USD, tick_ms=at(30)), a_touch(room, 27))

    oracle = ScriptedOracle()
    oracle.ticks.append(TickReport(at(30), (), (a_touch(room, 27, clear=0),)))
    slower = WatchTargets(store=Overtaken(house.store, faster, after=2), oracle=oracle)
    watched = await slower(at(30))

    assert isinstance(watched, Ok)
    assert ((), ()) == (watched.value.answered, watched.value.stuck)
    stands = await house.stands(room)
    assert stands.resolution is not None
    assert at(24 - 12) == stands.resolution.late_after_ms


async def test_only_open_and_locked_rooms_are_watched() -> None:
    """While QUEUING the price is ticked, for the bets; hits count since the room opened (R1, R4)."""
    house = House()
    await house.books.people(2, 4, each=sols("10"))
    room = await house.room()
    await house.sees(a_reading(190 * USD, tick_ms=NOON_MS))
    assert (1, {}) == (house.oracle.polled["SOL/USD"], house.oracle.watched)

    await house.bet(2, "YES", sols("1"), room)
    await house.bet(4, "NO", sols("1"), room)
    await house.moves(at(2))
    await house.quiet(at(3))
    watched = house.oracle.watched[room.id]
    assert (at(2), room.settle_at_ms, 200 * USD) == (watched.since_ms, watched.settle_at_ms, watched.target)
    assert (False, None) == (watched.pool_priced, watched.created_liquidity_cents)


async def test_a_touch_of_a_queuing_room_is_none() -> None:
    """Ticks during QUEUING are no hits, whoever reports them (R1)."""
    house = House()
    room = await house.room()
    watched = await house.sees(a_reading(201 * USD, tick_ms=NOON_MS), a_touch(room, 0))

    assert () == watched.answered
    assert RoomStatus.QUEUING is (await house.stands(room)).status


async def test_rooms_that_compare_at_the_close_are_ticked_and_not_watched() -> None:
    """Their settle price needs the ticks; a touch means nothing to them."""
    house = House()
    room = await a_locked_room(house, Mode.AT_CLOSE)
    await house.sees(a_reading(201 * USD, tick_ms=NOON_MS), a_touch(room, 0))

    assert (1, {}) == (house.oracle.polled["SOL/USD"], house.oracle.watched)
    assert RoomStatus.LOCKED is (await house.stands(room)).status


async def test_an_instrument_is_polled_once_for_each_of_its_rooms() -> None:
    """It rests when its last room has ended, and ended rooms are forgotten."""
    house = House()
    room = await an_open_room(house)
    await house.room()
    await house.quiet(at(3))
    assert 2 == house.oracle.polled["SOL/USD"]

    await house.sees(a_reading(201 * USD, tick_ms=at(30)), a_touch(room, 27))
    assert (1, {}) == (house.oracle.polled["SOL/USD"], house.oracle.watched)
    (queuing,) = await _queuing(house)
    await house.moves(queuing.lock_at_ms)  # nobody joined
    await house.quiet(queuing.lock_at_ms)
    assert 0 == house.oracle.polled["SOL/USD"]


async def _queuing(house: House) -> list[Room]:
    """The rooms that wait for players."""

    async def work(books: Books) -> list[Room]:
        return await books.rooms.find([RoomStatus.QUEUING])

    return await house.books.do(work)


async def test_a_thin_room_tells_the_oracle_how_deep_its_pool_was() -> None:
    """Once it has halved, a touch needs the 60 s median too (R6)."""
    house = House()
    await house.books.people(2, 4, each=sols("10"))
    depth = PoolDepth(10_000_00, 10_000, 150 * USD)
    house.oracle.depths[MINT.instrument] = depth
    ask = a_request(now_ms=NOON_MS, subject=MINT, target=120_000_00, mode=Mode.TOUCH)
    room = await house.room(ask, price=100_000_00)
    reading = a_reading(100_000_00, instrument=MINT.instrument, tick_ms=NOON_MS)
    await house.sees(reading, state=replace(a_market_state(reading), depth=depth))
    await house.bet(2, "YES", sols("0.1"), room)
    await house.bet(4, "NO", sols("0.1"), room)
    await house.moves()
    await house.quiet(at(3))

    watched = house.oracle.watched[room.id]
    assert (True, 10_000_00) == (watched.pool_priced, watched.created_liquidity_cents)


@pytest.mark.parametrize(
    "present, status, named",
    [
        (PoolDepth(1, 2, 3, True, "curve", "sha256:first"), RoomStatus.SETTLING, (RECORD.hash,)),
        (PoolDepth(1, 2, 3, False, "amm", "sha256:move"), RoomStatus.SETTLING, (RECORD.hash, "sha256:move")),
        (PoolDepth(1, 2, 3, False, "amm", RECORD.hash), RoomStatus.SETTLING, (RECORD.hash,)),
        (PoolDepth(1, 2, 3, False, "amm"), RoomStatus.VOIDED, (RECORD.hash,)),
        (None, RoomStatus.SETTLING, (RECORD.hash,)),
    ],
)
async def test_a_pool_that_moves_is_followed_by_evidence(
    present: PoolDepth | None, status: RoomStatus, named: tuple[str, ...]
) -> None:
    """The answer names the record that shows where the pool is now; without one the room is void (R6)."""
    house = House()
    created = ThinPool(created=PoolDepth(1, 2, 3, True, "curve"), distance_ppm=1)
    room = await a_locked_room(house, Mode.AT_CLOSE, thin=created)
    house.oracle.closes["SOL/USD"] = Closed(1, room.settle_at_ms, FoundBy.CLOSE, (RECORD.hash,), (RECORD,))
    if present is not None:
        house.oracle.depths["SOL/USD"] = present
    watched = await house.quiet(room.settle_at_ms)

    assert (Answered(room.id, status),) == watched.answered
    assert [RECORD] == await house.evidence(RECORD.hash)
    answer = (await house.stands(room)).resolution
    if answer is not None:
        assert named == answer.evidence
        return
    read = await house.receipt(room.id)
    assert isinstance(read, Ok)
    header = read.value["header"]
    assert ("POOL_MOVED", [*named]) == (header["reason"], header["evidence"])


async def test_after_a_restart_the_monitor_goes_on_from_the_books() -> None:
    """Silence counts from the stored row, the chain of records goes on, and the same rooms are watched (R5)."""
    house = House()
    room = await an_open_room(house)
    await house.sees(a_reading(191 * USD, tick_ms=at(3)), records=(RECORD,))
    house.restarted()
    await house.quiet(at(60))

    assert {"SOL/USD": a_market_state(a_reading(191 * USD, tick_ms=at(3)))} == house.oracle.resumed
    assert {"SOL/USD": RECORD.hash} == house.oracle.chained
    assert NOON_MS == house.oracle.watched[room.id].since_ms
    assert 1 == house.oracle.polled["SOL/USD"]


async def test_a_rate_that_is_needed_later_has_its_chain_go_on_too() -> None:
    """An instrument is listed otherwise while it is ticking: the new rate's records follow the stored ones."""
    house = House()
    await an_open_room(house)
    rate = EvidenceRecord("USDC/USD", NOON_MS, "sha256:rate", None, "{}")
    await house.books.do(lambda books: books.evidence.add([rate]))
    house.oracle.rates["SOL/USD"] = ("USDC/USD",)
    await house.quiet(at(33))

    assert {"SOL/USD": None, "USDC/USD": "sha256:rate"} == house.oracle.chained


async def test_a_first_start_has_nothing_to_resume() -> None:
    """No row, no record: the chain begins here."""
    house = House()
    await house.room()
    await house.quiet(NOON_MS)

    assert ({}, {"SOL/USD": None}) == (house.oracle.resumed, house.oracle.chained)


async def test_an_instrument_that_cannot_be_resumed_is_not_ticked() -> None:
    """A silence nobody counted would never be audited: the monitor waits for the store."""
    house = House()
    room = await an_open_room(house)
    house.restarted()
    house.store.plan(Fate.DONE, Fate.FAILED)

    assert Err(StoreFailed(LOST)) == await house.watch(at(60))
    assert ({}, {}, 0) == (house.oracle.resumed, house.oracle.watched, house.oracle.polled["SOL/USD"])
    await house.quiet(at(63))
    assert ({room.id}, {"SOL/USD"}) == (set(house.oracle.watched), set(house.oracle.resumed))


async def test_a_touch_is_lost_to_no_crash() -> None:
    """The answer could not be written: the room is stuck for a tick, and the touch is reported again."""
    house = House()
    room = await an_open_room(house)
    touch = a_touch(room, 27)
    house.store.plan(Fate.DONE, Fate.FAILED)
    house.oracle.ticks.append(TickReport(at(30), (), (touch,)))
    watched = await house.watch(at(30))

    assert isinstance(watched, Ok)
    assert ((), (Stuck(room.id, LOST),)) == (watched.value.answered, watched.value.stuck)
    assert room.id in house.oracle.watched
    house.oracle.ticks.append(TickReport(at(33), (), (touch,)))
    assert [room.id] == [each.room for each in (await house.quiet(at(33))).answered]


async def test_a_lost_answer_to_commit_is_found_in_the_books() -> None:
    """The touch stands though nobody knows; the next tick sees the room no longer among the live ones."""
    house = House()
    room = await an_open_room(house)
    house.store.plan(Fate.DONE, Fate.UNKNOWN)
    house.oracle.ticks.append(TickReport(at(30), (), (a_touch(room, 27),)))
    watched = await house.watch(at(30))

    assert isinstance(watched, Ok)
    assert [room.id] == [stuck.room for stuck in watched.value.stuck]
    assert () == (await house.quiet(at(33))).answered
    assert (RoomStatus.SETTLING, {}) == ((await house.stands(room)).status, house.oracle.watched)


@pytest.mark.parametrize("price, winner", [(200 * USD - 1, NO), (200 * USD, YES), (201 * USD, YES)])
async def test_the_settle_price_is_compared_with_the_target(price: int, winner: Outcome) -> None:
    """Equality counts as reached; there is no late window (R2, R4)."""
    house = House()
    room = await a_locked_room(house, Mode.AT_CLOSE)
    house.oracle.closes["SOL/USD"] = Closed(
        price, room.settle_at_ms, FoundBy.CLOSE, (RECORD.hash,), (RECORD,)
    )
    assert () == (await house.quiet(room.settle_at_ms - 3_000)).answered
    watched = await house.quiet(room.settle_at_ms)

    assert (Answered(room.id, RoomStatus.SETTLING),) == watched.answered
    answer = (await house.stands(room)).resolution
    assert answer is not None
    assert ((winner,), price, FoundBy.CLOSE, None) == (
        answer.winning,
        answer.price,
        answer.found_by,
        answer.late_after_ms,
    )
    assert [RECORD] == await house.evidence(RECORD.hash)


async def test_an_untouched_target_is_answered_no() -> None:
    """After the settle time, when no tick before it can still become a touch (R2)."""
    house = House()
    room = await a_locked_room(house)
    house.oracle.touches[room.id] = Untouched(room.settle_at_ms, 199 * USD, FoundBy.TICKS, (), ())
    await house.quiet(room.settle_at_ms)

    answer = (await house.stands(room)).resolution
    assert answer is not None
    assert ((NO,), 199 * USD, None) == (answer.winning, answer.price, answer.late_after_ms)


async def test_a_touch_that_the_audit_found_refunds_from_before_the_gap() -> None:
    """From the gap's start − 15 s on, as nobody knows when in the silence it was (R4)."""
    house = House()
    room = await a_locked_room(house)
    house.oracle.touches[room.id] = a_touch(room, 60, clear=20, found_by=FoundBy.AUDIT)
    await house.quiet(room.settle_at_ms)

    answer = (await house.stands(room)).resolution
    assert answer is not None
    assert ((YES,), FoundBy.AUDIT, at(5)) == (answer.winning, answer.found_by, answer.late_after_ms)


async def test_a_room_that_never_opened_is_answered_by_its_price() -> None:
    """Without an opening time there is nothing a touch could count from."""
    house = House()
    room = a_room(market=a_market(mode=Mode.TOUCH), status=RoomStatus.LOCKED)
    await house.books.opened(room)
    house.oracle.closes["SOL/USD"] = Closed(201 * USD, room.settle_at_ms, FoundBy.CLOSE, ())
    watched = await house.quiet(room.settle_at_ms)

    assert (Answered(room.id, RoomStatus.SETTLING),) == watched.answered


async def test_an_open_room_is_not_asked_for_its_answer() -> None:
    """However late: it is locked first (I7)."""
    house = House()
    room = await an_open_room(house)
    house.oracle.touches[room.id] = Untouched(room.settle_at_ms, 1, FoundBy.TICKS, ())

    assert () == (await house.quiet(room.settle_at_ms)).answered


@pytest.mark.parametrize("mode", Mode)
async def test_an_answer_that_cannot_be_known_yet_is_asked_for_later(mode: Mode) -> None:
    """Not before the time the oracle names."""
    house = House()
    room = await a_locked_room(house, mode)
    later = NotYet(room.settle_at_ms + 60_000)
    house.oracle.touches[room.id] = house.oracle.closes["SOL/USD"] = later
    assert () == (await house.quiet(room.settle_at_ms)).answered
    house.oracle.touches[room.id] = Untouched(room.settle_at_ms, 1, FoundBy.TICKS, ())
    house.oracle.closes["SOL/USD"] = Closed(1, room.settle_at_ms, FoundBy.CLOSE, ())

    assert () == (await house.quiet(room.settle_at_ms + 57_000)).answered
    assert 1 == len((await house.quiet(room.settle_at_ms + 60_000)).answered)


@pytest.mark.parametrize("mode", Mode)
async def test_without_an_acceptable_price_the_room_is_void(mode: Mode) -> None:
    """Never guessed: all stakes go back, and the receipt names the records of the silence (M5, R5)."""
    house = House()
    room = await a_locked_room(house, mode)
    none = NoAnswer("NO_QUORUM", (RECORD.hash,), (RECORD,))
    house.oracle.touches[room.id] = house.oracle.closes["SOL/USD"] = none
    watched = await house.quiet(room.settle_at_ms)

    assert (Answered(room.id, RoomStatus.VOIDED),) == watched.answered
    assert sols("100").value == await house.balance(available(UserId(5_002)))
    read = await house.receipt(room.id)
    assert isinstance(read, Ok)
    assert ("NO_PRICE", [RECORD.hash]) == (
        read.value["header"]["reason"],
        read.value["header"]["evidence"],
    )
    assert [RECORD] == await house.evidence(RECORD.hash)
    assert [EventKind.ROOM_VOIDED] * 2 == [event.kind for event in await house.told()]


async def test_a_held_room_gets_its_answer_and_keeps_its_money() -> None:
    """A hold delays money, never the answer (R9)."""
    house = House()
    room = await an_open_room(house)
    await house.hold(room.id, reason="odd bets")
    watched = await house.sees(a_reading(201 * USD, tick_ms=at(30)), a_touch(room, 27))

    assert (Answered(room.id, RoomStatus.SETTLING),) == watched.answered
    assert isinstance(await house.settle(room.id), Err)


async def test_a_held_room_without_an_answer_is_void_after_72_hours() -> None:
    """Until then even the refunds wait."""
    house = House()
    room = await a_locked_room(house, Mode.AT_CLOSE)
    await house.hold(room.id, reason="odd bets")
    house.oracle.closes["SOL/USD"] = NoAnswer("NO_QUORUM", ())

    assert () == (await house.quiet(room.settle_at_ms)).answered
    assert RoomStatus.LOCKED is (await house.stands(room)).status
    watched = await house.quiet(NOON_MS + HOLD_MAX_MS)
    assert (Answered(room.id, RoomStatus.VOIDED),) == watched.answered


async def test_a_room_that_cannot_be_answered_stops_no_other() -> None:
    """The oracle is silent about one, the pot of another is short: the third has its answer."""
    house = House()
    silent, short, sound = [await a_locked_room(house, number=number) for number in (500, 502, 504)]
    house.oracle.touches[silent.id] = OracleFailed("candles are late")
    house.oracle.touches[short.id] = NoAnswer("NO_QUORUM", ())
    house.oracle.touches[sound.id] = Untouched(sound.settle_at_ms, 1, FoundBy.TICKS, ())
    lost = Posting(PostingKind.BREAKAGE, pot(short.id), BREAKAGE, Lamports(1))

    async def steal(books: Books) -> None:
        await books.journal.post(JournalEntry("theft", (lost,)))

    await house.books.do(steal)
    watched = await house.quiet(sound.settle_at_ms)

    assert (Answered(sound.id, RoomStatus.SETTLING),) == watched.answered
    assert [silent.id, short.id] == [stuck.room for stuck in watched.stuck]
    assert ("candles are late", True) == (watched.stuck[0].why, watched.stuck[1].why.startswith("I3"))


async def test_whoever_settles_or_voids_meanwhile_is_not_disturbed() -> None:
    """Between the question and the answer two persons voided the room: the oracle's silence changes nothing."""
    house = House()
    room = await a_locked_room(house, Mode.AT_CLOSE)
    oracle = ScriptedOracle()
    oracle.closes["SOL/USD"] = NoAnswer("NO_QUORUM", ())
    house.oracle.closes["SOL/USD"] = Closed(201 * USD, room.settle_at_ms, FoundBy.CLOSE, ())

    async def faster() -> None:
        await house.quiet(room.settle_at_ms)

    slower = WatchTargets(store=Overtaken(house.store, faster, after=2), oracle=oracle)
    watched = await slower(room.settle_at_ms)

    assert isinstance(watched, Ok)
    assert () == watched.value.answered
    assert RoomStatus.SETTLING is (await house.stands(room)).status


async def test_what_was_refunded_once_is_never_refunded_again() -> None:
    """The key of a room's refunds is posted once, whatever its status says (I5)."""
    house = House()
    room = await a_locked_room(house, Mode.AT_CLOSE)
    house.oracle.closes["SOL/USD"] = NoAnswer("NO_QUORUM", ())
    before = Posting(PostingKind.VOID_REFUND, pot(room.id), available(UserId(5_002)), sols("10"))

    async def refunded(books: Books) -> None:
        await books.journal.post(JournalEntry(entries.void_key(room.id), (before,)))

    await house.books.do(refunded)
    assert () == (await house.quiet(room.settle_at_ms)).answered
    assert sols("100").value == await house.balance(available(UserId(5_002)))


async def test_a_silent_oracle_leaves_everything_for_the_next_tick() -> None:
    """The failure is handed on; bets are refused meanwhile, as the price grows old (R4)."""
    house = House()
    room = await an_open_room(house)
    house.oracle.ticks.append(OracleFailed("all feeds are down"))
    house.clock.set(at(9))

    assert Err(OracleFailed("all feeds are down")) == await house.watch(at(9))
    assert Err(PriceTooOld(9_000, 6_000)) == await house.bet(2, "YES", sols("1"), room)
    assert RoomStatus.OPEN is (await house.stands(room)).status


async def test_without_the_list_of_rooms_nothing_is_ticked() -> None:
    """The tick is still the oracle's to give when the store is back."""
    house = House()
    report = TickReport(at(3), (), ())
    house.oracle.ticks.append(report)
    house.store.plan(Fate.FAILED)

    assert Err(StoreFailed(LOST)) == await house.watch(at(3))
    assert [report] == list(house.oracle.ticks)


async def test_nothing_is_decided_on_what_could_not_be_written() -> None:
    """Rows and records first: if they do not stand, the touch waits, and the records come with the next tick (I14)."""
    house = House()
    room = await an_open_room(house)
    other = a_record("SOL/USD", at(33))
    house.store.plan(Fate.DONE, Fate.FAILED)
    reading = a_reading(201 * USD, tick_ms=at(30))
    house.oracle.ticks.append(
        TickReport(at(30), (a_market_state(reading),), (a_touch(room, 27, records=()),), (), (RECORD,))
    )
    assert Err(StoreFailed(LOST)) == await house.watch(at(30))
    assert RoomStatus.OPEN is (await house.stands(room)).status
    assert [] == await house.evidence(RECORD.hash)

    house.oracle.ticks.append(TickReport(at(33), (), (a_touch(room, 27, records=()),), (), (other,)))
    assert 1 == len((await house.quiet(at(33))).answered)
    assert [RECORD, other] == await house.evidence(RECORD.hash, other.hash)


@pytest.mark.parametrize(
    "fates, written",
    [
        ([], [[0], [1], [2]]),
        ([Fate.DONE] * 3 + [Fate.FAILED], [[0], [1], [1, 2]]),
        ([Fate.DONE] * 3 + [Fate.UNKNOWN], [[0], [1], [1, 2]]),
    ],
)
async def test_rooms_that_end_together_do_not_write_each_others_records_again(
    fates: list[Fate], written: list[list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The oracle tells all it has made since the tick; what surely stands is left out, unless an answer names it."""
    house = House()
    records = [a_record("SOL/USD", NOON_MS + number) for number in range(3)]
    rooms = [await a_locked_room(house, number=number) for number in (500, 501)]
    for place, room in enumerate(rooms, start=1):
        told = tuple(records[: place + 1])
        house.oracle.touches[room.id] = Untouched(
            room.settle_at_ms, 199 * USD, FoundBy.TICKS, (records[place].hash,), told
        )
    added: list[list[int]] = []
    add = MemoryEvidence.add

    async def counted(books: MemoryEvidence, given: Iterable[EvidenceRecord]) -> None:
        given = list(given)
        added.append([records.index(each) for each in given])
        await add(books, given)

    monkeypatch.setattr(MemoryEvidence, "add", counted)
    at_ms = rooms[0].settle_at_ms
    house.oracle.ticks.append(TickReport(at_ms, (), (), (), (records[0],)))
    house.store.plan(*fates)
    watched = await house.watch(at_ms)

    assert isinstance(watched, Ok)
    assert written == added
    assert records == await house.evidence(*[each.hash for each in records])


async def test_of_many_rooms_that_end_together_some_are_answered_on_each_tick(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Ticks cannot wait for them; a touched room waits for none of those that are only due."""
    monkeypatch.setattr("rooms_core.services.watch_targets.ANSWERS_A_TICK", 2)
    house = House()
    due = [await a_locked_room(house, Mode.AT_CLOSE, number=number) for number in (500, 501, 502)]
    room = await a_locked_room(house, number=503)
    house.oracle.closes["SOL/USD"] = Closed(199 * USD, room.settle_at_ms, FoundBy.CLOSE, (), ())
    moved = []
    for tick_ms in range(room.settle_at_ms, room.settle_at_ms + 9_000, 3_000):
        house.oracle.ticks.append(TickReport(tick_ms, (), (a_touch(room, 27),)))
        moved.append([each.room for each in (await house.quiet(tick_ms)).answered])

    assert [[room.id, due[0].id], [due[1].id, due[2].id], []] == moved


async def test_a_tick_that_brings_nothing_writes_nothing() -> None:
    """Only the list of rooms is read."""
    house = House()
    await an_open_room(house)
    before = house.store.commits
    watched = await house.quiet(at(3))

    assert Watched(TickReport(at(3), (), ()), ()) == watched
    assert before + 1 == house.store.commits


async def test_the_list_of_rooms_is_read_when_something_may_have_changed() -> None:
    """Every third tick here, and on the next one after the monitor's owner has moved rooms."""
    house = House()
    house.watch = WatchTargets(store=house.store, oracle=house.oracle, read_every=3)
    await house.quiet(NOON_MS)
    room = await house.room()
    await house.quiet(at(3))
    await house.quiet(at(6))
    assert 0 == house.oracle.polled["SOL/USD"]
    await house.quiet(at(9))
    assert 1 == house.oracle.polled["SOL/USD"]
    assert 1 == house.watch.looked_after

    await house.moves(room.lock_at_ms)  # void: nobody joined
    house.watch.look_again()
    await house.quiet(at(12))
    assert 0 == house.oracle.polled["SOL/USD"]


async def test_a_room_that_is_answered_is_done_for_the_monitor() -> None:
    """Settling it is refused by nobody but the rules, and a later report of the same touch does nothing."""
    house = House()
    room = await an_open_room(house)
    await house.sees(a_reading(201 * USD, tick_ms=at(30)), a_touch(room, 27))
    await house.settle(room.id)
    watched = await house.sees(a_reading(201 * USD, tick_ms=at(33)), a_touch(room, 27))

    assert () == watched.answered
    assert Err(NotSettling(RoomId(room.id), RoomStatus.SETTLED)) == await house.settle(room.id)
