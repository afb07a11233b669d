"""When withdrawals stop."""

from __future__ import annotations

import pytest

from rooms_core.domain.money import Lamports
from rooms_core.domain.solvency import (
    CheckTooOld,
    Insolvent,
    NeverChecked,
    Pause,
    SolvencyReport,
    paused,
)


def a_report(assets: int, *, landed: int = 0, uncredited: int = 0, differs: int = 0) -> SolvencyReport:
    """A check at time 1,000, with 100 lamports owed."""
    return SolvencyReport(
        at_ms=1_000,
        slot=5,
        assets=Lamports(assets),
        landed=Lamports(landed),
        uncredited=Lamports(uncredited),
        liabilities=Lamports(100),
        differs=differs,
    )


@pytest.mark.parametrize(
    "report, now_ms, expected",
    [
        (None, 1_000, NeverChecked()),
        (a_report(100), 1_000, None),
        (a_report(100), 1_500, None),
        (a_report(100), 1_501, CheckTooOld(501, 500)),
        (a_report(99), 1_000, Insolvent(Lamports(1), 0)),
        (a_report(90, landed=10), 1_000, None),  # left the wallet, not yet the books
        (a_report(105, uncredited=6), 1_000, Insolvent(Lamports(1), 0)),  # soon to be owed
        (a_report(120, differs=2), 1_000, Insolvent(Lamports(0), 2)),
    ],
)
def test_nothing_is_signed_without_a_fresh_and_good_check(
    report: SolvencyReport | None, now_ms: int, expected: Pause | None
) -> None:
    """assets + landed − uncredited must cover what is owed, and no address may hold less than recorded (I18)."""
    assert expected == paused(report, now_ms=now_ms, age_max_ms=500)
