"""Arbitrary houses and rooms for the laws: rules of every kind, stakes from one lamport to 2^63 − 1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace

from hypothesis import strategies as st
from tests.laws.naive import NaiveBet, NaiveEnd, NaiveRules

from rooms_core.domain.dividend import DeadHeat, DividendRule
from rooms_core.domain.fees import FeeSchedule, TakeoutBase
from rooms_core.domain.market import Outcome
from rooms_core.domain.money import STORED_MAX, Bps, Lamports
from rooms_core.domain.referral import ReferralBasis, ReferralTiers
from rooms_core.domain.rules import HouseRules
from rooms_core.domain.settlement import Settlement, Stake, Voided, settle
from rooms_core.domain.tally import Figures

NAMES = ("A", "B", "C", "D")
STEPS = tuple(step for step in range(1, 10_001) if 10_000 % step == 0)

amounts = st.one_of(
    st.integers(1, 60), st.integers(1, 10**6), st.integers(1, STORED_MAX), st.just(STORED_MAX)
)
"""A stake: often small, so that roundings bite; sometimes as large as one can be."""

rates = st.one_of(st.sampled_from([0, 1, 100, 300, 1_800, 5_000, 10_000]), st.integers(0, 10_000))


@st.composite
def fee_schedules(draw: st.DrawFn, bases: Sequence[TakeoutBase] = tuple(TakeoutBase)) -> FeeSchedule:
    """Any rates a house can have."""
    takeout = draw(rates)
    return FeeSchedule(Bps(takeout), Bps(draw(st.integers(0, takeout))), draw(st.sampled_from(bases)))


@st.composite
def tiers(draw: st.DrawFn, fees: FeeSchedule) -> ReferralTiers:
    """Tiers that fit into what the host leaves, to the last basis point."""
    left = 10_000 * (fees.takeout_bps - fees.host_bps) // fees.takeout_bps if fees.takeout_bps else 0
    parts = draw(st.sampled_from([(), (100,), (50, 30, 20), (7, 2, 1), (0, 100), (70, 0, 30), (1, 1, 1)]))
    basis = draw(st.sampled_from(ReferralBasis))
    return ReferralTiers(tuple(Bps(left * part // 100) for part in parts), basis)


dividend_rules = st.one_of(
    st.just(DividendRule()),
    st.builds(DividendRule, st.sampled_from([0, *STEPS])),
    st.builds(DividendRule, st.sampled_from([0, *STEPS]), st.integers(0, 15_000)),
    st.builds(
        DividendRule,
        st.sampled_from([0, *STEPS]),
        st.just(0),
        st.sampled_from(
            [
                ((9_000, 10_200), (11_000, 11_000)),
                ((0, 0),),
                ((5_000, 10_000), (9_999, 10_000), (15_000, 15_001)),
                ((20_000, 1),),
            ]
        ),
    ),
)
"""Steps, minimums and ladders; figures of ladders rise in both columns."""


@st.composite
def houses(draw: st.DrawFn) -> HouseRules:
    """Any house: presets' relatives and stranger ones."""
    fees = draw(fee_schedules())
    return HouseRules(
        fees=fees,
        tiers=draw(tiers(fees)),
        dividend=draw(dividend_rules),
        dead_heat=draw(st.sampled_from(DeadHeat)),
        match_limit=draw(st.sampled_from([0, 0, 1, 2, 32])),
    )


@st.composite
def fair_houses(draw: st.DrawFn) -> HouseRules:
    """Houses that promise every winner his stake: a capped or losing base, profits split, no dividend rules (M2)."""
    fees = draw(fee_schedules([TakeoutBase.TOTAL_CAPPED, TakeoutBase.LOSING]))
    return HouseRules(fees=fees, tiers=draw(tiers(fees)), match_limit=draw(st.sampled_from([0, 1, 2, 32])))


@dataclass(frozen=True, kw_only=True)
class World:
    """A room with its house: everything a settlement is made of."""

    rules: HouseRules
    stakes: tuple[Stake[str], ...]
    winning: tuple[Outcome, ...]
    hosted: bool
    late_after_ms: int | None
    uplines: Mapping[str, tuple[str, ...]]

    def settled(self) -> Settlement[str] | Voided[str]:
        """What the engine makes of it."""
        return settle(
            self.stakes,
            self.winning,
            self.rules,
            hosted=self.hosted,
            late_after_ms=self.late_after_ms,
            uplines=self.uplines,
        )


@st.composite
def worlds(draw: st.DrawFn, rules: st.SearchStrategy[HouseRules] | None = None) -> World:
    """A room of up to four outcomes with a handful of bettors, late stakes, referrers and dead heats.

    Given the kind of house, somebody is always named as the winner.
    """
    names = NAMES[: draw(st.integers(2, 4))]
    bettors = ["ann", "bob", "cid", "dan"]
    stake = st.builds(
        Stake,
        st.sampled_from(bettors),
        st.sampled_from([Outcome(name) for name in names]),
        st.builds(Lamports, amounts),
        st.integers(0, 5),
    )
    above: st.SearchStrategy[tuple[str, ...]] = st.lists(
        st.sampled_from(["ann", "r1", "r2", "r3"]), max_size=3, unique=True
    ).map(tuple)
    return World(
        rules=draw(houses() if rules is None else rules),
        stakes=tuple(draw(st.lists(stake, min_size=1, max_size=8))),
        winning=tuple(
            Outcome(name)
            for name in draw(
                st.lists(st.sampled_from(names), min_size=rules is not None, max_size=len(names), unique=True)
            )
        ),
        hosted=draw(st.booleans()),
        late_after_ms=draw(st.one_of(st.none(), st.integers(0, 6))),
        uplines=draw(st.dictionaries(st.sampled_from(bettors), above)),
    )


def naive_rules(rules: HouseRules) -> NaiveRules:
    """The same rules in the words of the naive model."""
    return NaiveRules(
        takeout_bps=rules.fees.takeout_bps,
        host_bps=rules.fees.host_bps,
        base=str(rules.fees.base),
        step_bps=rules.dividend.step_bps,
        minimum_bps=rules.dividend.minimum_bps,
        ladder=rules.dividend.ladder,
        dead_heat=str(rules.dead_heat),
        match_limit=rules.match_limit,
        tiers_bps=tuple(rules.tiers.bps),
        winning_only=rules.tiers.basis is ReferralBasis.WINNING,
    )


def naive_bets(stakes: Sequence[Stake[str]]) -> list[NaiveBet]:
    """The same stakes in the words of the naive model."""
    return [NaiveBet(each.bettor, str(each.outcome), each.stake.value, each.placed_at_ms) for each in stakes]


def plain(amounts_by_name: Mapping[str, Lamports]) -> dict[str, int]:
    """Amounts as plain numbers."""
    return {name: amount.value for name, amount in amounts_by_name.items()}


def told(ended: Settlement[str] | Voided[str]) -> NaiveEnd:
    """The engine's answer in the words of the naive model."""
    if isinstance(ended, Voided):
        return NaiveEnd(reason=str(ended.reason), refunds=plain(ended.refunds))
    return NaiveEnd(
        reason=None,
        refunds=plain(ended.refunds),
        payouts=plain(ended.payouts),
        commissions=plain(ended.commissions),
        figures=told_figures(ended.figures),
    )


def told_figures(figures: Figures) -> dict[str, int]:
    """Figures as plain numbers by their names."""
    return {each.name: getattr(figures, each.name).value for each in fields(Figures)}


def without_match_limit(world: World) -> World:
    """The same world in a house that does not look at who came last."""
    return replace(world, rules=replace(world.rules, match_limit=0))
