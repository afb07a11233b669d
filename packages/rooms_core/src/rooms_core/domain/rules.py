"""The rules of a house: fees, dividends, limits and times, frozen into each room when it is created.

`HouseRules.preset(name)` gives the rules of a known house, with overrides; docs/presets.md works each of them out
on paper.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from rooms_core.domain.dividend import DeadHeat, DividendRule
from rooms_core.domain.fees import FeeSchedule, TakeoutBase
from rooms_core.domain.money import ZERO, Bps, Lamports
from rooms_core.domain.referral import ReferralTiers

_MINUTE_MS: Final = 60_000
_HOUR_MS: Final = 60 * _MINUTE_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomLimits:
    """What a room may look like: stakes in lamports, lives in ms, lock shares in per cent of the life (R3, M10).

    Raises ValueError for a smallest stake of 0.
    """

    stake_min: Lamports = Lamports(1_000_000)
    players_min: int = 2
    life_min_ms: int = 15 * _MINUTE_MS
    life_max_ms: int = 24 * _HOUR_MS
    lock_share: int = 50
    lock_share_min: int = 25
    lock_share_max: int = 80
    lock_before_settle_ms: int = 2 * _MINUTE_MS
    target_near_ppm: int = 2_000
    target_near_pool_ppm: int = 30_000

    def __post_init__(self) -> None:
        if not self.stake_min:
            raise ValueError("the smallest stake is at least one lamport")


@dataclass(frozen=True, slots=True, kw_only=True)
class TouchTimes:
    """Who may still bet on a TOUCH room, and what goes back after a touch (decision R4); ms and parts per million.

    The late window must cover a tick, the largest accepted source age and the allowed clock skew: what a person
    with a live stream knows before we do.
    """

    tick_ms: int = 3_000
    source_age_ms: int = 6_000
    skew_ms: int = 2_000
    stale_after_ms: int = 6_000
    late_window_ms: int = 12_000
    late_window_pool_ms: int = 27_000
    audit_window_ms: int = 15_000
    audit_window_pool_ms: int = 30_000
    near_ppm: int = 1_000
    near_pool_ppm: int = 30_000


@dataclass(frozen=True, slots=True)
class LateWindowTooShort:
    """A late window shorter than tick + source age + skew would leave sure things in the pool (ms)."""

    window_ms: int
    least_ms: int


@dataclass(frozen=True, slots=True)
class TiersTooHigh:
    """The referral tiers cannot always be paid from what the host leaves of the takeout (basis points)."""

    tiers_bps: int
    takeout_bps: Bps
    host_bps: Bps


@dataclass(frozen=True, slots=True)
class TotalWithBeneficiaries:
    """An uncapped takeout in a room with a host or referrals lets a ring win whatever happens (decision M2)."""

    hosted: bool
    tiers_bps: int


RulesRefused: TypeAlias = LateWindowTooShort | TiersTooHigh | TotalWithBeneficiaries


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseRules:
    """All that a house decides. Raises ValueError for a negative match limit.

    `match_limit`: one outcome may hold at most this many times the others together (M6; 0 = off).
    `subsidy_max`: what the house sets aside for one room whose dividends can need a subsidy, in lamports.
    """

    fees: FeeSchedule = FeeSchedule(Bps(300), Bps(100))
    tiers: ReferralTiers = ReferralTiers((Bps(1_500), Bps(500), Bps(200)))
    dividend: DividendRule = DividendRule()
    dead_heat: DeadHeat = DeadHeat.PROFIT_SPLIT
    match_limit: int = 32
    subsidy_max: Lamports = ZERO
    limits: RoomLimits = field(default_factory=RoomLimits)
    touch: TouchTimes = field(default_factory=TouchTimes)

    def __post_init__(self) -> None:
        if self.match_limit < 0:
            raise ValueError("match_limit is not negative; 0 switches it off")

    def problems(self, *, hosted: bool) -> tuple[RulesRefused, ...]:
        """Why these rules cannot run a room, or (). Asked at start-up and again when a room is created."""
        least = self.touch.tick_ms + self.touch.source_age_ms + self.touch.skew_ms
        times = self.touch
        windows = (
            *(times.late_window_ms, times.late_window_pool_ms),
            *(times.audit_window_ms, times.audit_window_pool_ms),
        )
        found: list[RulesRefused] = [LateWindowTooShort(each, least) for each in windows if each < least]
        tiers = sum(self.tiers.bps)
        if not self.tiers.fits(takeout_bps=self.fees.takeout_bps, host_bps=self.fees.host_bps):
            found.append(TiersTooHigh(tiers, self.fees.takeout_bps, self.fees.host_bps))
        if self.fees.base is TakeoutBase.TOTAL and (tiers or (hosted and self.fees.host_bps)):
            found.append(TotalWithBeneficiaries(hosted, tiers))
        return tuple(found)

    @classmethod
    def preset(
        cls,
        name: str,
        *,
        takeout_bps: int | None = None,
        host_bps: int | None = None,
        takeout_base: TakeoutBase | None = None,
        dividend_step_bps: int | None = None,
        dividend_min_bps: int | None = None,
        dividend_ladder: tuple[tuple[int, int], ...] | None = None,
        match_limit: int | None = None,
        dead_heat: DeadHeat | None = None,
        **others: Any,
    ) -> HouseRules:
        """The rules of a known house (`PRESETS`), each figure replaceable; `others` are fields of `HouseRules`.

        Raises ValueError for an unknown name or figures that exclude each other.
        """
        if name not in PRESETS:
            raise ValueError(f"no preset {name!r}; there are {', '.join(PRESETS)}")
        base = PRESETS[name]
        return cls(
            fees=FeeSchedule(
                Bps(_given(takeout_bps, base.fees.takeout_bps)),
                Bps(_given(host_bps, base.fees.host_bps)),
                base.fees.base if takeout_base is None else takeout_base,
            ),
            dividend=DividendRule(
                _given(dividend_step_bps, base.dividend.step_bps),
                _given(dividend_min_bps, base.dividend.minimum_bps),
                base.dividend.ladder if dividend_ladder is None else dividend_ladder,
            ),
            dead_heat=base.dead_heat if dead_heat is None else dead_heat,
            match_limit=_given(match_limit, base.match_limit),
            **{"tiers": base.tiers, **others},
        )


def _given(value: int | None, otherwise: int) -> int:
    return otherwise if value is None else value


_NO_TIERS: Final = ReferralTiers()
_LADDER: Final = ((9_000, 10_200), (11_000, 11_000))

PRESETS: Final = {
    "rooms": HouseRules(),
    "pancakeswap": HouseRules(
        fees=FeeSchedule(Bps(300), Bps(0), TakeoutBase.TOTAL), tiers=_NO_TIERS, match_limit=0
    ),
    "losing-pool": HouseRules(fees=FeeSchedule(Bps(300), Bps(100), TakeoutBase.LOSING), match_limit=0),
    "us-tote": HouseRules(
        fees=FeeSchedule(Bps(1_800), Bps(0), TakeoutBase.TOTAL),
        tiers=_NO_TIERS,
        dividend=DividendRule(step_bps=1_000, minimum_bps=10_500),
        match_limit=0,
    ),
    "uk-tote": HouseRules(
        fees=FeeSchedule(Bps(1_925), Bps(0), TakeoutBase.TOTAL),
        tiers=_NO_TIERS,
        dividend=DividendRule(step_bps=1_000, ladder=_LADDER),
        dead_heat=DeadHeat.EQUAL_SPLIT,
        match_limit=0,
    ),
}
"""The houses we know by name."""
