"""The statement of solvency: fresh, agreed on, each account once, and enough."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms_core.proofs.liabilities import LiabilityRoot
from rooms_core.proofs.solvency_statement import (
    AGE_MAX_MS,
    AccountReading,
    AccountTwice,
    FiguresOutOfRange,
    NotCovered,
    ProvidersDisagree,
    SlotWentBack,
    SolvencyRefused,
    SolvencyStatement,
    StaleEpoch,
    StaleSlot,
    verify_solvency,
)
from rooms_core.result import Err, Ok

NOW = 10 * AGE_MAX_MS
ROOT = LiabilityRoot(epoch=1, log_index=10, at_ms=NOW - 1_000, depth=0, root=bytes(32), total=1_000)
STATEMENT = SolvencyStatement(
    liabilities=ROOT,
    accounts=(AccountReading("hot", 700, 700), AccountReading("cold", 290, 290)),
    slot=500,
    slot_at_ms=NOW,
    landed=15,
    uncredited=2,
)


@given(*[st.integers(0, 2**60)] * 4)
def test_the_surplus_is_assets_and_landed_less_uncredited_and_owed(
    assets: int, landed: int, uncredited: int, owed: int
) -> None:
    """A withdrawal that left is still owed until it is DONE; what arrived for nobody yet is not ours to count."""
    statement = replace(
        STATEMENT,
        accounts=(AccountReading("hot", assets, assets),),
        landed=landed,
        uncredited=uncredited,
        liabilities=replace(ROOT, total=owed),
    )
    surplus = assets + landed - uncredited - owed

    expected = Ok(surplus) if surplus >= 0 else Err(NotCovered(-surplus))
    assert expected == verify_solvency(statement, now_ms=NOW)


def test_a_covered_statement_holds_to_the_lamport() -> None:
    """Equal is enough, one lamport less is not."""
    assert Ok(3) == verify_solvency(STATEMENT, now_ms=NOW, last_slot=500)
    exact = replace(STATEMENT, landed=12)
    assert Ok(0) == verify_solvency(exact, now_ms=NOW)
    assert Err(NotCovered(1)) == verify_solvency(replace(exact, landed=11), now_ms=NOW)


def test_two_hours_are_the_limit() -> None:
    """Data of exactly two hours passes, of one millisecond more does not."""
    statement = replace(STATEMENT, slot_at_ms=NOW - 1_000)

    assert Ok(3) == verify_solvency(statement, now_ms=NOW - 1_000 + AGE_MAX_MS)
    assert Err(StaleSlot(AGE_MAX_MS + 1)) == verify_solvency(statement, now_ms=NOW - 999 + AGE_MAX_MS)


@pytest.mark.parametrize(
    "changed, why",
    [
        ({"slot_at_ms": NOW - AGE_MAX_MS - 1}, StaleSlot(AGE_MAX_MS + 1)),
        ({"liabilities": replace(ROOT, at_ms=NOW - AGE_MAX_MS - 1)}, StaleEpoch(AGE_MAX_MS + 1)),
        ({"slot_at_ms": NOW + 1}, FiguresOutOfRange("a time after now")),
        ({"liabilities": replace(ROOT, at_ms=NOW + 1)}, FiguresOutOfRange("a time after now")),
        ({"slot": 399}, SlotWentBack(399, 400)),
        ({"accounts": (STATEMENT.accounts[0],) * 2}, AccountTwice("hot")),
        ({"accounts": (AccountReading("hot", 5_000, 4_999),)}, ProvidersDisagree("hot")),
        ({"accounts": (AccountReading("hot", -1, -1),)}, FiguresOutOfRange("an amount below 0")),
        ({"accounts": ()}, NotCovered(987)),
        ({"landed": -1}, FiguresOutOfRange("an amount below 0")),
        ({"uncredited": -1}, FiguresOutOfRange("an amount below 0")),
        ({"liabilities": replace(ROOT, total=-1)}, FiguresOutOfRange("an amount below 0")),
    ],
)
def test_each_way_to_look_richer_has_its_refusal(changed: dict[str, object], why: SolvencyRefused) -> None:
    """Old slots, slots gone back, accounts counted twice, providers at odds, signs: each is refused by name."""
    statement = replace(STATEMENT, **changed)  # type: ignore[arg-type]

    assert Err(why) == verify_solvency(statement, now_ms=NOW, last_slot=400)
