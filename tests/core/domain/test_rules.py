"""The rules of a house: defaults as decided, presets as listed, and what cannot run a room."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rooms_core.domain.dividend import DeadHeat, DividendRule
from rooms_core.domain.fees import FeeSchedule, TakeoutBase
from rooms_core.domain.money import ZERO, Bps, Lamports
from rooms_core.domain.referral import ReferralTiers
from rooms_core.domain.rules import (
    PRESETS,
    HouseRules,
    LateWindowTooShort,
    RoomLimits,
    TiersTooHigh,
    TotalWithBeneficiaries,
    TouchTimes,
)

NO_TIERS = ReferralTiers()
SOURCE_TIERS = ReferralTiers((Bps(1_500), Bps(500), Bps(200)))


def test_a_stake_is_at_least_a_lamport() -> None:
    """A posting moves money, so nobody can stake nothing (I1, M10)."""
    assert Lamports(1) == RoomLimits(stake_min=Lamports(1)).stake_min
    with pytest.raises(ValueError, match="at least one lamport"):
        RoomLimits(stake_min=ZERO)


def test_the_limits_of_a_room() -> None:
    """0.001 SOL, two players, 15 minutes to 24 hours, lock at half (25 to 80 %), 2 minutes before (R3, M10)."""
    limits = RoomLimits()

    assert (Lamports(1_000_000), 2) == (limits.stake_min, limits.players_min)
    assert (15 * 60_000, 24 * 3_600_000) == (limits.life_min_ms, limits.life_max_ms)
    assert (50, 25, 80) == (limits.lock_share, limits.lock_share_min, limits.lock_share_max)
    assert 120_000 == limits.lock_before_settle_ms
    assert (2_000, 30_000) == (limits.target_near_ppm, limits.target_near_pool_ppm)  # 0.2 % and 3 %


def test_the_times_of_a_touch() -> None:
    """Ticks of 3 s; windows of 12 and 27 s, audits of 15 and 30 s; 0.1 % and 3 % near the target (R4, R5)."""
    times = TouchTimes()

    assert (3_000, 6_000) == (times.tick_ms, times.stale_after_ms)
    assert (12_000, 27_000) == (times.late_window_ms, times.late_window_pool_ms)
    assert (15_000, 30_000) == (times.audit_window_ms, times.audit_window_pool_ms)
    assert (1_000, 30_000) == (times.near_ppm, times.near_pool_ppm)


@pytest.mark.parametrize(
    "name, takeout, host, base, step, minimum, ladder, dead_heat, match_limit, tiers",
    [
        ("rooms", 300, 100, "TOTAL_CAPPED", 0, 0, (), "PROFIT_SPLIT", 32, SOURCE_TIERS),
        ("pancakeswap", 300, 0, "TOTAL", 0, 0, (), "PROFIT_SPLIT", 0, NO_TIERS),
        ("losing-pool", 300, 100, "LOSING", 0, 0, (), "PROFIT_SPLIT", 0, SOURCE_TIERS),
        ("us-tote", 1_800, 0, "TOTAL", 1_000, 10_500, (), "PROFIT_SPLIT", 0, NO_TIERS),
        (
            *("uk-tote", 1_925, 0, "TOTAL", 1_000, 0),
            *(((9_000, 10_200), (11_000, 11_000)), "EQUAL_SPLIT", 0, NO_TIERS),
        ),
    ],
)
def test_each_preset_is_the_table_of_the_house(
    name: str,
    takeout: int,
    host: int,
    base: str,
    step: int,
    minimum: int,
    ladder: tuple[tuple[int, int], ...],
    dead_heat: str,
    match_limit: int,
    tiers: ReferralTiers,
) -> None:
    """A preset is a known house's takeout, base, roundings and dead heat."""
    rules = HouseRules.preset(name)

    assert FeeSchedule(Bps(takeout), Bps(host), TakeoutBase(base)) == rules.fees
    assert DividendRule(step, minimum, ladder) == rules.dividend
    assert (DeadHeat(dead_heat), match_limit, tiers) == (rules.dead_heat, rules.match_limit, rules.tiers)
    assert PRESETS[name] == rules
    assert () == replace(rules, subsidy_max=Lamports(1)).problems(hosted=host > 0)


def test_there_are_five_presets() -> None:
    """The houses we know by name."""
    assert ["rooms", "pancakeswap", "losing-pool", "us-tote", "uk-tote"] == list(PRESETS)


def test_an_unknown_preset_is_told_the_known_ones() -> None:
    """The message lists what there is."""
    with pytest.raises(
        ValueError,
        match=r"^no preset 'tote'; there are rooms, pancakeswap, losing-pool, us-tote, uk-tote$",
    ):
        HouseRules.preset("tote")


def test_every_figure_of_a_preset_can_be_replaced() -> None:
    """An override replaces its own figure and no other; 0 is a figure too."""
    changed = HouseRules.preset(
        "us-tote",
        takeout_bps=1_000,
        host_bps=10,
        takeout_base=TakeoutBase.LOSING,
        dividend_step_bps=500,
        dividend_min_bps=0,
        dividend_ladder=((1, 2),),
        match_limit=9,
        dead_heat=DeadHeat.EQUAL_SPLIT,
        tiers=SOURCE_TIERS,
        subsidy_max=Lamports(7),
    )

    assert FeeSchedule(Bps(1_000), Bps(10), TakeoutBase.LOSING) == changed.fees
    assert DividendRule(500, 0, ((1, 2),)) == changed.dividend
    assert (9, DeadHeat.EQUAL_SPLIT) == (changed.match_limit, changed.dead_heat)
    assert (SOURCE_TIERS, Lamports(7)) == (changed.tiers, changed.subsidy_max)


def test_zero_overrides_what_a_preset_has() -> None:
    """`host_bps=0` means no host's share, `match_limit=0` no limit."""
    changed = HouseRules.preset("rooms", host_bps=0, match_limit=0)

    assert (300, 0, 0) == (changed.fees.takeout_bps, changed.fees.host_bps, changed.match_limit)
    assert () == HouseRules.preset("uk-tote", dividend_ladder=()).dividend.ladder


def test_the_match_limit_is_not_negative() -> None:
    """Zero switches it off; below there is nothing."""
    with pytest.raises(ValueError, match=r"^match_limit is not negative; 0 switches it off$"):
        HouseRules(match_limit=-1)


def test_the_default_house_is_the_rooms_preset() -> None:
    """Who sets nothing runs the rules of this project, which need no subsidy."""
    assert HouseRules() == HouseRules.preset("rooms")
    assert ZERO == HouseRules().subsidy_max
    assert () == HouseRules().problems(hosted=True)


@pytest.mark.parametrize(
    "times, found",
    [
        (TouchTimes(late_window_ms=11_000), ()),  # 3 + 6 + 2 s, exactly covered
        (TouchTimes(late_window_ms=10_999), (LateWindowTooShort(10_999, 11_000),)),
        (TouchTimes(late_window_pool_ms=10_999), (LateWindowTooShort(10_999, 11_000),)),
        (TouchTimes(audit_window_ms=10_999), (LateWindowTooShort(10_999, 11_000),)),
        (TouchTimes(audit_window_pool_ms=10_999), (LateWindowTooShort(10_999, 11_000),)),
        (TouchTimes(tick_ms=5_000), (LateWindowTooShort(12_000, 13_000),)),
        (TouchTimes(source_age_ms=8_000), (LateWindowTooShort(12_000, 13_000),)),
        (TouchTimes(skew_ms=4_000), (LateWindowTooShort(12_000, 13_000),)),
        (
            TouchTimes(late_window_ms=1, late_window_pool_ms=2),
            (LateWindowTooShort(1, 11_000), LateWindowTooShort(2, 11_000)),
        ),
    ],
)
def test_a_late_window_covers_what_others_know_first(
    times: TouchTimes, found: tuple[LateWindowTooShort, ...]
) -> None:
    """A window shorter than tick + source age + skew is refused at start-up (R4)."""
    assert found == HouseRules(touch=times).problems(hosted=True)


def test_tiers_above_what_the_host_leaves_are_refused() -> None:
    """Σ tiers ≤ 10^4 × (takeout − host) ÷ takeout, else the protocol would pay (M7)."""
    rules = HouseRules(tiers=ReferralTiers((Bps(6_000), Bps(700))))

    assert (TiersTooHigh(6_700, Bps(300), Bps(100)),) == rules.problems(hosted=False)


@pytest.mark.parametrize(
    "host_bps, hosted, tiers, refused",
    [
        (0, False, (), False),
        (0, True, (), False),  # a host without a share gains nothing by it
        (100, False, (), False),
        (100, True, (), True),
        (0, False, (1_500,), True),
        (0, True, (1_500,), True),
        (100, True, (1_500,), True),
    ],
)
def test_an_uncapped_takeout_has_no_beneficiaries(
    host_bps: int, hosted: bool, tiers: tuple[int, ...], refused: bool
) -> None:
    """TOTAL is refused in a room with a host's share or referrals: a ring could win whatever happens (M2)."""
    rules = HouseRules(
        fees=FeeSchedule(Bps(300), Bps(host_bps), TakeoutBase.TOTAL),
        tiers=ReferralTiers(tuple(Bps(each) for each in tiers)),
    )
    expected = (TotalWithBeneficiaries(hosted, sum(tiers)),) if refused else ()

    assert expected == rules.problems(hosted=hosted)


@pytest.mark.parametrize("base", [TakeoutBase.TOTAL_CAPPED, TakeoutBase.LOSING])
def test_the_other_bases_may_have_a_host_and_referrals(base: TakeoutBase) -> None:
    """What is capped at the losing stakes cannot be farmed."""
    assert () == HouseRules(fees=FeeSchedule(Bps(300), Bps(100), base)).problems(hosted=True)
