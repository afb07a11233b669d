"""The rules a settlement was made by, as a record: what a receipt carries and a checker reads back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rooms_core.domain.dividend import DeadHeat, DividendRule
from rooms_core.domain.fees import FeeSchedule, TakeoutBase
from rooms_core.domain.money import Bps
from rooms_core.domain.referral import ReferralBasis, ReferralTiers
from rooms_core.domain.rules import HouseRules
from rooms_core.proofs.canonical import Json, text
from rooms_core.proofs.reading import (
    Malformed,
    read_list,
    read_number,
    read_pair,
    read_text,
    refuse_others,
)

_KEYS: Final = frozenset(
    {
        "takeout_bps",
        "host_bps",
        "takeout_base",
        "tiers_bps",
        "tiers_basis",
        "dividend_step_bps",
        "dividend_min_bps",
        "dividend_ladder",
        "dead_heat",
        "match_limit",
    }
)


def rules_record(rules: HouseRules) -> dict[str, Json]:
    """The part of the rules that settles: rates, dividends, match limit. Times and limits on bets are no part of it."""
    return {
        "takeout_bps": text(rules.fees.takeout_bps),
        "host_bps": text(rules.fees.host_bps),
        "takeout_base": rules.fees.base.value,
        "tiers_bps": [text(tier) for tier in rules.tiers.bps],
        "tiers_basis": rules.tiers.basis.value,
        "dividend_step_bps": text(rules.dividend.step_bps),
        "dividend_min_bps": text(rules.dividend.minimum_bps),
        "dividend_ladder": [[text(up_to), text(pays)] for up_to, pays in rules.dividend.ladder],
        "dead_heat": rules.dead_heat.value,
        "match_limit": text(rules.match_limit),
    }


def read_rules(record: Mapping[str, object]) -> HouseRules:
    """The rules of a record. Raises `Malformed` (ends in `verify_receipt`) for a record that is none."""
    refuse_others(record, _KEYS)
    try:
        return HouseRules(
            fees=FeeSchedule(
                Bps(read_number(record, "takeout_bps")),
                Bps(read_number(record, "host_bps")),
                TakeoutBase(read_text(record, "takeout_base")),
            ),
            tiers=ReferralTiers(
                tuple(Bps(read_number({"tier": tier}, "tier")) for tier in read_list(record, "tiers_bps")),
                ReferralBasis(read_text(record, "tiers_basis")),
            ),
            dividend=DividendRule(
                read_number(record, "dividend_step_bps"),
                read_number(record, "dividend_min_bps"),
                tuple(read_pair(row) for row in read_list(record, "dividend_ladder")),
            ),
            dead_heat=DeadHeat(read_text(record, "dead_heat")),
            match_limit=read_number(record, "match_limit"),
        )
    except ValueError as why:
        raise Malformed(f"rules: {why}") from why
