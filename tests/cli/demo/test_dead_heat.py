"""The dead heat: three outcomes, two winners, settled by the library alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from rooms_cli.demo import dead_heat
from rooms_cli.demo.dead_heat import show_dead_heat
from rooms_core.domain.money import sol
from rooms_core.result import Err, Result


def test_both_colours_share_the_profit() -> None:
    """42 SOL less 1.26: winners have their 15 back, and each colour half of the 25.74 that is left."""
    shown = show_dead_heat()

    assert shown.verified
    assert "1.26" == sol(shown.settled.figures.takeout)
    assert {"ann": "13.722", "bob": "9.148", "cid": "17.87"} == {
        who: sol(paid) for who, paid in shown.settled.payouts.items()
    }


def test_a_receipt_that_does_not_verify_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """`verified` is what the offline checker says of the receipt, and nothing else."""

    def refused(_: Mapping[str, Any]) -> Result[None, str]:
        return Err("differs")

    monkeypatch.setattr(dead_heat, "verify_receipt", refused)

    assert not show_dead_heat().verified
