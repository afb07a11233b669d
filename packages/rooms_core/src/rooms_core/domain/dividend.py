"""The dividend: what one staked lamport is paid, as an exact fraction, and the two roundings that follow from it.

Without a step a payout is `position × net pool ÷ winning stakes`, floored once per position. A tote's house
floors the dividend itself to a step first and may promise a minimum (decision M4). What flooring leaves in the
pool is breakage, which the house keeps in an account of its own (`Tally.close` counts it, `entries.takings` books
it); what a minimum costs beyond the pool is subsidy.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from rooms_core.domain.market import Outcome
from rooms_core.domain.money import BPS_WHOLE, Lamports, total

_WORD_BITS: Final = 64


class DeadHeat(StrEnum):
    """How k tied outcomes share the pool.

    PROFIT_SPLIT: everyone has his stake back and each tied outcome an equal part of the profit.
    EQUAL_SPLIT: each tied outcome has an equal part of the net pool; can pay less than the stake.
    """

    PROFIT_SPLIT = "PROFIT_SPLIT"
    EQUAL_SPLIT = "EQUAL_SPLIT"


@dataclass(frozen=True, slots=True)
class Reciprocal:
    """A dividend as one multiplication and one shift: `position × factor >> shift`, exactly the floored division.

    The factor is `ceil(paid × 2^shift ÷ on)`. Its error is below one unit, so the error of a payout is below
    2^-bits(on) < 1/on, and a multiple of 1/on cannot cross a whole number by less than that.
    """

    factor: int
    shift: int

    def payouts(self, positions: Iterable[int]) -> list[int]:
        """Payouts of many positions, in lamports, in the order given."""
        factor, shift = self.factor, self.shift
        return [position * factor >> shift for position in positions]


@dataclass(frozen=True, slots=True)
class Dividend:
    """`paid` lamports for every `on` lamports staked: an exact, unreduced fraction. `on` is at least 1."""

    paid: int
    on: int

    def payout(self, position: Lamports) -> Lamports:
        """What a position is paid, rounded down."""
        return Lamports(position.value * self.paid // self.on)

    def reciprocal(self, largest: Lamports) -> Reciprocal:
        """The same for positions from 0 up to `largest`, 1.6 to 1.8 times as fast (`rooms bench math`)."""
        shift = max(_WORD_BITS, largest.value.bit_length()) + self.on.bit_length()
        return Reciprocal(-((-self.paid << shift) // self.on), shift)


@dataclass(frozen=True, slots=True)
class DividendRule:
    """How a house rounds dividends: basis points of the stake (1000 = 0.10 per unit). 0 and () mean: not used.

    `ladder` lists (up to, pays): the first row whose `up to` is not below the exact dividend decides what is
    paid. Raises ValueError for a step that does not divide 10,000, a minimum beside a ladder, or a ladder that
    does not rise.
    """

    step_bps: int = 0
    minimum_bps: int = 0
    ladder: tuple[tuple[int, int], ...] = ()

    def __post_init__(self) -> None:
        if self.step_bps < 0 or (self.step_bps and BPS_WHOLE % self.step_bps):
            raise ValueError(f"a dividend step divides 10,000 basis points; {self.step_bps} does not")
        if self.minimum_bps < 0:
            raise ValueError("a minimum dividend is not negative")
        if self.minimum_bps and self.ladder:
            raise ValueError("a minimum dividend and a ladder exclude each other")
        if any(up_to < 0 or pays < 0 for up_to, pays in self.ladder):
            raise ValueError("a dividend ladder has no negative figures")
        if any(low[0] >= high[0] for low, high in zip(self.ladder, self.ladder[1:], strict=False)):
            raise ValueError("a dividend ladder rises from row to row")

    @property
    def exact(self) -> bool:
        """Whether positions are paid by the exact fraction, floored only once."""
        return not (self.step_bps or self.minimum_bps or self.ladder)

    @property
    def may_need_subsidy(self) -> bool:
        """Whether this rule can promise more than the pool holds."""
        return bool(self.minimum_bps or self.ladder)

    def applied_to(self, exact: Dividend) -> Dividend:
        """The dividend that is paid instead of the exact one."""
        if self.exact:
            return exact
        for up_to, pays in self.ladder:
            if exact.paid * BPS_WHOLE <= up_to * exact.on:
                return Dividend(pays, BPS_WHOLE)
        floored = exact.paid * BPS_WHOLE // exact.on
        if self.step_bps:
            floored -= floored % self.step_bps
        return Dividend(max(floored, self.minimum_bps), BPS_WHOLE)


def dividends(
    net: Lamports, winners: Mapping[Outcome, Lamports], *, rule: DividendRule, dead_heat: DeadHeat
) -> dict[Outcome, Dividend]:
    """Each winner's dividend: `net` is the pool after the takeout, `winners` their stakes, all above 0."""
    staked, tied = total(winners.values()).value, len(winners)
    return {
        outcome: rule.applied_to(_exact(net.value, stakes.value, staked, tied, dead_heat))
        for outcome, stakes in winners.items()
    }


def _exact(net: int, stakes: int, staked: int, tied: int, dead_heat: DeadHeat) -> Dividend:
    """One outcome's own fraction before any house rounding; with a single winner both dead heat rules agree.

    `stakes` stand on it, `staked` on all `tied` winners together.
    """
    if dead_heat is DeadHeat.EQUAL_SPLIT:
        return Dividend(net, tied * stakes)
    if net < staked:  # only an uncapped takeout gets here: all share the loss alike
        return Dividend(net, staked)
    return Dividend(tied * stakes + net - staked, tied * stakes)
