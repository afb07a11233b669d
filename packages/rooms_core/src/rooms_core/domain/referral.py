"""Referrals: who brought whom, and the commissions that come out of the protocol's part of the takeout.

Per referred user and level: `takeout × his positions × tier ÷ gross`, one division, whether he won or lost
(decision M7). A level without a referrer stays with the protocol.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

from rooms_core.domain.ids import UserId
from rooms_core.domain.money import BPS_WHOLE, Bps, Lamports
from rooms_core.result import Err, Ok, Result

LEVELS_MAX: Final = 3
CODE_LETTERS: Final = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""No 0 and O, no 1, I and L: a code survives being read aloud."""
CODES: Final = len(CODE_LETTERS) ** 6
_CODE: Final = re.compile(f"REF[{CODE_LETTERS}]{{6}}", re.ASCII)


class ReferralBasis(StrEnum):
    """Which positions earn a commission: all of them, won or lost, or the winning ones only."""

    ALL = "ALL"
    WINNING = "WINNING"


@dataclass(frozen=True, slots=True)
class ReferralTiers:
    """What each level above a bettor earns, in basis points of the takeout on his positions: at most three levels.

    Raises ValueError for more levels, negative tiers, or tiers above the whole.
    """

    bps: tuple[Bps, ...] = ()
    basis: ReferralBasis = ReferralBasis.ALL

    def __post_init__(self) -> None:
        if len(self.bps) > LEVELS_MAX or any(tier < 0 for tier in self.bps) or sum(self.bps) > BPS_WHOLE:
            raise ValueError(
                "referral tiers are at most three, not negative, and at most 10,000 bps together"
            )

    def fits(self, *, takeout_bps: Bps, host_bps: Bps) -> bool:
        """Whether what the host leaves always pays the tiers: `Σ tiers ≤ 10^4 × (takeout − host) ÷ takeout`."""
        return sum(self.bps) * takeout_bps <= BPS_WHOLE * (takeout_bps - host_bps)

    def commission(self, level: int, *, takeout: Lamports, positions: Lamports, gross: Lamports) -> Lamports:
        """What a referrer earns on a bettor's `positions`, rounded down; level 0 is the one who brought him."""
        return Lamports(takeout.value * positions.value * self.bps[level] // (gross.value * BPS_WHOLE))


def code_number(number: int) -> str:
    """The code for a number in 0 … `CODES` − 1: "REF" and six unambiguous characters; else ValueError."""
    if not 0 <= number < CODES:
        raise ValueError(f"no referral code for {number}")
    letters = []
    for _ in range(6):
        number, digit = divmod(number, len(CODE_LETTERS))
        letters.append(CODE_LETTERS[digit])
    return "REF" + "".join(reversed(letters))


def is_code(text: str) -> bool:
    """Whether a text has the form of a referral code."""
    return _CODE.fullmatch(text) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person with a balance. `uplines` are the referrers above him, nearest first, fixed when he joined."""

    id: UserId
    code: str
    joined_at_ms: int
    uplines: tuple[UserId, ...] = ()


@dataclass(frozen=True, slots=True)
class CodeUnknown:
    """Nobody has this referral code."""

    code: str


@dataclass(frozen=True, slots=True)
class AlreadyJoined:
    """A referrer is set once, at the first start; this user has joined before."""

    user: UserId


@dataclass(frozen=True, slots=True)
class ReferrerNotOlder:
    """The referrer must have joined before the referred: so nobody refers himself and no ring can close."""

    referrer: UserId
    user: UserId


JoinRefused: TypeAlias = CodeUnknown | AlreadyJoined | ReferrerNotOlder


def uplines_of(user: UserId, *, referrer: User) -> Result[tuple[UserId, ...], ReferrerNotOlder]:
    """The referrers above a new user who was brought by `referrer`. Ids are time-sorted, so older means smaller."""
    if referrer.id >= user:
        return Err(ReferrerNotOlder(referrer.id, user))
    return Ok((referrer.id, *referrer.uplines)[:LEVELS_MAX])
