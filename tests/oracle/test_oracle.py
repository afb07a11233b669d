"""The oracle as the core knows it: ticks, touches, silences and answers, on a clock of the test's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from rooms_core.domain.ids import RoomId
from rooms_core.domain.market import Direction, FoundBy, MarketState, Reading
from rooms_core.ports.oracle import (
    CloseAnswer,
    Closed,
    NoAnswer,
    NotPriceable,
    NotYet,
    OracleFailed,
    TickReport,
    Touch,
    TouchAnswer,
    Untouched,
    WatchedRoom,
)
from rooms_core.result import Err, Ok, Result
from rooms_oracle.aggregate import INSTANT
from rooms_oracle.answers import AUDITS_A_TICK
from rooms_oracle.checker import check_records
from rooms_oracle.heard import Heard, PoolState, Quote
from rooms_oracle.oracle import ConsensusOracle
from rooms_oracle.quotes import COIN_UNIT
from rooms_oracle.settle_price import DEADLINE_MS
from rooms_oracle.testing.table_feeds import TableFeeds

RoomMaker = Callable[..., WatchedRoom]
X = "X/USD"
LOW, HIGH = 1_000_000, 1_010_000
SETTLE = 900_000
"""Rooms here run from 0 to a quarter of an hour."""


async def play(oracle: ConsensusOracle, from_ms: int, to_ms: int) -> list[TickReport]:
    """All ticks from one time up to, and not including, another."""
    reports = []
    for tick_ms in range(from_ms, to_ms, 3_000):
        ticked = await oracle.tick(tick_ms)
        assert isinstance(ticked, Ok)
        reports.append(ticked.value)
    return reports


async def touched(oracle: ConsensusOracle, from_ms: int, to_ms: int) -> list[tuple[int, Touch]]:
    """The touches reported on these ticks, with the tick that reported them."""
    reports = await play(oracle, from_ms, to_ms)
    return [(report.at_ms, touch) for report in reports for touch in report.touches]


def ok(answer: Result[CloseAnswer, OracleFailed] | Result[TouchAnswer, OracleFailed]) -> object:
    """An answer that was given."""
    assert isinstance(answer, Ok)
    return answer.value


def watching(feeds: TableFeeds, *rooms: WatchedRoom) -> ConsensusOracle:
    """An oracle that polls X/USD and watches rooms."""
    oracle = ConsensusOracle(feeds)
    oracle.poll(X)
    for each in rooms:
        oracle.watch(each)
    return oracle


@pytest.fixture
def up(room: RoomMaker) -> WatchedRoom:
    """A room up to HIGH."""
    return room(1, target=HIGH, settle_at_ms=SETTLE)


async def test_a_touch_is_reported_with_its_evidence_until_the_room_is_forgotten(
    feeds: TableFeeds, up: WatchedRoom
) -> None:
    """g1, its price, the last clear tick before it, and a record for each of the three."""
    feeds.run(X, 0, [LOW, LOW, HIGH, HIGH + 1, LOW])
    oracle = watching(feeds, up)
    reports = await play(oracle, 0, 15_000)
    (touch,) = reports[3].touches

    assert [(), (), ()] == [report.touches for report in reports[:3]]
    assert (6_000, HIGH, 3_000, FoundBy.TICKS) == (
        touch.at_ms,
        touch.price,
        touch.last_clear_ms,
        touch.found_by,
    )
    assert [3_000, 6_000, 9_000] == [
        record.tick_ms for record in touch.records if record.hash in touch.evidence
    ]
    assert (touch,) == reports[4].touches
    oracle.forget(up.room)
    oracle.forget(RoomId(99))
    assert [] == await touched(oracle, 15_000, 18_000)
    assert Ok(4) == check_records([record.body for report in reports for record in report.records])


async def test_a_hit_before_two_ticks_were_accepted_does_not_count(
    feeds: TableFeeds, up: WatchedRoom
) -> None:
    """At the start nobody knows what was before; L is then the tick before memory begins."""
    feeds.run(X, 0, [HIGH, HIGH, HIGH])
    found = await touched(watching(feeds, up), 0, 9_000)

    assert [(6_000, 3_000, -3_000)] == [(at, touch.at_ms, touch.last_clear_ms) for at, touch in found]


async def test_one_unaccepted_tick_may_lie_between_two_hits(feeds: TableFeeds, up: WatchedRoom) -> None:
    """Two may not: then the row starts anew."""
    feeds.run(X, 0, [LOW, LOW, HIGH, None, HIGH])
    feeds.run(X, 60_000, [LOW, LOW, HIGH, None, None, HIGH])

    assert [6_000] == [touch.at_ms for _, touch in await touched(watching(feeds, up), 0, 15_000)]
    assert [] == await touched(watching(feeds, up), 60_000, 78_000)


async def test_one_family_alone_touches_nothing(feeds: TableFeeds, up: WatchedRoom) -> None:
    """Its wick is its own."""
    for tick_ms in range(0, 30_000, 3_000):
        feeds.say(X, tick_ms, HIGH - 2_000, HIGH - 2_000, HIGH + 900)

    assert [] == await touched(watching(feeds, up), 0, 30_000)


async def test_the_market_row_tells_price_range_and_gap(feeds: TableFeeds) -> None:
    """It changes with each accepted tick, and when a gap begins; otherwise there is nothing to write."""
    feeds.run(X, 0, [LOW, LOW + 100, None, None, None, None, LOW])
    reports = await play(watching(feeds), 0, 21_000)
    states = [
        [(state.last.price, state.range_ppm, state.gap_from_ms) for state in each.states] for each in reports
    ]

    assert [
        [(LOW, 0, None)],
        [(LOW + 100, 100, None)],
        [],
        [],
        [(LOW + 100, 100, 3_000)],
        [],
        [(LOW, 100, None)],  # no room ran through a minute of it: nobody is owed an audit
    ] == states
    assert ((X, "NO_QUORUM"),) == reports[3].refused


async def test_no_row_without_any_accepted_tick(feeds: TableFeeds) -> None:
    """Nothing is known, so nothing is written."""
    (report,) = await play(watching(feeds), 0, 3_000)

    assert ((), ((X, "NO_QUORUM"),)) == (report.states, report.refused)


async def test_a_gap_is_audited_when_its_candles_can_be_read(feeds: TableFeeds, up: WatchedRoom) -> None:
    """A target two families reached in the silence is touched at the end of that minute."""
    feeds.run(X, 0, [LOW] * 21 + [None] * 5 + [LOW] * 40)
    feeds.candle(X, 60_000, high=HIGH + 5, low=LOW - 5, families="ab")
    oracle = watching(feeds, up)
    reports = await play(oracle, 0, 135_000)
    (touch,) = reports[-1].touches
    gaps = [report.states[0].gap_from_ms for report in reports if report.states]

    assert (120_000, HIGH + 5, 60_000, FoundBy.AUDIT) == (
        touch.at_ms,
        touch.price,
        touch.last_clear_ms,
        touch.found_by,
    )
    assert 60_000 == gaps[-2]
    assert 130_000 <= min(report.at_ms for report in reports if report.touches) < 133_000
    assert gaps[-1] is None
    assert Ok(4) == check_records([record.body for report in reports for record in report.records])
    assert touch == ok(await oracle.touch_answer(up, now_ms=SETTLE))


async def test_a_gap_whose_candles_say_nothing_stays_owed(feeds: TableFeeds, up: WatchedRoom) -> None:
    """One family's candle is not enough; it is asked for again, and in the end the audit is done."""
    feeds.run(X, 0, [LOW] * 21 + [None] * 5 + [LOW] * 60)
    feeds.candle(X, 60_000, high=HIGH, low=LOW, families="a")
    oracle = watching(feeds, up)
    before = await play(oracle, 0, 150_000)
    feeds.candle(X, 60_000, high=HIGH - 1, low=LOW)
    after = await play(oracle, 150_000, 180_000)

    assert 60_000 == before[-1].states[0].gap_from_ms
    assert [60_000, None] == [after[0].states[0].gap_from_ms, after[-1].states[0].gap_from_ms]
    assert () == after[-1].touches


async def test_of_many_gaps_some_are_audited_on_each_tick(feeds: TableFeeds, room: RoomMaker) -> None:
    """The next tick does not wait for a thousand candles; whoever was not had waits behind those not asked yet."""
    names = [f"C{number}/USD" for number in range(AUDITS_A_TICK + 3)]
    oracle = ConsensusOracle(feeds)
    for number, name in enumerate(names):
        feeds.add(name)
        oracle.poll(name)
        oracle.watch(room(number, instrument=name, target=HIGH, settle_at_ms=SETTLE))
        for tick_ms in (0, 3_000, 57_000, 60_000, 63_000, 66_000, 69_000, 72_000):
            feeds.say(name, tick_ms, LOW)
        if number:
            feeds.candle(name, 0, high=LOW, low=LOW)
    reports = await play(oracle, 0, 75_000)
    owed = [
        sum(state.gap_from_ms is not None for state in report.states)
        for report in reports
        if report.at_ms in (66_000, 69_000, 72_000)
    ]
    await play(oracle, 75_000, 102_000)
    feeds.candle(names[0], 0, high=LOW, low=LOW)
    await play(oracle, 102_000, 105_000)

    assert [15, 15, 4] == owed  # 70 s after the minute's start its candles can be read
    assert {72_000} == {oracle._trackers[name].gap_from_ms for name in names}  # all of the old ones are done


async def test_foreign_candles_are_converted_in_the_audit(feeds: TableFeeds, up: WatchedRoom) -> None:
    """By the consensus of the rate's own candles, with a record of it; without it they say nothing."""
    feeds.add(X, rates=("USDT/USD",))
    feeds.add("USDT/USD")
    for tick_ms in [*range(0, 63_000, 3_000), *range(78_000, 200_000, 3_000)]:
        feeds.say(X, tick_ms, LOW * 2, quote="USDT")
        feeds.say("USDT/USD", tick_ms, COIN_UNIT // 2)
    feeds.candle(X, 60_000, high=HIGH * 2, low=LOW * 2, quote="USDT")
    oracle = watching(feeds, up)
    reports = await play(oracle, 0, 140_000)
    owed = reports[-1].states[0].gap_from_ms
    feeds.candle("USDT/USD", 60_000, high=COIN_UNIT // 2, low=COIN_UNIT // 2)
    reports += await play(oracle, 141_000, 175_000)

    assert 60_000 == owed
    assert [HIGH] == [touch.price for touch in reports[-1].touches]
    assert isinstance(check_records([record.body for each in reports for record in each.records]), Ok)


async def test_a_judged_minute_keeps_its_own_records_only(feeds: TableFeeds, room: RoomMaker) -> None:
    """It is kept as long as its rooms live; what others wrote on the same tick is not kept with it."""
    feeds.add("Y/USD", rates=("USDT/USD",))
    feeds.add("USDT/USD")
    oracle = ConsensusOracle(feeds)
    for name in (X, "Y/USD"):
        oracle.poll(name)
        oracle.watch(room(1, instrument=name, target=HIGH, settle_at_ms=SETTLE))
        feeds.candle(name, 60_000, high=HIGH, low=LOW)
        for tick_ms in [*range(0, 63_000, 3_000), *range(78_000, 200_000, 3_000)]:
            feeds.say(name, tick_ms, LOW)
            feeds.say("USDT/USD", tick_ms, COIN_UNIT)
    feeds.candle("USDT/USD", 60_000, high=COIN_UNIT, low=COIN_UNIT)
    reports = await play(oracle, 0, 135_000)
    kept = {name: oracle._trackers[name].touches[RoomId(1)].records for name in (X, "Y/USD")}

    assert {X} == {record.instrument for record in kept[X]}
    assert {"Y/USD", "USDT/USD"} == {record.instrument for record in kept["Y/USD"]}
    assert isinstance(check_records([record.body for each in reports for record in each.records]), Ok)


async def test_before_its_settle_time_a_room_has_no_answer(feeds: TableFeeds, up: WatchedRoom) -> None:
    """Not yet; nor while the last tick that could be g1 was not judged."""
    feeds.run(X, 0, [LOW] * 290)
    oracle = watching(feeds, up)
    await play(oracle, 0, SETTLE - 6_000)

    assert NotYet(SETTLE) == ok(await oracle.touch_answer(up, now_ms=SETTLE - 1))
    assert NotYet(SETTLE + 6_000) == ok(await oracle.touch_answer(up, now_ms=SETTLE))


async def test_a_room_nobody_touched_is_answered_no(feeds: TableFeeds, up: WatchedRoom) -> None:
    """With the last tick before the settle time as evidence."""
    feeds.run(X, 0, [LOW] * 301)
    oracle = watching(feeds, up)
    await play(oracle, 0, SETTLE + 3_000)
    answer = ok(await oracle.touch_answer(up, now_ms=SETTLE))

    assert isinstance(answer, Untouched)
    assert (SETTLE, LOW, FoundBy.TICKS) == (answer.at_ms, answer.price, answer.found_by)
    assert 1 == len(answer.evidence)


async def test_a_hit_on_the_last_tick_may_still_become_a_touch(feeds: TableFeeds, up: WatchedRoom) -> None:
    """The answer waits for its second hit, which may come after the settle time."""
    feeds.run(X, 0, [LOW] * 299 + [HIGH, None, HIGH])
    oracle = watching(feeds, up)
    await play(oracle, 0, SETTLE + 3_000)
    waiting = ok(await oracle.touch_answer(up, now_ms=SETTLE))
    await play(oracle, SETTLE + 3_000, SETTLE + 6_000)
    answer = ok(await oracle.touch_answer(up, now_ms=SETTLE + 3_000))

    assert NotYet(SETTLE + 3_000) == waiting
    assert isinstance(answer, Touch)
    assert SETTLE - 3_000 == answer.at_ms


async def test_a_hit_at_the_settle_time_is_too_late(feeds: TableFeeds, up: WatchedRoom) -> None:
    """TOUCH counts if g1 lies before it."""
    feeds.run(X, 0, [LOW] * 300 + [HIGH] * 4)
    oracle = watching(feeds, up)

    assert [] == await touched(oracle, 0, SETTLE + 12_000)
    assert isinstance(ok(await oracle.touch_answer(up, now_ms=SETTLE + 9_000)), Untouched)


async def test_silence_up_to_the_settle_time_is_audited_before_the_answer(
    feeds: TableFeeds, up: WatchedRoom
) -> None:
    """No candles: not yet, and half an hour later no answer. With candles: what they say."""
    feeds.run(X, 0, [LOW] * 285)
    oracle = watching(feeds, up)
    await play(oracle, 0, SETTLE + 9_000)
    first = ok(await oracle.touch_answer(up, now_ms=SETTLE + 6_000))
    later = ok(await oracle.touch_answer(up, now_ms=SETTLE + 12_000))
    never = ok(await oracle.touch_answer(up, now_ms=SETTLE + 1_800_000))

    assert NotYet(SETTLE + 10_000) == first
    assert NotYet(SETTLE + 15_000) == later
    assert isinstance(never, NoAnswer)
    assert ("NO_CANDLES", 1) == (never.reason, len(never.evidence))

    feeds.candle(X, SETTLE - 60_000, high=HIGH - 1, low=LOW)
    quiet = ok(await oracle.touch_answer(up, now_ms=SETTLE + 1_860_000))
    assert isinstance(quiet, Untouched)
    assert (FoundBy.AUDIT, 2) == (quiet.found_by, len(quiet.evidence))


async def test_an_audit_at_the_settle_time_may_find_the_touch(feeds: TableFeeds, up: WatchedRoom) -> None:
    """At the end of its minute, which is the settle time itself."""
    feeds.run(X, 0, [LOW] * 285)
    feeds.candle(X, SETTLE - 60_000, high=HIGH, low=LOW)
    oracle = watching(feeds, up)
    await play(oracle, 0, SETTLE)
    answer = ok(await oracle.touch_answer(up, now_ms=SETTLE + 10_000))

    assert isinstance(answer, Touch)
    assert (SETTLE, 852_000) == (answer.at_ms, answer.last_clear_ms)
    assert answer == ok(await oracle.touch_answer(up, now_ms=SETTLE + 20_000))


async def test_a_minute_judged_before_a_room_was_watched_counts_for_it(
    feeds: TableFeeds, room: RoomMaker
) -> None:
    """A monitor that took over may learn of a room late."""
    feeds.run(X, 0, [LOW] * 21 + [None] * 5 + [LOW] * 20)
    feeds.candle(X, 60_000, high=HIGH, low=LOW)
    oracle = watching(feeds, room(2, target=2 * HIGH, settle_at_ms=SETTLE))
    await play(oracle, 0, 135_000)
    answer = ok(await oracle.touch_answer(room(3, target=HIGH, settle_at_ms=120_000), now_ms=135_000))

    assert isinstance(answer, Touch)
    assert FoundBy.AUDIT == answer.found_by


async def test_a_room_without_any_price_has_no_answer(feeds: TableFeeds, up: WatchedRoom) -> None:
    """Quiet candles alone do not say what the price was."""
    for minute_ms in range(0, SETTLE, 60_000):
        feeds.candle(X, minute_ms, high=LOW, low=LOW)
    answer = ok(await ConsensusOracle(feeds).touch_answer(up, now_ms=SETTLE + 60_000))

    assert isinstance(answer, NoAnswer)
    assert "NO_PRICE" == answer.reason


async def test_after_a_restart_the_time_since_the_row_is_silence(feeds: TableFeeds, up: WatchedRoom) -> None:
    """It is audited like any other gap; records go on from the stored one; L may lie before it."""
    reading = Reading(X, 57_000, LOW, LOW, LOW, LOW, LOW, "")
    feeds.run(X, 90_000, [LOW, HIGH, HIGH])
    oracle = ConsensusOracle(feeds)
    oracle.resume_chain(X, "sha256:before")
    oracle.resume(MarketState(X, reading, 1_234, 30_000))
    oracle.resume(MarketState(X, reading, 9, None))
    oracle.poll(X)
    oracle.watch(up)
    reports = await play(oracle, 90_000, 99_000)

    assert [(LOW, 30_000, 1_234), (HIGH, 30_000, 10_000)] == [
        (report.states[0].last.price, report.states[0].gap_from_ms, report.states[0].range_ppm)
        for report in reports[:2]
    ]
    assert "sha256:before" == reports[0].records[0].prev
    assert [90_000] == [touch.last_clear_ms for touch in reports[2].touches]


async def test_the_clear_tick_may_be_the_one_before_the_restart(feeds: TableFeeds, up: WatchedRoom) -> None:
    """If it is no hit itself; otherwise L lies before all that is known."""
    for price, clear_ms in ((LOW, 57_000), (HIGH, 54_000)):
        reading = Reading(X, 57_000, price, price, price, price, price, "")
        feeds.run(X, 60_000, [HIGH, HIGH, HIGH])
        oracle = watching(feeds, up)
        oracle.resume(MarketState(X, reading, 0))
        found = await touched(oracle, 60_000, 69_000)

        assert [(63_000, clear_ms)] == [(touch.at_ms, touch.last_clear_ms) for _, touch in found]


async def test_a_room_older_than_all_ticks_is_owed_the_time_before(
    feeds: TableFeeds, up: WatchedRoom
) -> None:
    """Without a stored row the silence begins with the oldest room."""
    feeds.run(X, 60_000, [LOW])
    (report,) = await play(watching(feeds, up), 60_000, 63_000)

    assert 0 == report.states[0].gap_from_ms


async def test_a_silence_without_any_price_writes_no_row(feeds: TableFeeds, up: WatchedRoom) -> None:
    """There is nothing to write yet, though a room waits."""
    reports = await play(watching(feeds, up), 6_000, 12_000)

    assert [(), ()] == [report.states for report in reports]


async def test_a_room_opened_in_the_minute_of_a_gap_is_not_touched_by_its_candle(
    feeds: TableFeeds, up: WatchedRoom, room: RoomMaker
) -> None:
    """The high may have been before it opened; a room that ran through the minute is touched."""
    feeds.run(X, 0, [LOW] * 21 + [None] * 5 + [LOW] * 40)
    feeds.candle(X, 60_000, high=HIGH, low=LOW)
    late = room(2, target=HIGH, since_ms=60_001, settle_at_ms=SETTLE)
    found = await touched(watching(feeds, up, late), 0, 135_000)

    assert [up.room] == [touch.room for _, touch in found]


async def test_the_last_clear_tick_may_lie_before_a_refused_one(feeds: TableFeeds, up: WatchedRoom) -> None:
    """L is an accepted tick."""
    feeds.run(X, 0, [LOW, LOW, None, HIGH, HIGH])

    assert [3_000] == [touch.last_clear_ms for _, touch in await touched(watching(feeds, up), 0, 15_000)]


async def test_a_settle_price_is_the_median_of_the_last_minute(feeds: TableFeeds) -> None:
    """Twenty records and one that names them; asked before its last tick, not yet."""
    feeds.run(X, 0, [LOW + n for n in range(301)])
    oracle = watching(feeds)
    reports = await play(oracle, 0, SETTLE)
    early = ok(await oracle.close_price(X, settle_at_ms=SETTLE, now_ms=SETTLE))
    reports += await play(oracle, SETTLE, SETTLE + 3_000)
    answer = ok(await oracle.close_price(X, settle_at_ms=SETTLE, now_ms=SETTLE))

    assert NotYet(SETTLE + 1_500) == early
    assert isinstance(answer, Closed)
    assert (LOW + 290, SETTLE, FoundBy.CLOSE, 21) == (
        answer.price,
        answer.at_ms,
        answer.found_by,
        len(answer.evidence),
    )
    told = [record.body for report in reports for record in report.records]
    assert isinstance(check_records(told + [record.body for record in answer.records]), Ok)


async def test_too_few_ticks_are_backfilled_from_candles(feeds: TableFeeds) -> None:
    """From three families' closes of the minute that ends at the settle time; until the deadline, not yet."""
    feeds.run(X, 0, [LOW] * 285 + [LOW] * 0)
    oracle = watching(feeds)
    reports = await play(oracle, 0, SETTLE + 12_000)
    ask = [SETTLE + 1_500, SETTLE + 10_000, SETTLE + 1_790_000, SETTLE + 1_800_000]
    answers = [ok(await oracle.close_price(X, settle_at_ms=SETTLE, now_ms=now_ms)) for now_ms in ask]

    assert [NotYet(SETTLE + 10_000), NotYet(SETTLE + 40_000), NotYet(SETTLE + 1_800_000)] == answers[:3]
    assert isinstance(answers[3], NoAnswer)
    assert ("NO_QUORUM", 21) == (answers[3].reason, len(answers[3].evidence))

    feeds.candle(X, SETTLE - 60_000, high=HIGH, low=LOW)
    answer = ok(await oracle.close_price(X, settle_at_ms=SETTLE, now_ms=SETTLE + 12_000))
    assert isinstance(answer, Closed)
    assert (HIGH, FoundBy.BACKFILL) == (answer.price, answer.found_by)
    told = [record.body for report in reports for record in report.records]
    assert isinstance(check_records(told + [record.body for record in answer.records]), Ok)


async def test_an_instrument_nobody_polls_can_be_backfilled_too(feeds: TableFeeds) -> None:
    """After a restart at a bad moment."""
    feeds.candle(X, SETTLE - 60_000, high=HIGH, low=LOW)
    answer = ok(await ConsensusOracle(feeds).close_price(X, settle_at_ms=SETTLE, now_ms=SETTLE + 10_000))

    assert isinstance(answer, Closed)
    assert HIGH == answer.price


async def test_a_price_is_the_newest_accepted_tick_and_leaves_no_record(feeds: TableFeeds) -> None:
    """Not older than 6 s; otherwise the reason is that of the last tick."""
    feeds.run(X, 0, [LOW, HIGH, None])
    oracle = watching(feeds)
    await play(oracle, 0, 9_000)
    fresh, stale = await oracle.price(X, now_ms=9_000), await oracle.price(X, now_ms=9_001)
    (after,) = await play(oracle, 9_000, 12_000)

    assert isinstance(fresh, Ok)
    assert (HIGH, 3_000) == (fresh.value.price, fresh.value.tick_ms)
    assert ("", ()) == (fresh.value.evidence, after.records)
    assert Err(NotPriceable(X, "NO_QUORUM")) == stale


async def test_where_ticks_have_stopped_the_price_is_asked_for(feeds: TableFeeds) -> None:
    """A monitor that rests does not keep rooms from being created."""
    feeds.run(X, 0, [LOW])
    feeds.say(X, 30_000, HIGH)
    oracle = watching(feeds)
    await play(oracle, 0, 3_000)
    found = await oracle.price(X, now_ms=32_000)

    assert isinstance(found, Ok)
    assert (HIGH, 30_000) == (found.value.price, found.value.tick_ms)


async def test_a_rate_of_two_families_is_no_price_for_a_room(feeds: TableFeeds) -> None:
    """One of two families moves it past the least distance of a target: 0.55 % alone make 0.275 %."""
    feeds.known[X] = replace(feeds.known[X], params=replace(INSTANT, quorum=2))
    feeds.ticks[X, 0] = Heard(
        [Quote(name, name, price, 0, 10, 0, 0) for name, price in (("a", 1_000_000), ("b", 1_005_500))]
    )
    oracle = watching(feeds)
    (report,) = await play(oracle, 0, 3_000)

    assert [1_002_750] == [state.last.price for state in report.states]
    assert Err(NotPriceable(X, "ONLY_A_RATE")) == await oracle.price(X, now_ms=1_500)


async def test_a_tick_that_lies_ahead_is_no_fresh_price(feeds: TableFeeds) -> None:
    """A clock that was set back does not make the last tick before that young for as long as it is behind."""
    feeds.say(X, 57_000, LOW)
    feeds.run(X, 597_000, [HIGH, HIGH])
    oracle = watching(feeds)
    await play(oracle, 597_000, 603_000)
    skewed, set_back = await oracle.price(X, now_ms=598_000), await oracle.price(X, now_ms=60_000)

    assert isinstance(skewed, Ok)
    assert isinstance(set_back, Ok)
    assert (HIGH, LOW) == (skewed.value.price, set_back.value.price)


async def test_depths_that_were_only_asked_for_are_not_all_remembered(
    pool_feeds: TableFeeds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Anybody can ask for any token; the newest ones are those that a room is being made on."""
    monkeypatch.setattr("rooms_oracle.oracle.ASKED_MOST", 1)
    pool_feeds.add("pump:N", rates=("SOL/USD",), pool=True)
    for name in ("pump:M", "pump:N"):
        pool_feeds.say(name, 0, 10**16, quote="SOL", pool=PoolState(10**6, 6, 1_000, 10_000))
    pool_feeds.say("SOL/USD", 0, COIN_UNIT)
    oracle = ConsensusOracle(pool_feeds)
    known = []
    for name in ("pump:M", "pump:M", "pump:N"):
        await oracle.price(name, now_ms=1_500)
        known.append((oracle.depth("pump:M") is not None, oracle.depth("pump:N") is not None))

    assert [(True, False), (True, False), (False, True)] == known


async def test_an_instrument_nobody_polls_is_priced_at_once(feeds: TableFeeds) -> None:
    """From the newest tick that is closed; unknown ones are not priceable."""
    feeds.say(X, 3_000, LOW)
    oracle = ConsensusOracle(feeds)
    found, none = await oracle.price(X, now_ms=4_500), await oracle.price(X, now_ms=4_499)

    assert isinstance(found, Ok)
    assert (LOW, 3_000) == (found.value.price, found.value.tick_ms)
    assert Err(NotPriceable(X, "NO_QUORUM")) == none
    assert Err(NotPriceable("?", "unknown")) == await oracle.price("?", now_ms=0)


async def test_unknown_instruments_are_refused_not_stumbled_over(feeds: TableFeeds, room: RoomMaker) -> None:
    """Polled, watched, resumed or asked for."""
    oracle = ConsensusOracle(feeds)
    reading = Reading("?", 0, 1, 1, 1, None, None, "")
    oracle.poll("?")
    oracle.watch(room(instrument="?"))
    oracle.resume(MarketState("?", reading, 0))
    (report,) = await play(oracle, 0, 3_000)
    unknown = Err(OracleFailed("? is unknown", retryable=False))

    assert (("?", "unknown"),) == report.refused
    assert unknown == await oracle.touch_answer(room(instrument="?"), now_ms=0)
    assert unknown == await oracle.close_price("?", settle_at_ms=0, now_ms=0)
    assert oracle.depth("?") is None


async def test_what_no_feed_knows_any_more_has_no_answer_by_the_deadline(
    feeds: TableFeeds, room: RoomMaker
) -> None:
    """Half an hour is waited for somebody to list it again; then the stakes go back, and no room waits for ever."""
    oracle = ConsensusOracle(feeds)
    at_ms, asked = SETTLE + DEADLINE_MS, room(instrument="?", settle_at_ms=SETTLE)
    unknown = Err(OracleFailed("? is unknown", retryable=False))

    assert unknown == await oracle.touch_answer(asked, now_ms=at_ms - 1)
    assert unknown == await oracle.close_price("?", settle_at_ms=SETTLE, now_ms=at_ms - 1)
    assert NoAnswer("unknown", ()) == ok(await oracle.touch_answer(asked, now_ms=at_ms))
    assert NoAnswer("unknown", ()) == ok(await oracle.close_price("?", settle_at_ms=SETTLE, now_ms=at_ms))


async def test_ticks_lie_on_the_grid(feeds: TableFeeds) -> None:
    """Others are a caller's mistake; a tick that was judged already is not judged again."""
    feeds.run(X, 0, [LOW, HIGH])
    oracle = watching(feeds)
    (first,) = await play(oracle, 3_000, 6_000)
    again, before = await play(oracle, 3_000, 6_000), await play(oracle, 0, 3_000)

    assert isinstance(await oracle.tick(1), Err)
    assert first.states == again[0].states == before[0].states


async def test_resting_forgets_an_instrument_when_the_last_room_leaves(feeds: TableFeeds) -> None:
    """Polls are counted; its chain of records goes on."""
    feeds.run(X, 0, [LOW] * 60)
    oracle = watching(feeds)
    oracle.poll(X)
    oracle.rest(X)
    (first,) = await play(oracle, 0, 3_000)
    oracle.rest(X)
    oracle.rest(X)
    (nothing,) = await play(oracle, 3_000, 6_000)
    oracle.poll(X)
    oracle.resume_chain(X, "sha256:older")
    (later,) = await play(oracle, 6_000, 9_000)

    assert ((), ()) == (nothing.states, nothing.records)
    assert first.records[0].hash == later.records[0].prev
    assert (X,) == oracle.chains(X)


@pytest.fixture
def pool_feeds() -> TableFeeds:
    """Feeds with SOL and a token in SOL, whose supply makes its cap equal 1/10^6 of its price."""
    feeds = TableFeeds()
    feeds.add("SOL/USD")
    feeds.add("pump:M", rates=("SOL/USD",), pool=True)
    return feeds


def say_cap(feeds: TableFeeds, tick_ms: int, cap: int, *, liquidity_cents: int = 1_000) -> None:
    """The token's market cap at a tick, at 1 dollar for a SOL."""
    feeds.say("SOL/USD", tick_ms, COIN_UNIT)
    pool = PoolState(10**6, 6, liquidity_cents, 10_000)
    feeds.say("pump:M", tick_ms, cap * 10**10, quote="SOL", pool=pool)


def thin(room: RoomMaker, *, created: int | None = None) -> WatchedRoom:
    """A room on the token, up to just under HIGH: a converted price is uncertain by one."""
    return room(
        1,
        target=HIGH - 2,
        instrument="pump:M",
        pool_priced=True,
        settle_at_ms=SETTLE,
        created_liquidity_cents=created,
    )


async def test_a_thin_room_needs_three_hits(pool_feeds: TableFeeds, room: RoomMaker) -> None:
    """And its row tells how deep the pool is."""
    for n, cap in enumerate([LOW, LOW, HIGH, HIGH, HIGH]):
        say_cap(pool_feeds, n * 3_000, cap)
    oracle = ConsensusOracle(pool_feeds)
    oracle.poll("pump:M")
    oracle.watch(thin(room))
    found = await touched(oracle, 0, 15_000)
    depth = oracle.depth("pump:M")

    assert [(12_000, 6_000, 3_000)] == [(at, touch.at_ms, touch.last_clear_ms) for at, touch in found]
    assert depth is not None
    assert (1_000, 10_000, COIN_UNIT) == (depth.liquidity_cents, depth.fee_ppm, depth.sol_price)
    assert ("SOL/USD", "pump:M") == oracle.chains("pump:M")


async def test_a_drained_pool_needs_the_median_of_a_minute(pool_feeds: TableFeeds, room: RoomMaker) -> None:
    """Once liquidity has halved, hits alone touch nothing, however long it recovered since (decision R6)."""
    for n in range(60):
        drained = 500 if n == 1 else 1_000
        say_cap(pool_feeds, n * 3_000, LOW if n < 21 else HIGH, liquidity_cents=drained)
    oracle = ConsensusOracle(pool_feeds)
    oracle.poll("pump:M")
    oracle.watch(thin(room, created=1_000))
    found = await touched(oracle, 0, 180_000)
    at_ms, touch = found[0]

    assert (63_000, 60_000) == (touch.at_ms, touch.last_clear_ms)
    assert 93_000 == at_ms  # the eleventh of twenty
    assert len(touch.evidence) >= 20


async def test_a_pool_has_no_audit_and_no_backfill(pool_feeds: TableFeeds, room: RoomMaker) -> None:
    """Its gap is over after two accepted ticks; too few ticks at the settle time are no answer, silence a NO."""
    for n in [0, 1, 2, 8, 9, 10]:
        say_cap(pool_feeds, n * 3_000, LOW)
    oracle = ConsensusOracle(pool_feeds)
    oracle.poll("pump:M")
    watched = thin(room)
    oracle.watch(watched)
    reports = await play(oracle, 0, 33_000)
    gaps = [report.states[0].gap_from_ms for report in reports if report.states]
    await play(oracle, SETTLE - 3_000, SETTLE + 3_000)
    closed = ok(await oracle.close_price("pump:M", settle_at_ms=SETTLE, now_ms=SETTLE))

    assert [None, None, None, 6_000, 6_000, None, None] == gaps
    assert isinstance(closed, NoAnswer)
    assert "TOO_FEW_TICKS" == closed.reason
    assert isinstance(ok(await oracle.touch_answer(watched, now_ms=SETTLE)), Untouched)


async def test_a_resumed_pool_remembers_how_deep_it_was(pool_feeds: TableFeeds, room: RoomMaker) -> None:
    """The row's depth counts as its lowest so far."""
    for n in range(8):
        say_cap(pool_feeds, 60_000 + n * 3_000, LOW if n < 2 else HIGH)
    first = ConsensusOracle(pool_feeds)
    first.poll("pump:M")
    (report,) = await play(first, 60_000, 63_000)
    state = report.states[0]
    assert state.depth is not None
    second = ConsensusOracle(pool_feeds)
    second.resume(MarketState("pump:M", state.last, 0, None, type(state.depth)(400, 10_000, COIN_UNIT)))
    second.poll("pump:M")
    second.watch(thin(room, created=1_000))

    assert [] == await touched(second, 63_000, 84_000)


async def test_a_pool_without_its_state_has_no_price(pool_feeds: TableFeeds) -> None:
    """Without the supply from the chain there is no market cap; without SOL in dollars there is no price."""
    say_cap(pool_feeds, 0, LOW)
    pool_feeds.say("pump:M", 0, LOW, quote="SOL")
    say_cap(pool_feeds, 3_000, LOW)
    del pool_feeds.ticks["SOL/USD", 3_000]
    oracle = ConsensusOracle(pool_feeds)
    oracle.poll("pump:M")
    reports = await play(oracle, 0, 6_000)

    assert [(("pump:M", "NO_QUORUM"),)] * 2 == [report.refused for report in reports]
    assert oracle.depth("pump:M") is None
    assert isinstance(check_records([record.body for each in reports for record in each.records]), Ok)


async def test_a_frozen_source_is_named(feeds: TableFeeds) -> None:
    """Two families that move are not enough for a quorum of three once the third stands still."""
    for n in range(25):
        feeds.say(X, n * 3_000, LOW, LOW + 60 * n, LOW + 70 * n)
    reports = await play(watching(feeds), 0, 75_000)

    assert [20, 21, 22, 23, 24] == [n for n, report in enumerate(reports) if report.refused]
    assert '"a":"FROZEN"' in reports[20].records[0].body
    assert Ok(2) == check_records([record.body for each in reports for record in each.records])


def test_a_room_downwards_is_found_by_its_direction(room: RoomMaker) -> None:
    """The fixture's directions are the core's."""
    assert Direction.DOWN is room(direction=Direction.DOWN).direction
