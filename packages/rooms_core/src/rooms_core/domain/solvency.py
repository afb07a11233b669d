"""Solvency: what is held on chain against what is owed, at one slot (C5, I18)."""

from __future__ import annotations

from dataclasses import dataclass

from rooms_core.domain.money import Lamports


@dataclass(frozen=True, slots=True, kw_only=True)
class SolvencyReport:
    """One check. `assets`: finalized balances, the oldest of `slot`; `landed`: withdrawals landed but not yet DONE;
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

    @property
    def surplus(self) -> int:
        """What is left when everything owed is paid, in lamports; negative: withdrawals stop."""
        return self.assets.value + self.landed.value - self.uncredited.value - self.liabilities.value


@dataclass(frozen=True, slots=True)
class NeverChecked:
    """Solvency has not been checked yet."""


@dataclass(frozen=True, slots=True)
class CheckTooOld:
    """The last check was made too long ago, in ms."""

    age_ms: int
    age_max_ms: int


@dataclass(frozen=True, slots=True)
class Insolvent:
    """Less is held than is owed: `missing` lamports, or `differs` deposit addresses hold less than recorded."""

    missing: Lamports
    differs: int


Pause = NeverChecked | CheckTooOld | Insolvent


def paused(last: SolvencyReport | None, *, now_ms: int, age_max_ms: int) -> Pause | None:
    """Why nothing may be signed, or None. Money that is on its way goes on."""
    if last is None:
        return NeverChecked()
    if last.surplus < 0 or last.differs:
        return Insolvent(Lamports(max(0, -last.surplus)), last.differs)
    age_ms = now_ms - last.at_ms
    return CheckTooOld(age_ms, age_max_ms) if age_ms > age_max_ms else None
