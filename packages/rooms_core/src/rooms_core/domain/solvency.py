"""Solvency: what is held on chain against what is owed, at one slot (C5, I18)."""

from __future__ import annotations

from dataclasses import dataclass

from rooms_core.domain.money import Lamports


@dataclass(frozen=True, slots=True, kw_only=True)
class SolvencyReport:
    """One check. `assets`: finalized balances at `slot`; `landed`: withdrawals landed but not yet DONE;
    `uncredited`: arrived on deposit addresses but not credited; `liabilities`: owed to users, rooms and fees.

    `differs` counts the deposit addresses that hold less on chain than what was recorded.
    """

    at_ms: int
    slot: int
    assets: Lamports
    landed: Lamports
    uncredited: Lamports
    liabilities: Lamports
    differs: int = 0
