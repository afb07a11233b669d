"""The offline checker: accepts what the oracle wrote, refuses it after any change."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms_core.domain.ids import RoomId
from rooms_core.domain.market import Direction
from rooms_core.ports.evidence import EvidenceRecord
from rooms_core.ports.oracle import Closed, WatchedRoom
from rooms_core.proofs.canonical import canonical_bytes, canonical_hash
from rooms_core.result import Err, Ok
from rooms_oracle.checker import Checker, EvidenceRefused, check_records
from rooms_oracle.evidence import EvidenceLog
from rooms_oracle.generated import GeneratedFeeds, Token
from rooms_oracle.oracle import ConsensusOracle
from rooms_oracle.script import Lie, Move, Outage, ScriptedFeeds

T = 1_730_419_200_000
TOKEN = Token(mint="M", sol_price=303_030)


async def story() -> list[str]:
    """A quarter of an hour with all kinds of records: ticks, a lie, a touch, an audited gap, a settle price, a pool."""
    plain = GeneratedFeeds(
        11, tokens=[TOKEN], moves=[Move(instrument="SOL/USD", from_ms=T + 60_000, by_ppm=20_000)]
    )
    feeds = ScriptedFeeds(
        feeds=plain,
        outages=[Outage(from_ms=T + 300_000, to_ms=T + 330_000, instrument="SOL/USD")],
        lies=[Lie(instrument="SOL/USD", family="okx", from_ms=T + 120_000, to_ms=T + 180_000, by_ppm=10**9)],
    )
    oracle = ConsensusOracle(feeds)
    oracle.poll("SOL/USD")
    oracle.poll("pump:M")
    for number, by_ppm in enumerate((15_000, 500_000)):
        oracle.watch(
            WatchedRoom(
                room=RoomId(number),
                instrument="SOL/USD",
                direction=Direction.UP,
                target=plain.path("SOL/USD", T) * (1_000_000 + by_ppm) // 1_000_000,
                since_ms=T,
                settle_at_ms=T + 3_600_000,
            )
        )
    told = []
    for tick_ms in range(T, T + 480_000, 3_000):
        ticked = await oracle.tick(tick_ms)
        assert isinstance(ticked, Ok)
        told += [record.body for record in ticked.value.records]
    for name in ("SOL/USD", "pump:M"):
        closed = await oracle.close_price(name, settle_at_ms=T + 420_000, now_ms=T + 480_000)
        assert isinstance(closed, Ok)
        assert isinstance(closed.value, Closed)
        told += [record.body for record in closed.value.records if record.body not in told]
    return told


@pytest.fixture(scope="module")
def records() -> list[str]:
    """The records of the story."""
    return asyncio.run(story())


def resealed(body: str, change: Callable[[dict[str, Any]], None]) -> str:
    """A record changed by somebody who can hash."""
    fields = json.loads(body)
    change(fields)
    fields.pop("hash", None)
    return canonical_bytes({**fields, "hash": canonical_hash(fields)}).decode()


def of_kind(records: list[str], kind: str, *, containing: str = "") -> int:
    """The position of the first record of a kind."""
    return next(n for n, body in enumerate(records) if f'"v":"{kind}"' in body and containing in body)


def why(records: list[str], position: int, body: str) -> str:
    """Why the chain is refused with another record in this place."""
    match check_records([*records[:position], body]):
        case Err(EvidenceRefused(at, reason)):
            assert position == at
            return reason
        case Ok():
            return "accepted"


def test_every_record_of_a_story_holds(records: list[str]) -> None:
    """And the story has all kinds of them."""
    kinds = {json.loads(body)["v"] for body in records}

    assert {"rooms-agg/1", "rooms-pool/1", "rooms-minute/1", "rooms-close/1"} == kinds
    assert Ok(len(records)) == check_records(records)


def alone(body: str, original: str) -> bool:
    """Whether a record is accepted in the place of another."""
    fields = json.loads(original)
    return check_records([body], after={fields["instrument"]: fields["prev"]}) == Ok(1)


def other_digit(body: str, at: int) -> str:
    """The record with the digit at a position raised by one."""
    return body[:at] + str((int(body[at]) + 1) % 10) + body[at + 1 :]


@given(st.data())
def test_one_changed_digit_breaks_a_record(records: list[str], data: st.DataObject) -> None:
    """Any digit of any record."""
    body = data.draw(st.sampled_from(records))
    at = data.draw(st.sampled_from([at for at, letter in enumerate(body) if letter in "0123456789"]))

    assert not alone(other_digit(body, at), body)


def test_no_kind_of_record_is_left_out(records: list[str]) -> None:
    """Each of them breaks, at its first digit, in its middle and at its last."""
    for body in records:
        digits = [at for at, letter in enumerate(body) if letter in "0123456789"]
        for at in (digits[0], digits[len(digits) // 2], digits[-1]):
            assert not alone(other_digit(body, at), body)


@pytest.mark.parametrize(
    "kind, change",
    [
        ("rooms-agg/1", lambda it: it["result"].update(price="1")),
        ("rooms-agg/1", lambda it: it["observations"][0].update(price="1")),
        ("rooms-agg/1", lambda it: it["observations"][0].update(age_ms="0")),
        ("rooms-agg/1", lambda it: it["params"].update(quorum="1")),
        ("rooms-agg/1", lambda it: it.update(scale="-2")),
        ("rooms-agg/1", lambda it: it.update(rejected={"coinbase": "STALE"})),
        ("rooms-agg/1", lambda it: it.update(more="1")),
        ("rooms-pool/1", lambda it: it["pool"].update(supply="1")),
        ("rooms-minute/1", lambda it: it["result"].update(up="1")),
        ("rooms-minute/1", lambda it: it.update(candles=it["candles"][:1])),
        ("rooms-minute/1", lambda it: it["candles"][0]["ohlc"].__setitem__(1, "999999999999999999")),
        ("rooms-close/1", lambda it: it["result"].update(price="1")),
        ("rooms-close/1", lambda it: it["ticks"][0].update(price="1")),
    ],
)
def test_who_reseals_a_changed_record_is_caught_by_working_it_out(
    records: list[str], kind: str, change: Callable[[dict[str, Any]], None]
) -> None:
    """The hash fits, the result does not follow."""
    position = of_kind(records, kind)

    assert "its result is not what follows from its observations" == why(
        records, position, resealed(records[position], change)
    )


@pytest.mark.parametrize(
    "kind, change",
    [
        ("rooms-agg/1", lambda it: it.pop("params")),
        ("rooms-agg/1", lambda it: it["params"].update(quorum="0")),
        ("rooms-agg/1", lambda it: it.update(observations={})),
        ("rooms-agg/1", lambda it: it.update(sources=[])),
        ("rooms-agg/1", lambda it: it["observations"][0].update(weight="11")),
        ("rooms-agg/1", lambda it: it["observations"][0].update(weight=None)),
        ("rooms-agg/1", lambda it: it["observations"][0].update(ts_request_start="01")),
        ("rooms-pool/1", lambda it: it["quote_rates"]["SOL/USD"].update(price="1")),
        ("rooms-pool/1", lambda it: it["quote_rates"]["SOL/USD"].update(evidence="sha256:none")),
        ("rooms-pool/1", lambda it: it["pool"].update(decimals="256")),
        ("rooms-pool/1", lambda it: it["pool"].update(decimals="-11")),
        ("rooms-pool/1", lambda it: it["pool"].update(on_curve="yes")),
        ("rooms-close/1", lambda it: it.update(ticks=it["ticks"][:11])),
        ("rooms-close/1", lambda it: it["ticks"][0].update(evidence="sha256:none")),
        ("rooms-close/1", lambda it: it.pop("ticks")),
    ],
)
def test_what_has_another_shape_is_no_record_of_ours(
    records: list[str], kind: str, change: Callable[[dict[str, Any]], object]
) -> None:
    """Missing or foreign fields, settings that are none, references to nothing: a refusal, never an exception."""
    position = of_kind(records, kind)
    reason = why(records, position, resealed(records[position], lambda it: (change(it), None)[1]))

    assert reason.startswith("not a record of ours")


def test_a_settle_price_rests_on_ticks_of_its_own_instrument(records: list[str]) -> None:
    """Another instrument's median proves nothing."""
    position = of_kind(records, "rooms-close/1", containing='"instrument":"pump:M"')
    other = of_kind(records, "rooms-close/1", containing='"instrument":"SOL/USD"')
    ticks = json.loads(records[other])["ticks"]
    changed = resealed(records[position], lambda it: it.update(ticks=ticks))

    assert why(records, position, changed).startswith("not a record of ours: ValueError('a tick of another")


def test_a_record_left_out_breaks_the_chain(records: list[str]) -> None:
    """The next one of that instrument names what is missing."""
    match check_records(records[1:]):
        case Err(EvidenceRefused(0, reason)):
            assert "does not follow" in reason or "not a record" in reason
        case other:
            pytest.fail(f"accepted: {other}")


def test_a_part_of_a_chain_is_checked_after_what_came_before(records: list[str]) -> None:
    """Given the hashes before it; the instruments' records are handed in together."""
    first = json.loads(records[0])
    rest = [body for body in records if json.loads(body)["instrument"] == first["instrument"]]
    after = {first["instrument"]: first["hash"]}

    assert isinstance(check_records(rest[1:2], after=after), Ok)
    assert isinstance(check_records(rest[1:2]), Err)


@pytest.mark.parametrize(
    "body", ["", "x", "[]", '"x"', "{}", '{"hash":"x"}', "{ }", '{"hash":1}', "\ud800", '{"a":"1","a":"2"}']
)
def test_anything_else_is_refused(body: str) -> None:
    """Whatever it is."""
    assert isinstance(check_records([body]), Err)


@pytest.mark.parametrize("gone", ["prev", "instrument", "v", "tick_ms"])
def test_what_every_record_has_is_needed(records: list[str], gone: str) -> None:
    """Also if the hash fits."""
    assert why(records, 0, resealed(records[0], lambda it: (it.pop(gone), None)[1])).startswith(
        "not a record"
    )


def stored(original: str, **changes: Any) -> EvidenceRecord:
    """A record as the books hold it."""
    said = json.loads(original)
    beside = {"instrument": said["instrument"], "tick_ms": int(said["tick_ms"]), "hash": said["hash"]}
    return EvidenceRecord(**{**beside, "prev": said["prev"], "body": original} | changes)


def test_what_is_stored_beside_a_record_is_what_it_says(records: list[str]) -> None:
    """Books are searched by instrument, time and hash: who changed one of these hides a record."""
    for changes in ({"instrument": "x"}, {"tick_ms": 1}, {"hash": "sha256:x"}, {"prev": "sha256:x"}):
        assert "what is stored beside it is not what it says" == Checker().check(
            stored(records[0], **changes)
        )
    assert None is Checker().check(stored(records[0]))
    assert str(Checker().check(stored(records[0], body="x"))).startswith("not canonical")


def test_what_people_wrote_down_is_checked_by_its_hash_alone() -> None:
    """It is in no chain, and no price."""
    body, sealed = '{"reason":"none"}', canonical_hash({"reason": "none"})
    checker = Checker()

    assert None is checker.check(EvidenceRecord("room:1", 0, sealed, None, body))
    assert None is checker.check(EvidenceRecord("room:1", 9, sealed, None, body))
    assert "its hash is another" == checker.check(EvidenceRecord("room:1", 0, "sha256:x", None, body))


def test_reading_may_begin_anywhere(records: list[str]) -> None:
    """Each chain begins with its first record that is read; what it names has to be read before, if only for that."""
    middle = len(records) // 2
    plain, recalled = Checker(anywhere=True), Checker(anywhere=True)
    for body in records[:middle]:
        recalled.recall(stored(body))
    refused = [why for body in records[middle:] if (why := plain.check_body(body)) is not None]

    assert all("no accepted tick that was read before it" in why or "follow" in why for why in refused)
    assert {None} == {recalled.check_body(body) for body in records[middle:]}


def test_a_record_that_does_not_hold_is_not_remembered(records: list[str]) -> None:
    """Who names it is refused: reading it only to be named makes no record good."""
    position = of_kind(records, "rooms-pool/1")
    named = json.loads(records[position])["quote_rates"]["SOL/USD"]["evidence"]
    checker = Checker(anywhere=True)
    for body in records[:position]:
        wrong = json.loads(body)["hash"] == named
        checker.recall(stored(body, body=body.replace('"1', '"2', 1) if wrong else body))
    checker.recall(stored(records[0], body="x"))
    checker.recall(stored(records[0], instrument="room:1"))

    assert f"it names {named}" in str(checker.check_body(records[position]))


def forked(*, anew: bool) -> list[str]:
    """Two writers of one chain, who both begin after its second record or, `anew`, know of none."""
    records = asyncio.run(story())
    first = json.loads(records[0])["instrument"]
    chain = [body for body in records if json.loads(body)["instrument"] == first][:3]
    prev = None if anew else json.loads(chain[0])["hash"]
    other = resealed(chain[2], lambda it: it.update(prev=prev))
    return [*chain, other]


@pytest.mark.parametrize(
    "anew, reason",
    [(False, "two have written this chain at once"), (True, "it begins its chain anew")],
)
def test_a_chain_with_two_writers_is_told_from_one_with_a_hole(anew: bool, reason: str) -> None:
    """A fork is refused, and named as one (decision C17)."""
    match check_records(forked(anew=anew)):
        case Err(EvidenceRefused(3, why)):
            assert reason in why
        case other:
            pytest.fail(f"accepted: {other}")


async def test_a_second_term_goes_on_where_the_first_one_ended() -> None:
    """Who takes the role begins with what is stored, so its records follow; what the first had not stored is gone."""
    feeds = ScriptedFeeds(feeds=GeneratedFeeds(11))
    told: list[str] = []
    ends: dict[str, str | None] = {}
    for term in range(3):
        oracle = ConsensusOracle(feeds)
        for chain in oracle.chains("SOL/USD"):
            oracle.resume_chain(chain, ends.get(chain))
        oracle.poll("SOL/USD")
        for tick_ms in range(T + term * 120_000, T + term * 120_000 + 100_000, 3_000):
            assert isinstance(await oracle.price("SOL/USD", now_ms=tick_ms), Ok | Err)
            ticked = await oracle.tick(tick_ms)
            assert isinstance(ticked, Ok)
            if tick_ms % 120_000 < 70_000:  # the last records of each term are lost with it
                told += [record.body for record in ticked.value.records]
                ends |= {record.instrument: record.hash for record in ticked.value.records}

    assert Ok(len(told)) == check_records(told)
    assert 6 < len(told)


def test_a_log_goes_on_after_the_last_stored_record() -> None:
    """The end of a chain is given once; what was written here since is nearer."""
    log = EvidenceLog()
    log.resume("x", "sha256:stored")

    assert "sha256:stored" == log.append({"v": "x"}, instrument="x", tick_ms=0).prev
