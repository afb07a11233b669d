"""What would leave every sum of a receipt as it is and still be wrong (decision R8)."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from rooms_core.domain.market import NO, YES, Outcome
from rooms_core.domain.money import Lamports
from rooms_core.domain.rules import HouseRules
from rooms_core.domain.settlement import Stake, settle, void
from rooms_core.domain.terms import VoidReason
from rooms_core.proofs.canonical import canonical_hash
from rooms_core.proofs.receipt import LineDigest, ReceiptFacts, make_receipt
from rooms_core.proofs.receipt_check import Differences, verify_receipt
from rooms_core.result import Err

STAKES = [
    Stake("ann", YES, Lamports(3_300), 1),
    Stake("ben", NO, Lamports(100), 2),
    Stake("ben", YES, Lamports(200), 3),
]
UP = {"direction": "up", "target": "200", "mode": "at_close"}
DOWN = UP | {"direction": "down"}
TOUCH = UP | {"mode": "touch"}


def facts(
    *winning: Outcome,
    question: Mapping[str, str] | None = None,
    answer: Mapping[str, str] | None = None,
    late_after_ms: int | None = None,
) -> ReceiptFacts:
    """What a receipt says besides its figures."""
    return ReceiptFacts(
        room="1000",
        outcomes=(YES, NO),
        winning=winning,
        rules=HouseRules(),
        hosted=True,
        at_ms=9,
        late_after_ms=late_after_ms,
        question=question,
        answer=answer,
    )


def settled(stakes: Sequence[Stake[str]] = STAKES, *, late_after_ms: int | None = None) -> dict[str, Any]:
    """The receipt of a room that YES won; its header knows of no late window."""
    uplines = {"ben": ("ann", "eve")}
    return make_receipt(
        settle(stakes, [YES], HouseRules(), uplines=uplines, late_after_ms=late_after_ms), facts(YES)
    )


def sealed(receipt: dict[str, Any]) -> dict[str, Any]:
    """The receipt with digest and hash as a forger would make them."""
    digest = LineDigest()
    for line in receipt["lines"]:
        digest.add(line)
    receipt["header"]["lines"] = digest.record()
    receipt["hash"] = canonical_hash(receipt["header"])
    return receipt


def found(receipt: Mapping[str, Any]) -> list[str]:
    """Where a receipt differs."""
    match verify_receipt(receipt):
        case Err(Differences(found=differences)):
            return [each.where for each in differences]
        case other:
            return [] if not isinstance(other, Err) else [str(other.why)]


@pytest.mark.parametrize(
    "question, answer, winning, differs",
    [
        (UP, {"price": "200", "found_by": "close"}, YES, False),  # equality is reached
        (UP, {"price": "199", "found_by": "close"}, YES, True),
        (UP, {"price": "199", "found_by": "backfill"}, NO, False),
        (UP, {"price": "200", "found_by": "close"}, NO, True),
        (DOWN, {"price": "200", "found_by": "close"}, YES, False),
        (DOWN, {"price": "201", "found_by": "close"}, YES, True),
        (TOUCH, {"price": "199", "found_by": "ticks"}, YES, True),
        (TOUCH, {"price": "201", "found_by": "audit"}, YES, False),
        (TOUCH, {"price": "201", "found_by": "ticks"}, NO, False),  # a last hit that no second one confirmed
        (UP, {"price": "199", "found_by": "two_persons"}, YES, False),
        (UP, {"price": "about 200"}, YES, False),  # words for a reader
        (UP, {}, YES, False),
        ({"asked": "who wins?"}, {"price": "1"}, YES, False),
        ({"target": "200", "direction": "sideways"}, {"price": "1"}, YES, False),
        (UP | {"mode": "average"}, {"price": "1"}, YES, False),
    ],
)
def test_the_price_decides_the_winner(
    question: Mapping[str, str], answer: Mapping[str, str], winning: Outcome, differs: bool
) -> None:
    """A winner whom the stated price contradicts is no answer to the stated question."""
    ended = settle(STAKES, [winning], HouseRules())

    assert (["winning"] if differs else []) == found(
        make_receipt(ended, facts(winning, question=question, answer=answer))
    )


@pytest.mark.parametrize("reason", VoidReason)
def test_an_answer_is_not_voided(reason: VoidReason) -> None:
    """Once there is an answer, only a pool without a contest, or a library's request, voids a room (M5, R9)."""
    stated = found(make_receipt(void(STAKES, reason), facts(YES)))

    assert ([] if reason is VoidReason.REQUESTED else ["reason"]) == stated


def test_without_an_answer_a_house_may_void() -> None:
    """Too few players, no price: there is no winner then."""
    assert [] == found(make_receipt(void(STAKES, VoidReason.NO_PRICE), facts()))


def test_late_stakes_need_a_late_window() -> None:
    """A header without a window has lines without late stakes (R4)."""
    assert ["late of ben on YES"] == found(settled(late_after_ms=2))


def test_match_refunds_go_to_the_side_beyond_the_limit() -> None:
    """A loser's stake is not given back in the winner's place, though all refunds sum to what was owed (M6)."""
    receipt = settled()
    assert [] == found(receipt)
    refunds = {("ben", "YES"): ("200", "0"), ("ben", "NO"): ("100", "0"), ("ann", "YES"): ("0", "3301")}
    for line in receipt["lines"]:
        line["refund"], line["payout"] = refunds[line["bettor"], line["outcome"]]
    receipt["header"]["figures"].update(paid="3301", breakage="0", subsidy="100")

    assert "match refund of ben on NO" in found(sealed(receipt))


@pytest.mark.parametrize(
    "uplines, differs",
    [(["ann", "eve"], False), (["eve", "ann"], True), (["ann"], True), ([], True)],
)
def test_a_bettor_has_the_same_referrers_in_all_his_lines(uplines: list[str], differs: bool) -> None:
    """He was brought once, by one person (M7)."""
    receipt = copy.deepcopy(settled())
    receipt["lines"][2]["uplines"] = uplines

    assert differs is ("uplines of ben" in found(sealed(receipt)))
