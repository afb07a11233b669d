"""A three-outcome pool with a dead heat, settled with the library alone: no room, no database, no clock."""

from __future__ import annotations

from dataclasses import dataclass

from rooms_core import (
    HouseRules,
    Lamports,
    Outcome,
    ReceiptFacts,
    Settlement,
    Stake,
    make_receipt,
    settle,
    verify_receipt,
)
from rooms_core.domain.money import LAMPORTS_PER_SOL
from rooms_core.result import Ok

RED, GREEN, BLUE = Outcome("RED"), Outcome("GREEN"), Outcome("BLUE")
_OUTCOMES = (RED, GREEN, BLUE)
_WINNING = (RED, GREEN)


@dataclass(frozen=True, slots=True)
class DeadHeatShown:
    """The settled pool, and whether its receipt verifies."""

    settled: Settlement[str]
    verified: bool


def show_dead_heat() -> DeadHeatShown:
    """Red and green come in together: each winner has his stake back, and each colour half of the profit."""
    stakes = [
        Stake("ann", RED, _sol(6)),
        Stake("bob", RED, _sol(4)),
        Stake("cid", GREEN, _sol(5)),
        Stake("dan", BLUE, _sol(20)),
        Stake("eve", BLUE, _sol(7)),
    ]
    rules = HouseRules.preset("rooms")
    ended = settle(stakes, _WINNING, rules, outcomes=_OUTCOMES)
    if not isinstance(ended, Settlement):
        raise TypeError(f"three colours with stakes are a contest: {ended}")
    facts = ReceiptFacts(
        room="three colours", outcomes=_OUTCOMES, winning=_WINNING, rules=rules, hosted=True, at_ms=0
    )
    return DeadHeatShown(ended, isinstance(verify_receipt(make_receipt(ended, facts)), Ok))


def _sol(amount: int) -> Lamports:
    return Lamports(amount * LAMPORTS_PER_SOL)
