"""Checking receipts: the core alone works the settlement out again and says what differs (decision R8)."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms_core.domain.dividend import DeadHeat
from rooms_core.domain.market import NO, YES, Outcome
from rooms_core.domain.money import Lamports
from rooms_core.domain.rules import PRESETS, HouseRules
from rooms_core.domain.settlement import Settlement, Stake, Voided, settle, void
from rooms_core.domain.terms import VoidReason
from rooms_core.proofs.canonical import canonical_hash
from rooms_core.proofs.receipt import LineDigest, ReceiptFacts, make_receipt
from rooms_core.proofs.receipt_check import (
    Difference,
    Differences,
    NotAReceipt,
    Verified,
    verify_receipt,
)
from rooms_core.result import Err, Ok

Receipt = dict[str, Any]

STAKES = [
    Stake("ann", YES, Lamports(60_000), 1),
    Stake("ann", NO, Lamports(1_000), 2),
    Stake("ben", YES, Lamports(40_001), 3),
    Stake("cem", NO, Lamports(1_500), 4),
    Stake("dan", NO, Lamports(9_000), 20),
]
UPLINES = {"ann": ("ben", "eve"), "cem": ("eve",)}


def ended(
    *winning: Outcome, rules: HouseRules | None = None, late_after_ms: int | None = 10
) -> Settlement[str] | Voided[str]:
    """The room with late stakes, unmatched stakes, referrals, and a bettor on both sides."""
    return settle(
        STAKES,
        winning,
        rules or HouseRules(),
        outcomes=(YES, NO),
        late_after_ms=late_after_ms,
        uplines=UPLINES,
    )


def facts(*winning: Outcome, rules: HouseRules | None = None, late_after_ms: int | None = 10) -> ReceiptFacts:
    """What its receipt says besides."""
    return ReceiptFacts(
        room="1000",
        outcomes=(YES, NO),
        winning=winning,
        rules=rules or HouseRules(),
        hosted=True,
        at_ms=1_735_732_800_000,
        late_after_ms=late_after_ms,
        question={"target": "200"},
        answer={"price": "201"},
        evidence=("sha256:" + "0" * 64,),
    )


def a_receipt(*winning: Outcome, rules: HouseRules | None = None, late_after_ms: int | None = 10) -> Receipt:
    """Its receipt."""
    return make_receipt(
        ended(*winning, rules=rules, late_after_ms=late_after_ms),
        facts(*winning, rules=rules, late_after_ms=late_after_ms),
    )


def resealed(receipt: Receipt) -> Receipt:
    """What a forger does who knows how the hashes are made: all of them fit again."""
    digest = LineDigest()
    for line in receipt["lines"]:
        digest.add(line)
    header = {**receipt["header"], "lines": digest.record()}
    return {"header": header, "lines": receipt["lines"], "hash": canonical_hash(header)}


def forged(receipt: Receipt, change: Callable[[Receipt], object]) -> Receipt:
    """A changed copy with fitting hashes."""
    other = copy.deepcopy(receipt)
    change(other)
    return resealed(other)


def found(receipt: Receipt) -> list[str]:
    """Where a receipt differs from what the core works out."""
    match verify_receipt(receipt):
        case Err(Differences(found=differences)):
            return [difference.where for difference in differences]
        case other:
            raise AssertionError(other)


def refused(receipt: Receipt) -> str:
    """Why a record is no receipt."""
    match verify_receipt(receipt):
        case Err(NotAReceipt(message=message)):
            return message
        case other:
            raise AssertionError(other)


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("winning", [(YES,), (NO,), (YES, NO)])
@pytest.mark.parametrize("late_after_ms", [None, 10])
def test_a_receipt_is_verified_from_itself_alone(
    name: str, winning: tuple[Outcome, ...], late_after_ms: int | None
) -> None:
    """Whatever the rules, the winner and the refunds: rules and lines are enough to work it out again."""
    receipt = a_receipt(*winning, rules=PRESETS[name], late_after_ms=late_after_ms)

    assert Ok(Verified("1000", "SETTLED", 5, receipt["hash"])) == verify_receipt(receipt)


def test_a_receipt_survives_its_journey_as_json() -> None:
    """Saved, sent and read again it is the same receipt."""
    receipt = json.loads(json.dumps(a_receipt(YES), indent=2))

    assert isinstance(verify_receipt(receipt), Ok)


@pytest.mark.parametrize(
    "winning, late_after_ms, reason",
    [((), 10, "NO_WINNER_GIVEN"), ((Outcome("MAYBE"),), 10, "EMPTY_WINNER"), ((YES,), 1, "ONE_SIDED")],
)
def test_the_receipt_of_a_void_room_is_verified(
    winning: tuple[Outcome, ...], late_after_ms: int, reason: str
) -> None:
    """Every stake goes back in full, and a reason that the pool alone can prove is proven."""
    voided = settle(
        STAKES, winning, HouseRules(), outcomes=(YES, NO, Outcome("MAYBE")), late_after_ms=late_after_ms
    )
    assert isinstance(voided, Voided)
    said = ReceiptFacts(
        room="1000",
        outcomes=(YES, NO, Outcome("MAYBE")),
        winning=winning,
        rules=HouseRules(),
        hosted=True,
        at_ms=1,
        late_after_ms=late_after_ms,
    )
    receipt = make_receipt(voided, said)

    assert reason == receipt["header"]["reason"]
    assert Ok(Verified("1000", "VOIDED", 5, receipt["hash"])) == verify_receipt(receipt)


@pytest.mark.parametrize("reason", ["TOO_FEW_PLAYERS", "NO_PRICE", "POOL_MOVED", "REQUESTED"])
def test_other_reasons_to_void_are_taken_as_stated(reason: str) -> None:
    """Whether there was a price cannot be told from the pool; that all stakes went back can."""
    receipt = make_receipt(void(STAKES, VoidReason(reason)), facts())

    assert isinstance(verify_receipt(receipt), Ok)


def digits(value: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], int]]:
    """Where the digits of a record are: the path to each text, and the place in it."""
    if isinstance(value, dict):
        for key in value:
            yield from digits(value[key], (*path, key))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from digits(each, (*path, index))
    elif isinstance(value, str):
        yield from ((path, place) for place, letter in enumerate(value) if letter.isdigit())


@given(st.data())
def test_no_digit_can_be_changed(data: st.DataObject) -> None:
    """Any other digit anywhere, and the receipt is not believed."""
    receipt = a_receipt(data.draw(st.sampled_from([YES, NO])))
    path, place = data.draw(st.sampled_from(list(digits(receipt))))
    *above, last = path
    holder: Any = receipt
    for step in above:
        holder = holder[step]
    was = holder[last]
    digit = data.draw(st.sampled_from([each for each in "0123456789" if each != was[place]]))
    holder[last] = was[:place] + digit + was[place + 1 :]

    assert isinstance(verify_receipt(receipt), Err)


def test_each_difference_names_what_is_stated_and_what_is_right() -> None:
    """A person can read which number is wrong, and by how much."""
    receipt = a_receipt(YES)
    right = receipt["lines"][0]["payout"]
    forgery = forged(receipt, lambda r: r["lines"][0].update(payout="1"))

    assert Err(Differences((Difference("payout of ann on YES", "1", right),))) == verify_receipt(forgery)


@pytest.mark.parametrize(
    "figure", ["staked", "takeout", "host", "protocol", "commissions", "paid", "breakage"]
)
def test_every_figure_is_worked_out_again(figure: str) -> None:
    """A forger who makes all hashes fit still cannot change a figure."""
    forgery = forged(a_receipt(YES), lambda r: r["header"]["figures"].update({figure: "123456789"}))

    assert [figure] == found(forgery)


@pytest.mark.parametrize(
    "change",
    [
        lambda r: r["header"]["rules"].update(takeout_bps="600"),
        lambda r: r["header"]["rules"].update(dead_heat=DeadHeat.EQUAL_SPLIT.value, takeout_base="LOSING"),
        lambda r: r["header"]["winning"].__setitem__(0, "NO"),
        lambda r: r["header"].update(hosted=False),
        lambda r: r["lines"][0]["uplines"].clear(),
        lambda r: r["lines"][3].update(staked="1501"),
    ],
)
def test_rules_winner_and_stakes_cannot_be_exchanged(change: Callable[[Receipt], object]) -> None:
    """Another rule, winner, referrer or stake leads to other figures than the receipt states."""
    assert found(forged(a_receipt(YES), change))


@pytest.mark.parametrize(
    "change",
    [
        lambda r: r["lines"].pop(),
        lambda r: r["lines"][2].update(refund="1"),  # fewer match refunds than owed
        lambda r: r["lines"][4].update(late="0", refund="0"),  # a late stake left in the pool
    ],
)
def test_positions_that_do_not_add_up_are_found(change: Callable[[Receipt], object]) -> None:
    """A line left out, or a refund withheld, breaks an identity."""
    assert found(forged(a_receipt(YES), change))


def test_hash_and_digest_are_compared() -> None:
    """Each of the two seals is checked on its own."""
    wrong_hash = {**a_receipt(YES), "hash": "sha256:" + "0" * 64}
    other_line = a_receipt(YES)
    other_line["lines"][0]["bettor"] = "zoe"

    assert ["hash"] == found(wrong_hash)
    assert "lines" in found(other_line)


def test_a_settled_room_cannot_be_stated_as_void_nor_the_other_way() -> None:
    """Who wants his stake back after losing needs another reason than the pool's."""
    settled, one_sided = a_receipt(YES), a_receipt(YES, late_after_ms=1)

    def as_void(receipt: Receipt, reason: str) -> None:
        receipt["header"].update(state="VOIDED", reason=reason, figures=None)
        for line in receipt["lines"]:
            line.update(refund=line["staked"], payout="0")

    for reason in ("ONE_SIDED", "EMPTY_WINNER", "NO_WINNER_GIVEN"):
        assert ["reason"] == found(forged(settled, partial(as_void, reason=reason)))
    assert ["state"] == found(forged(one_sided, lambda r: r["header"].update(state="SETTLED", reason=None)))


def test_a_void_room_pays_nothing_and_keeps_nothing() -> None:
    """A payout, a stake not returned in full, or figures are differences."""
    receipt = a_receipt(YES, late_after_ms=1)

    def short(r: Receipt) -> None:
        r["lines"][0].update(refund="59999", payout="1")
        r["header"]["figures"] = {"paid": "1"}

    assert ["refund of ann on YES", "payout of ann on YES", "figures"] == found(forged(receipt, short))


def test_a_settled_room_has_no_reason() -> None:
    """Settled and void at once is neither."""
    assert ["reason"] == found(forged(a_receipt(YES), lambda r: r["header"].update(reason="NO_PRICE")))


@pytest.mark.parametrize(
    "change, says",
    [
        (lambda r: r["header"].update(v="rooms-receipt/2"), "only rooms-receipt/1 can be checked"),
        (lambda r: r["header"].update(state="PENDING"), "state is neither SETTLED nor VOIDED"),
        (lambda r: r["header"].update(note="x"), "unknown keys: note"),
        (lambda r: r["header"].pop("reason"), "reason is missing"),
        (lambda r: r["header"].pop("figures"), "figures is missing"),
        (lambda r: r["header"].pop("late_after_ms"), "late_after_ms is missing"),
        (lambda r: r["header"].update(late_after_ms=""), "late_after_ms is no text"),
        (lambda r: r["header"].pop("at_ms"), "at_ms is missing"),
        (lambda r: r["header"].pop("question"), "question is missing"),
        (lambda r: r["header"].update(answer="201"), "answer is no object"),
        (lambda r: r["header"].update(evidence="sha256:"), "evidence is no list"),
        (lambda r: r["header"].update(outcomes=["YES"]), "a room has at least two outcomes"),
        (lambda r: r["header"].update(outcomes=["YES", "YES"]), "a room has at least two outcomes"),
        (lambda r: r["header"].update(outcomes=["YES", "MAYBE"]), "no outcome NO"),
        (lambda r: r["header"]["rules"].update(takeout_bps="x"), "takeout_bps is no whole number"),
        (lambda r: r["header"]["figures"].update(tips="1"), "unknown keys: tips"),
        (lambda r: r["header"]["figures"].pop("paid"), "paid is missing"),
        (lambda r: r["lines"].append("a line"), "a line is no object"),
        (lambda r: r["lines"][0].update(tip="1"), "unknown keys: tip"),
        (lambda r: r["lines"][0].update(payout="-1"), "payout is no whole number"),
        (lambda r: r["lines"][0].update(refund="70000"), "a line needs late <= refund <= staked"),
        (lambda r: r["lines"][0].update(late="2"), "a line needs late <= refund <= staked"),
        (lambda r: r["lines"].append(r["lines"][0]), "the lines of ann do not stand together"),
        (lambda r: r["lines"].insert(1, r["lines"][0]), "ann has two lines on YES"),
    ],
)
def test_a_record_of_another_form_is_no_receipt(change: Callable[[Receipt], object], says: str) -> None:
    """What cannot be checked is refused, with the place."""
    assert refused(forged(a_receipt(YES), change)).startswith(says)


@pytest.mark.parametrize(
    "record, says",
    [
        ({}, "header is missing"),
        ({"header": []}, "header is no object"),
        ({"header": {}, "note": "x"}, "unknown keys: note"),
        ({"header": {}}, "question is missing"),
    ],
)
def test_an_empty_record_is_no_receipt(record: Receipt, says: str) -> None:
    """Nothing is assumed."""
    assert says == refused(record)


def test_seals_of_another_form_are_refused() -> None:
    """The header's note of its lines has a count and a digest, nothing else."""
    receipt = a_receipt(YES)
    receipt["header"]["lines"] = {"count 5, sha256": "x"}

    assert "unknown keys: count 5, sha256" == refused(receipt)


def test_a_void_reason_nobody_knows_is_refused() -> None:
    """Reasons are a closed list."""
    receipt = a_receipt(YES, late_after_ms=1)

    assert "BORED is no reason to void a room" == refused(
        forged(receipt, lambda r: r["header"].update(reason="BORED"))
    )


def test_numbers_instead_of_strings_are_refused() -> None:
    """A reader that writes amounts as JSON numbers has lost digits already."""
    line, header = a_receipt(YES), a_receipt(YES)
    line["lines"][0]["staked"] = 60_000
    header["header"]["question"] = {"target": 200}

    assert "canonical JSON holds no int" in refused(line)
    assert "canonical JSON holds no int" in refused(header)
