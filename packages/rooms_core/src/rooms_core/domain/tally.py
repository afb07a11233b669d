"""Positions in, payouts out: a settlement of any size as a stream, with its sums kept and proven at the end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from rooms_core.domain.invariants import ensure
from rooms_core.domain.market import Outcome
from rooms_core.domain.money import BPS_WHOLE, ZERO, Lamports
from rooms_core.domain.referral import ReferralBasis
from rooms_core.domain.terms import Terms

B = TypeVar("B")
"""Whoever bets: a user id in a house, any name in the library."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The figures of a settled room, in lamports; they satisfy the identities of invariant I8 or cannot be made."""

    staked: Lamports
    late_refunds: Lamports = ZERO
    match_refunds: Lamports = ZERO
    gross: Lamports
    takeout: Lamports
    host: Lamports
    protocol: Lamports
    commissions: Lamports
    paid: Lamports
    breakage: Lamports
    subsidy: Lamports

    def __post_init__(self) -> None:
        out = self.late_refunds + self.match_refunds
        ensure(self.staked == out + self.gross, "I8", "staked = late refunds + match refunds + gross")
        spent = self.takeout + self.paid + self.breakage
        ensure(self.gross + self.subsidy == spent, "I8", "gross + subsidy = takeout + paid + breakage")
        parts = self.host + self.protocol + self.commissions
        ensure(self.takeout == parts, "I8", "takeout = host + protocol + commissions")
        ensure(not (self.subsidy and self.breakage), "I8", "subsidy and breakage exclude each other")


@dataclass(frozen=True, slots=True, kw_only=True)
class Position(Generic[B]):
    """All stakes of one bettor on one outcome. `late` and `unmatched` are the parts that go back untouched."""

    bettor: B
    outcome: Outcome
    staked: Lamports
    late: Lamports = ZERO
    unmatched: Lamports = ZERO
    uplines: tuple[B, ...] = ()

    @property
    def in_pool(self) -> Lamports:
        """What of it stands in the pool that is shared."""
        return self.staked - self.late - self.unmatched


@dataclass(frozen=True, slots=True)
class Line(Generic[B]):
    """One position and what it is paid, in lamports. What goes back to the bettor: late + unmatched + payout."""

    position: Position[B]
    payout: Lamports


class Tally(Generic[B]):
    """A settlement in progress: positions in, lines out, sums kept. Positions of one bettor come one after another."""

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self.commissions: dict[B, int] = {}
        self._staked = self._late = self._unmatched = self._paid = 0
        self._bettor: B | None = None
        self._uplines: tuple[B, ...] = ()
        self._counted = 0
        largest = terms.gross
        reciprocals = {outcome: dividend.reciprocal(largest) for outcome, dividend in terms.dividends.items()}
        self._reciprocals = {outcome: (each.factor, each.shift) for outcome, each in reciprocals.items()}
        tiers = terms.rules.tiers
        self._all_count = tiers.basis is ReferralBasis.ALL
        # A referrer earns `commission × positions ÷ whole`, rounded down (`ReferralTiers.commission`).
        self._levels = tuple(terms.takeout.value * tier for tier in tiers.bps)
        self._whole = largest.value * BPS_WHOLE

    def take(self, block: Iterable[Position[B]]) -> list[Line[B]]:
        """Pay a block of positions: one line each, in the order given."""
        lines: list[Line[B]] = []
        reciprocals, all_count, losing = self._reciprocals, self._all_count, (0, 0)
        staked = late = unmatched = paid = 0
        bettor, counted = self._bettor, self._counted
        for position in block:
            stake, too_late, alone = position.staked.value, position.late.value, position.unmatched.value
            in_pool = stake - too_late - alone if too_late or alone else stake
            if in_pool < 0:
                in_pool = position.in_pool.value  # raises: more would leave than there is
            won = reciprocals.get(position.outcome)
            factor, shift = won or losing
            payout = in_pool * factor >> shift
            staked += stake
            late += too_late
            unmatched += alone
            paid += payout
            if position.bettor != bettor:
                self._pay_referrers(counted)
                bettor, self._uplines, counted = position.bettor, position.uplines, 0
            if all_count or won:
                counted += in_pool
            lines.append(Line(position, Lamports(payout) if payout else ZERO))
        self._bettor, self._counted = bettor, counted
        self._staked += staked
        self._late += late
        self._unmatched += unmatched
        self._paid += paid
        return lines

    def close(self) -> Figures:
        """The figures, proven: raises InvariantBroken if the positions do not add up to the pool (I8, I9)."""
        self._pay_referrers(self._counted)
        self._counted = 0
        terms = self.terms
        in_pool = self._staked - self._late - self._unmatched
        ensure(
            in_pool == terms.gross.value, "I8", f"positions sum to {in_pool}, the pool to {terms.gross.value}"
        )
        owed = terms.excess.amount.value if terms.excess else 0
        ensure(self._unmatched == owed, "I8", f"match refunds sum to {self._unmatched}, owed are {owed}")
        commissions = sum(self.commissions.values())
        net = terms.net.value
        return Figures(
            staked=Lamports(self._staked),
            late_refunds=Lamports(self._late),
            match_refunds=Lamports(self._unmatched),
            gross=terms.gross,
            takeout=terms.takeout,
            host=terms.host,
            protocol=Lamports(terms.takeout.value - terms.host.value - commissions),
            commissions=Lamports(commissions),
            paid=Lamports(self._paid),
            breakage=Lamports(max(0, net - self._paid)),
            subsidy=Lamports(max(0, self._paid - net)),
        )

    def _pay_referrers(self, counted: int) -> None:
        """The bettor is complete: his referrers earn on all that counted of him, floored once for each (M7)."""
        if counted and self._uplines:
            commissions, whole = self.commissions, self._whole
            for level, referrer in zip(self._levels, self._uplines, strict=False):
                earned = level * counted // whole
                if earned:
                    commissions[referrer] = commissions.get(referrer, 0) + earned
