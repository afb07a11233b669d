"""Frozen values as JSON text and back."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms_core.domain.dividend import DeadHeat, DividendRule
from rooms_core.domain.fees import FeeSchedule, TakeoutBase
from rooms_core.domain.market import CoinPrice, Direction, Market, MarketState, Mode, PumpMarketCap
from rooms_core.domain.money import BPS_WHOLE, Bps, Lamports
from rooms_core.domain.referral import ReferralBasis, ReferralTiers
from rooms_core.domain.room import Hold, Resolution
from rooms_core.domain.rules import PRESETS, HouseRules, RoomLimits, TouchTimes
from rooms_core.domain.solvency import SolvencyReport
from rooms_core.domain.thin_pool import ThinPool
from rooms_store.records import parse_record, read_optional, read_record, write_optional, write_record

NUMBERS = st.integers(min_value=0, max_value=2**70)
LAMPORTS = NUMBERS.map(Lamports)


@st.composite
def fee_schedules(draw: st.DrawFn) -> FeeSchedule:
    """Any rates."""
    takeout = draw(st.integers(0, BPS_WHOLE))
    host = draw(st.integers(0, takeout))
    return FeeSchedule(Bps(takeout), Bps(host), draw(st.sampled_from(TakeoutBase)))


LADDERS = st.dictionaries(NUMBERS, NUMBERS, max_size=4).map(lambda rows: tuple(sorted(rows.items())))
DIVIDENDS = st.one_of(
    st.builds(DividendRule, st.sampled_from([0, 1_000, 2_500]), NUMBERS),
    st.builds(DividendRule, st.sampled_from([0, 1_000]), st.just(0), LADDERS),
)
RULES = st.builds(
    HouseRules,
    fees=fee_schedules(),
    tiers=st.builds(
        ReferralTiers,
        st.lists(st.integers(0, 3_333).map(Bps), max_size=3).map(tuple),
        st.sampled_from(ReferralBasis),
    ),
    dividend=DIVIDENDS,
    dead_heat=st.sampled_from(DeadHeat),
    match_limit=NUMBERS,
    subsidy_max=LAMPORTS,
    limits=st.builds(RoomLimits, stake_min=LAMPORTS.filter(bool), players_min=NUMBERS),
    touch=st.builds(TouchTimes, tick_ms=NUMBERS),
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
MARKETS = st.builds(
    Market,
    st.one_of(st.builds(CoinPrice, TEXTS), st.builds(PumpMarketCap, TEXTS)),
    st.sampled_from(Direction),
    NUMBERS,
    st.sampled_from(Mode),
)


@given(RULES)
def test_rules_come_back_as_they_were_frozen(rules: HouseRules) -> None:
    """A room is settled by the very rules it was created with."""
    assert rules == read_record(HouseRules, write_record(HouseRules, rules))


@pytest.mark.parametrize("name", list(PRESETS))
def test_every_preset_comes_back(name: str) -> None:
    """Each house we know by name can be stored."""
    assert PRESETS[name] == read_record(HouseRules, write_record(HouseRules, PRESETS[name]))


@given(MARKETS)
def test_a_question_comes_back_with_its_kind_of_subject(market: Market) -> None:
    """A coin and a mint of the same name are told apart, and no digit of a target is lost."""
    assert market == read_record(Market, write_record(Market, market))


@given(
    st.one_of(
        st.from_type(MarketState).map(lambda value: (MarketState, value)),
        st.builds(Resolution, winning=st.tuples(), late_after_ms=st.none() | NUMBERS).map(
            lambda value: (Resolution, value)
        ),
        st.builds(Hold, TEXTS, NUMBERS).map(lambda value: (Hold, value)),
        st.from_type(ThinPool).map(lambda value: (ThinPool, value)),
        st.builds(
            SolvencyReport, **dict.fromkeys(("assets", "landed", "uncredited", "liabilities"), LAMPORTS)
        ).map(lambda value: (SolvencyReport, value)),
    )
)
def test_every_other_record_comes_back(record: tuple[type[object], object]) -> None:
    """What is written of a market row, an answer, a hold, a thin pool or a solvency report is read back equal."""
    declared, value = record

    assert value == read_record(declared, write_record(declared, value))


def test_the_stored_spelling_does_not_change_by_accident() -> None:
    """Books written by one version are read by the next: this text lies in rooms that are open."""
    stored = (
        '{"fees":{"takeout_bps":300,"host_bps":100,"base":"TOTAL_CAPPED"},"tiers":{"bps":[1500,500,200],"basis":"ALL"},'
        '"dividend":{"step_bps":0,"minimum_bps":0,"ladder":[]},"dead_heat":"PROFIT_SPLIT","match_limit":32,'
        '"subsidy_max":0,"limits":{"stake_min":1000000,"players_min":2,"life_min_ms":900000,"life_max_ms":86400000,'
        '"lock_share":50,"lock_share_min":25,"lock_share_max":80,"lock_before_settle_ms":120000,'
        '"target_near_ppm":2000,"target_near_pool_ppm":30000},"touch":{"tick_ms":3000,"source_age_ms":6000,'
        '"skew_ms":2000,"stale_after_ms":6000,"late_window_ms":12000,"late_window_pool_ms":27000,'
        '"audit_window_ms":15000,"audit_window_pool_ms":30000,"near_ppm":1000,"near_pool_ppm":30000}}'
    )

    assert HouseRules() == read_record(HouseRules, stored)
    assert json.loads(stored).items() <= json.loads(write_record(HouseRules, HouseRules())).items()


def test_a_field_that_an_old_text_lacks_takes_its_default() -> None:
    """New fields need no migration."""
    assert HouseRules(match_limit=7) == read_record(HouseRules, '{"match_limit":7}')


def test_nothing_stays_nothing() -> None:
    """A room without a hold has none when it is read again."""
    assert write_optional(Hold, None) is None
    assert read_optional(Hold, None) is None
    assert Hold("audit", 5) == read_optional(Hold, write_optional(Hold, Hold("audit", 5)))


def test_a_type_that_no_record_has_is_a_mistake() -> None:
    """A float would lose digits in silence."""

    @dataclass(frozen=True)
    class Weighed:
        grams: float

    with pytest.raises(TypeError, match="no record holds"):
        write_record(Weighed, Weighed(1.5))


@pytest.mark.parametrize(
    "declared, text",
    [
        (HouseRules, '{"match_limit":"7"}'),
        (HouseRules, '{"match_limit":true}'),
        (HouseRules, '{"match_limit":7.0}'),
        (HouseRules, '{"match_limit":null}'),
        (Hold, '{"reason":7,"since_ms":7}'),
        (RoomLimits, '{"stake_min":"7"}'),
    ],
)
def test_no_type_is_taken_for_another(declared: type, text: str) -> None:
    """A number is no text, and a truth is no number, whoever wrote it."""
    with pytest.raises(ValueError, match=r"is no|not an amount"):
        parse_record(declared, text)
