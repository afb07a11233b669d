"""The rules as a record: what settles is kept in full, and read back as strictly as it is written."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rooms_core.domain.dividend import DeadHeat
from rooms_core.domain.fees import TakeoutBase
from rooms_core.domain.money import Bps, Lamports
from rooms_core.domain.referral import ReferralBasis, ReferralTiers
from rooms_core.domain.rules import PRESETS, HouseRules, RoomLimits, TouchTimes
from rooms_core.proofs.reading import Malformed
from rooms_core.proofs.rules_record import read_rules, rules_record


def refused(record: dict[str, Any]) -> str:
    """What the reader says."""
    with pytest.raises(Malformed) as why:
        read_rules(record)
    return str(why.value)


@pytest.mark.parametrize("name", PRESETS)
def test_the_rules_of_every_preset_survive_the_record(name: str) -> None:
    """Written and read back, they are the same rules."""
    assert PRESETS[name] == read_rules(rules_record(PRESETS[name]))


def test_every_figure_that_settles_is_in_the_record() -> None:
    """A change of any of them changes the record, so the receipt's hash covers it."""
    base = HouseRules.preset("uk-tote")
    changed = [
        HouseRules.preset("uk-tote", takeout_bps=1_926),
        HouseRules.preset("uk-tote", host_bps=1),
        HouseRules.preset("uk-tote", takeout_base=TakeoutBase.LOSING),
        HouseRules.preset("uk-tote", dividend_step_bps=500),
        HouseRules.preset("uk-tote", dividend_ladder=((9_000, 10_200), (11_000, 11_001))),
        HouseRules.preset("us-tote"),
        HouseRules.preset("uk-tote", match_limit=1),
        HouseRules.preset("uk-tote", dead_heat=DeadHeat.PROFIT_SPLIT),
        replace(base, tiers=ReferralTiers((Bps(1),))),
        replace(base, tiers=ReferralTiers((), ReferralBasis.WINNING)),
    ]
    records = [str(rules_record(rules)) for rules in (base, *changed)]

    assert len(records) == len(set(records))
    assert changed == [read_rules(rules_record(rules)) for rules in changed]


def test_what_judges_bets_is_no_part_of_it() -> None:
    """Times and limits are over when a room settles: other ones make the same record."""
    other = HouseRules(
        limits=RoomLimits(stake_min=Lamports(5)), touch=TouchTimes(tick_ms=1), subsidy_max=Lamports(9)
    )

    assert rules_record(HouseRules()) == rules_record(other)


def test_the_record_of_the_houses_own_rules() -> None:
    """All figures are decimal strings, because readers lose digits of numbers."""
    assert {
        "takeout_bps": "300",
        "host_bps": "100",
        "takeout_base": "TOTAL_CAPPED",
        "tiers_bps": ["1500", "500", "200"],
        "tiers_basis": "ALL",
        "dividend_step_bps": "0",
        "dividend_min_bps": "0",
        "dividend_ladder": [],
        "dead_heat": "PROFIT_SPLIT",
        "match_limit": "32",
    } == rules_record(HouseRules())


@pytest.mark.parametrize(
    "field, value, says",
    [
        ("takeout_bps", "10001", "rules: takeout_bps"),
        ("takeout_bps", 300, "takeout_bps is no text"),
        ("host_bps", "301", "rules: host_bps"),
        ("takeout_base", "NET", "rules: 'NET'"),
        ("tiers_bps", ["1", "1", "1", "1"], "rules: referral tiers"),
        ("tiers_bps", ["-1"], "tier is no whole number"),
        ("tiers_basis", "SOME", "rules: 'SOME'"),
        ("dividend_step_bps", "3", "rules: a dividend step"),
        ("dividend_ladder", [["1"]], "a row is not a pair"),
        ("dividend_ladder", [["2", "1"], ["1", "1"]], "rules: a dividend ladder"),
        ("dead_heat", "none", "rules: 'none'"),
        ("match_limit", "-1", "match_limit is no whole number"),
        ("discount", "1", "unknown keys: discount"),
    ],
)
def test_rules_that_cannot_be_are_refused(field: str, value: object, says: str) -> None:
    """Whatever the rules themselves refuse, a record of them cannot smuggle in."""
    assert refused({**rules_record(HouseRules()), field: value}).startswith(says)


@pytest.mark.parametrize("field", rules_record(HouseRules()))
def test_a_figure_that_is_missing_is_not_assumed(field: str) -> None:
    """There are no defaults in a record."""
    record = {key: value for key, value in rules_record(HouseRules()).items() if key != field}

    assert f"{field} is missing" == refused(record)
