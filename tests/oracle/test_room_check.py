"""Whether a room's answer follows from its records: the kinds of answers a demo day has none of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from rooms_core.domain.market import CoinPrice, Direction, FoundBy, Market, Mode, PoolDepth, PumpMarketCap
from rooms_core.domain.room import Room
from rooms_core.domain.status import RoomStatus
from rooms_core.domain.terms import VoidReason
from rooms_core.domain.thin_pool import ThinPool
from rooms_core.ports.evidence import EvidenceRecord
from rooms_core.ports.oracle import Closed, NoAnswer, Touch, Untouched
from rooms_core.proofs.canonical import canonical_hash
from rooms_core.result import Ok
from rooms_core.services.watch_targets import by_close, by_silence, by_touch, watched
from rooms_core.testing.builders import a_resolution, a_room
from rooms_oracle.audit import judge_minute
from rooms_oracle.evidence import seal
from rooms_oracle.heard import PoolState
from rooms_oracle.held_records import named_by, work_out_all
from rooms_oracle.minute_record import minute_body
from rooms_oracle.oracle import ConsensusOracle
from rooms_oracle.points import Point
from rooms_oracle.room_check import RoomFiles, check_room
from rooms_oracle.testing.table_feeds import TableFeeds

X = "X/USD"
SETTLE = 600_000
LOW, HIGH = 90 * 10**12, 110 * 10**12
MINT = "pump:M"


def a_close_room() -> Room:
    """Whether X stands at HIGH or above after ten minutes."""
    market = Market(CoinPrice("X"), Direction.UP, HIGH, Mode.AT_CLOSE)
    return replace(a_room(market=market, settle_at_ms=SETTLE, created_at_ms=0), status=RoomStatus.LOCKED)


def files_of(room: Room, records: Iterable[EvidenceRecord], **more: object) -> RoomFiles:
    """A room's papers with these records, all of them made while it was open."""
    known = {each.hash: each for each in records}
    own = tuple(each for each in known.values() if each.instrument == room.market.instrument)
    return RoomFiles(room=room, **{"receipt_evidence": None, "records": known, "around": own} | more)  # type: ignore[arg-type]


def wrong(points: Iterable[Point]) -> list[str]:
    """What does not hold."""
    return [point.what for point in points if point.holds is False]


async def ticked(oracle: ConsensusOracle, from_ms: int, to_ms: int) -> list[EvidenceRecord]:
    """The records of some ticks."""
    told: list[EvidenceRecord] = []
    for tick_ms in range(from_ms, to_ms, 3_000):
        report = await oracle.tick(tick_ms)
        assert isinstance(report, Ok)
        told += report.value.records
        told += [record for touch in report.value.touches for record in touch.records]
    return told


async def closed_by_candles(feeds: TableFeeds) -> tuple[Closed, list[EvidenceRecord]]:
    """A settle price from the candles of the last minute, in which five ticks had a price."""
    feeds.run(X, SETTLE - 57_000, [LOW] * 5)
    feeds.candle(X, SETTLE - 60_000, high=HIGH, low=LOW)
    oracle = ConsensusOracle(feeds)
    oracle.poll(X)
    told = await ticked(oracle, SETTLE - 57_000, SETTLE + 3_000)
    answer = await oracle.close_price(X, settle_at_ms=SETTLE, now_ms=SETTLE + 10_000)
    assert isinstance(answer, Ok)
    assert isinstance(answer.value, Closed)
    return answer.value, [*told, *answer.value.records]


async def test_a_settle_price_from_candles_follows(feeds: TableFeeds) -> None:
    """Too few ticks, and the candles that end at the settle time."""
    closed, told = await closed_by_candles(feeds)
    room = replace(a_close_room(), resolution=by_close(a_close_room(), closed))
    points = check_room(files_of(room, told))

    assert FoundBy.BACKFILL == closed.found_by
    assert [] == wrong(points)
    assert "5 ticks" in {point.found for point in points}


async def test_candles_that_were_not_needed_are_named(feeds: TableFeeds) -> None:
    """Who had enough ticks may not choose the candles instead."""
    closed, told = await closed_by_candles(feeds)
    feeds.run(X, SETTLE - 57_000, [LOW] * 20)
    oracle = ConsensusOracle(feeds)
    oracle.poll(X)
    told += await ticked(oracle, SETTLE - 57_000, SETTLE + 3_000)
    answer = await oracle.close_price(X, settle_at_ms=SETTLE, now_ms=SETTLE + 3_000)
    assert isinstance(answer, Ok)
    assert isinstance(answer.value, Closed)
    evidence = (*answer.value.evidence, *closed.evidence)
    made = replace(by_close(a_close_room(), closed), evidence=evidence)
    room = replace(a_close_room(), resolution=made)

    assert ["too few ticks of the last minute have a price"] == wrong(
        check_room(files_of(room, [*told, *answer.value.records]))
    )


async def test_a_void_for_want_of_a_price_follows_from_its_records(feeds: TableFeeds) -> None:
    """No settle price can be made of them; where one can, the void is named."""
    feeds.run(X, SETTLE - 57_000, [LOW] * 5)
    oracle = ConsensusOracle(feeds)
    oracle.poll(X)
    told = await ticked(oracle, SETTLE - 57_000, SETTLE + 3_000)
    answer = await oracle.close_price(X, settle_at_ms=SETTLE, now_ms=SETTLE + 1_800_000)
    assert isinstance(answer, Ok)
    none = answer.value
    assert isinstance(none, NoAnswer)
    void = {"void_reason": VoidReason.NO_PRICE}
    papers = files_of(a_close_room(), [*told, *none.records], receipt_evidence=none.evidence, **void)
    closed, others = await closed_by_candles(TableFeeds(feeds.known))

    assert "no settle price follows from them" in {point.what for point in check_room(papers)}
    assert [] == wrong(check_room(papers))
    assert ["no settle price follows from them"] == wrong(
        check_room(files_of(a_close_room(), others, receipt_evidence=closed.evidence, **void))
    )


def a_thin_room(target: int, created: int = 1_000) -> Room:
    """Whether the token's market cap touches the target; its pool held so much when the room was made."""
    market = Market(PumpMarketCap("M"), Direction.UP, target, Mode.TOUCH)
    made = a_room(market=market, created_at_ms=0, settle_at_ms=SETTLE, opened_at_ms=0)
    thin = ThinPool(created=PoolDepth(created, 10_000, 10**12), distance_ppm=1)
    return replace(made, thin=thin, status=RoomStatus.OPEN)


async def thin_touch(drained: bool) -> tuple[Room, Touch, list[EvidenceRecord]]:
    """A touch of a token whose pool had been drained for a tick, or not."""
    feeds = TableFeeds()
    feeds.add("SOL/USD")
    feeds.add(MINT, rates=("SOL/USD",), pool=True)
    room = a_thin_room(9 * 10**5)
    for n in range(60):
        pool = PoolState(10**6, 6, 500 if drained and n == 20 else 1_000, 10_000)
        feeds.say("SOL/USD", n * 3_000, 10**12)
        feeds.say(MINT, n * 3_000, 10**16 if n in (2, 3) or n >= 21 else 10**15, quote="SOL", pool=pool)
    oracle = ConsensusOracle(feeds)
    oracle.poll(MINT)
    oracle.watch(watched(room, 0))
    told: list[EvidenceRecord] = []
    for tick_ms in range(0, 180_000, 3_000):
        report = await oracle.tick(tick_ms)
        assert isinstance(report, Ok)
        told += report.value.records
        if report.value.touches:
            (touch,) = report.value.touches
            return room, touch, [*told, *touch.records]
    raise AssertionError("nothing was touched")


@pytest.mark.parametrize("drained", [False, True])
async def test_a_touch_of_a_thin_token_follows(drained: bool) -> None:
    """Three hits over six seconds; of a pool that had halved, also the median of the last minute."""
    room, touch, told = await thin_touch(drained)
    settled = replace(room, resolution=by_touch(room, touch))
    points = check_room(files_of(settled, told))
    halved = "its pool has halved, and the median of the last minute is past the target"

    assert [] == wrong(points)
    assert drained is (halved in {point.what for point in points})


async def test_a_drained_pool_without_its_median_is_named() -> None:
    """Hits alone are no touch then, and a NO is not refuted by them either."""
    room, touch, told = await thin_touch(True)
    lacking = replace(by_touch(room, touch), evidence=touch.evidence[-10:], at_ms=66_000)
    silent = replace(a_resolution("NO", price=1, at_ms=SETTLE), evidence=touch.evidence[:1])
    points = check_room(files_of(replace(room, resolution=lacking), told))
    quiet = check_room(files_of(replace(room, resolution=silent), told))

    assert "its pool has halved, and the median of the last minute is past the target" in wrong(points)
    assert "its pool has halved: hits alone were no touch, and the median is as told" in {
        point.what for point in quiet if point.holds is None
    }


async def test_what_two_persons_wrote_down_is_no_price() -> None:
    """Their answer follows from nothing; the hash of their words is checked."""
    body = {"reason": "the venues had closed"}
    note = EvidenceRecord("room:1", 0, canonical_hash(body), None, '{"reason":"the venues had closed"}')
    answer = replace(a_resolution("YES"), found_by=FoundBy.TWO_PERSONS, evidence=(note.hash,))
    room = replace(a_close_room(), resolution=answer)
    points = check_room(files_of(room, [note]))
    forged = check_room(files_of(room, [replace(note, body='{"reason":"none"}')]))

    assert [True, None] == [point.holds for point in points]
    assert ["every record it names is in the books and holds"] == wrong(forged)


def test_records_that_rest_on_nothing_readable_are_broken() -> None:
    """Whatever is stored there, it is said and nothing is raised."""
    odd = [
        EvidenceRecord(X, 0, "sha256:a", None, "no JSON"),
        EvidenceRecord(X, 0, "sha256:b", None, '{"v":"rooms-close/1"}'),
        EvidenceRecord(X, 0, "sha256:c", None, '{"quote_rates":{"a":{"evidence":"sha256:c"}},"v":"x"}'),
    ]
    held = work_out_all([each.hash for each in odd], {each.hash: each for each in odd})

    assert {each.hash for each in odd} == set(held.broken)
    assert [[], [], ["sha256:c"]] == [named_by(each) for each in odd]


async def closed_by_ticks(feeds: TableFeeds) -> tuple[Closed, list[EvidenceRecord]]:
    """A settle price from twenty ticks."""
    feeds.run(X, SETTLE - 57_000, [HIGH] * 20)
    oracle = ConsensusOracle(feeds)
    oracle.poll(X)
    told = await ticked(oracle, SETTLE - 57_000, SETTLE + 3_000)
    answer = await oracle.close_price(X, settle_at_ms=SETTLE, now_ms=SETTLE + 3_000)
    assert isinstance(answer, Ok)
    assert isinstance(answer.value, Closed)
    return answer.value, [*told, *answer.value.records]


async def test_a_settle_price_from_ticks_follows(feeds: TableFeeds) -> None:
    """It is the median of its minute; a price that is another, and a receipt that names other records, are named."""
    closed, told = await closed_by_ticks(feeds)
    room = replace(a_close_room(), resolution=by_close(a_close_room(), closed))
    other = replace(room, resolution=replace(by_close(a_close_room(), closed), price=LOW))
    papers = files_of(room, told, receipt_evidence=closed.evidence)

    assert FoundBy.CLOSE == closed.found_by
    assert [] == wrong(check_room(papers))
    assert ["the receipt names the same records"] == wrong(
        check_room(replace(papers, receipt_evidence=closed.evidence[:1]))
    )
    assert {
        "a settle price was recorded for this time, and is the room's",
        "it is the median of the last minute",
        "the winner follows from the settle price",
    } == set(wrong(check_room(replace(papers, room=other))))


async def test_a_record_that_is_missing_or_stored_elsewhere_breaks_what_rests_on_it(
    feeds: TableFeeds,
) -> None:
    """The room's own records are told apart from those they rest on, and each is named with what is wrong."""
    closed, told = await closed_by_ticks(feeds)
    room = replace(a_close_room(), resolution=by_close(a_close_room(), closed))
    (price,) = [each for each in told if '"v":"rooms-close/1"' in each.body]
    alone = replace(room, resolution=replace(by_close(a_close_room(), closed), evidence=(price.hash,)))
    ticks = [each for each in told if each is not price]
    moved = [replace(ticks[0], tick_ms=1), *ticks[1:], price]
    found = {point.what: point.found for point in check_room(files_of(alone, [*ticks[1:], price], around=()))}

    assert "it is not in the books" in found["so does what they rest on"]
    assert price.hash in found["every record it names is in the books and holds"]
    assert "every record it names is in the books and holds" in wrong(check_room(files_of(room, moved)))
    assert [] == [
        point for point in check_room(files_of(replace(room, resolution=None), told)) if not point.holds
    ]


def a_touch_room() -> Room:
    """Whether X touches HIGH within ten minutes."""
    market = Market(CoinPrice("X"), Direction.UP, HIGH, Mode.TOUCH)
    made = a_room(market=market, created_at_ms=0, settle_at_ms=SETTLE, opened_at_ms=0)
    return replace(made, status=RoomStatus.OPEN)


async def watched_to_the_end(feeds: TableFeeds, room: Room) -> tuple[ConsensusOracle, list[EvidenceRecord]]:
    """The oracle after all ticks of a room, and every record it made."""
    oracle = ConsensusOracle(feeds)
    oracle.poll(X)
    oracle.watch(watched(room, 0))
    return oracle, await ticked(oracle, 0, SETTLE + 12_000)


async def test_a_touch_that_an_audit_found_follows(feeds: TableFeeds) -> None:
    """Two families reached the target in a minute of silence; another price, time or minute is named."""
    feeds.run(X, 0, [LOW] * 21 + [None] * 5 + [LOW] * 175)
    feeds.candle(X, 60_000, high=HIGH + 5, low=LOW - 5, families="ab")
    room = a_touch_room()
    oracle, told = await watched_to_the_end(feeds, room)
    answer = await oracle.touch_answer(watched(room, 0), now_ms=SETTLE + 12_000)
    assert isinstance(answer, Ok)
    assert isinstance(answer.value, Touch)
    made = by_touch(room, answer.value)
    papers = files_of(replace(room, resolution=made), [*told, *answer.value.records])
    changed = {
        "the price is the furthest that two families reached": replace(made, price=HIGH),
        "the touch counts at the minute's end": replace(made, at_ms=made.at_ms + 3_000),
        "one audited minute is named, within the room's life": replace(made, evidence=()),
        "stakes go back from before the gap on, whose start is as told": replace(made, late_after_ms=SETTLE),
    }
    down = replace(room, market=replace(room.market, direction=Direction.DOWN, target=LOW), resolution=made)

    assert FoundBy.AUDIT == made.found_by
    assert [] == wrong(check_room(papers))
    for point, forged in changed.items():
        assert point in wrong(check_room(replace(papers, room=replace(room, resolution=forged))))
    assert ["the price is the furthest that two families reached"] == wrong(
        check_room(replace(papers, room=down))
    )


def test_an_audited_minute_of_one_family_touches_nothing(feeds: TableFeeds) -> None:
    """Whoever names a minute in which no two families were heard has proved no touch by it."""
    feeds.candle(X, 60_000, high=HIGH + 5, low=LOW, families="a")
    candles = feeds.minutes[X, 60_000]
    body = minute_body(X, 60_000, candles, {}, judge_minute(candles, {}))
    minute = seal(body, instrument=X, tick_ms=60_000, prev=None)
    forged = replace(
        a_resolution("YES", price=HIGH, at_ms=120_000), found_by=FoundBy.AUDIT, evidence=(minute.hash,)
    )
    points = check_room(files_of(replace(a_touch_room(), resolution=forged), [minute]))

    assert "two families reached the target in it" in wrong(points)
    assert [True] == [point.holds for point in points if point.what.startswith("every record")]


async def test_silence_follows_from_its_records(feeds: TableFeeds) -> None:
    """NO: no tick and no audited minute was past the target; what refutes it is named."""
    feeds.run(X, 0, [LOW] * 21 + [None] * 5 + [LOW] * 175)
    feeds.candle(X, 60_000, high=HIGH - 1, low=LOW)
    room = a_touch_room()
    oracle, told = await watched_to_the_end(feeds, room)
    answer = await oracle.touch_answer(watched(room, 0), now_ms=SETTLE + 12_000)
    assert isinstance(answer, Ok)
    assert isinstance(answer.value, Untouched)
    made = by_silence(answer.value)
    papers = files_of(replace(room, resolution=made), [*told, *answer.value.records])
    nearer = replace(room, market=replace(room.market, target=HIGH - 1), resolution=made)
    without = replace(room, resolution=replace(made, evidence=()))

    assert [] == wrong(check_room(papers))
    assert ["no audited minute reached the target"] == wrong(check_room(replace(papers, room=nearer)))
    assert [] == wrong(check_room(replace(papers, room=without)))


async def test_a_tick_without_a_price_parts_no_row_of_hits(feeds: TableFeeds) -> None:
    """One refused tick may lie between two hits, and stands among the records without being one."""
    feeds.run(X, 0, [LOW] * 19 + [HIGH, None, HIGH] + [HIGH] * 10)
    room = a_touch_room()
    oracle = ConsensusOracle(feeds)
    oracle.poll(X)
    oracle.watch(watched(room, 0))
    told: list[EvidenceRecord] = []
    touches: list[Touch] = []
    for tick_ms in range(0, 66_000, 3_000):
        report = await oracle.tick(tick_ms)
        assert isinstance(report, Ok)
        told += report.value.records
        touches += report.value.touches
    touch = touches[0]
    told += touch.records
    (refused,) = [each.hash for each in told if each.tick_ms == 60_000]
    made = by_touch(room, touch)
    beside = replace(made, evidence=(*made.evidence, refused))
    papers = files_of(replace(room, resolution=made), told)

    assert (57_000, HIGH) == (touch.at_ms, touch.price)
    assert [] == wrong(check_room(papers))
    assert [] == wrong(check_room(replace(papers, room=replace(room, resolution=beside))))
