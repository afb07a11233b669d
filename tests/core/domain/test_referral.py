"""Referrals: commissions, codes, and a forest that cannot grow a ring."""

from __future__ import annotations

import pytest

from rooms_core.domain.ids import UserId
from rooms_core.domain.money import Bps, Lamports
from rooms_core.domain.referral import (
    CODE_LETTERS,
    CODES,
    LEVELS_MAX,
    ReferralBasis,
    ReferralTiers,
    ReferrerNotOlder,
    User,
    code_number,
    is_code,
    uplines_of,
)
from rooms_core.result import Err, Ok

SOL = 1_000_000_000
TIERS = ReferralTiers((Bps(1_500), Bps(500), Bps(200)))


def user(number: int, *uplines: int) -> User:
    """A user with these referrers."""
    return User(
        id=UserId(number),
        code=code_number(number),
        joined_at_ms=0,
        uplines=tuple(UserId(each) for each in uplines),
    )


@pytest.mark.parametrize("level, earned", [(0, 45_000_000), (1, 15_000_000), (2, 6_000_000)])
def test_the_sources_commissions(level: int, earned: int) -> None:
    """A referred 10 SOL in the source's room of 150 (takeout 4.5) earns 0.045, 0.015 and 0.006 SOL (M7)."""
    commission = TIERS.commission(
        level, takeout=Lamports(4_500_000_000), positions=Lamports(10 * SOL), gross=Lamports(150 * SOL)
    )

    assert Lamports(earned) == commission


@pytest.mark.parametrize(
    "takeout, positions, gross, earned",
    [
        (100, 50, 100, 7),  # 7.5
        (100, 100, 100, 15),
        (100, 0, 100, 0),
        (0, 50, 100, 0),
        (6, 100, 100, 0),  # 0.9
        (2**70, 2**63 - 1, 2**64, 2**70 * (2**63 - 1) * 1_500 // (2**64 * 10_000)),
    ],
)
def test_a_commission_is_one_floored_division(takeout: int, positions: int, gross: int, earned: int) -> None:
    """takeout × positions × tier ÷ (gross × 10,000), rounded down once."""
    assert Lamports(earned) == TIERS.commission(
        0, takeout=Lamports(takeout), positions=Lamports(positions), gross=Lamports(gross)
    )


def test_commissions_count_won_and_lost_stakes_by_default() -> None:
    """Whether the referred user wins does not matter unless the house says so."""
    assert (ReferralBasis.ALL, ()) == (ReferralTiers().basis, ReferralTiers().bps)


@pytest.mark.parametrize(
    "bps, takeout_bps, host_bps, fits",
    [
        ((1_500, 500, 200), 300, 100, True),  # 2,200 of the 6,666 the host leaves
        ((6_666,), 300, 100, True),
        ((6_667,), 300, 100, False),
        ((5_000,), 300, 150, True),  # exactly what is left
        ((5_001,), 300, 150, False),
        ((1,), 300, 300, False),
        ((), 300, 300, True),
        ((10_000,), 300, 0, True),
        ((4_000, 1_000), 200, 100, True),  # the sum counts
        ((4_000, 1_001), 200, 100, False),
    ],
)
def test_tiers_fit_into_what_the_host_leaves(
    bps: tuple[int, ...], takeout_bps: int, host_bps: int, fits: bool
) -> None:
    """Σ tiers ≤ 10^4 × (takeout − host) ÷ takeout, so that the protocol never pays commissions out of nothing."""
    tiers = ReferralTiers(tuple(Bps(each) for each in bps))

    assert fits is tiers.fits(takeout_bps=Bps(takeout_bps), host_bps=Bps(host_bps))


@pytest.mark.parametrize("bps", [(), (0,), (0, 0, 0), (10_000,), (5_000, 3_000, 2_000)])
def test_up_to_three_tiers_up_to_the_whole(bps: tuple[int, ...]) -> None:
    """One to three levels, by configuration; none is allowed too."""
    assert bps == ReferralTiers(tuple(Bps(each) for each in bps)).bps


@pytest.mark.parametrize("bps", [(1, 1, 1, 1), (-1,), (100, -1), (10_001,), (5_000, 5_001)])
def test_other_tiers_are_refused(bps: tuple[int, ...]) -> None:
    """A fourth level, a negative tier, more than the whole."""
    with pytest.raises(
        ValueError, match=r"^referral tiers are at most three, not negative, and at most 10,000 bps together$"
    ):
        ReferralTiers(tuple(Bps(each) for each in bps))


def test_codes_use_letters_that_cannot_be_confused() -> None:
    """31 letters and digits without 0, O, 1, I and L: six of them make 887 million codes."""
    assert 31 == len(set(CODE_LETTERS)) == len(CODE_LETTERS)
    assert not set("0O1IL") & set(CODE_LETTERS)
    assert 31**6 == CODES


@pytest.mark.parametrize(
    "number, code",
    [
        (0, "REFAAAAAA"),
        (1, "REFAAAAAB"),
        (30, "REFAAAAA9"),
        (31, "REFAAAABA"),
        (31**6 - 1, "REF999999"),
        (31**5, "REFBAAAAA"),
    ],
)
def test_a_code_is_ref_and_six_characters(number: int, code: str) -> None:
    """Each number has its own code."""
    assert code == code_number(number)
    assert is_code(code)


@pytest.mark.parametrize("number", [-1, 31**6])
def test_there_are_no_other_codes(number: int) -> None:
    """Outside of the numbers there are no codes."""
    with pytest.raises(ValueError, match=f"^no referral code for {number}$"):
        code_number(number)


@pytest.mark.parametrize(
    "text",
    ["", "REF", "REFAAAAA", "REFAAAAAAA", "refAAAAAA", "REFaaaaaa", "REFAAAAA0", "XREFAAAAAA", "REFAAAAAA\n"],
)
def test_what_is_no_code(text: str) -> None:
    """Other lengths, other letters, small letters."""
    assert not is_code(text)


@pytest.mark.parametrize(
    "referrer, uplines",
    [
        (user(3), (3,)),
        (user(3, 2), (3, 2)),
        (user(3, 2, 1), (3, 2, 1)),
        (user(7, 5, 3, 1), (7, 5, 3)),  # the fourth level earns nothing
    ],
)
def test_the_referrers_above_a_new_user(referrer: User, uplines: tuple[int, ...]) -> None:
    """His referrer first, then that one's referrers, three levels at most."""
    assert Ok(uplines) == uplines_of(UserId(9), referrer=referrer)
    assert LEVELS_MAX == 3


@pytest.mark.parametrize("referrer", [9, 10])
def test_nobody_refers_himself_or_an_older_one(referrer: int) -> None:
    """The referrer is older than the referred; so there is no self-referral and no ring (M7)."""
    assert Err(ReferrerNotOlder(UserId(referrer), UserId(9))) == uplines_of(
        UserId(9), referrer=user(referrer)
    )


def test_a_user_without_a_referrer_has_no_uplines() -> None:
    """A missing upline stays with the protocol."""
    assert () == User(id=UserId(1), code="REFAAAAAB", joined_at_ms=0).uplines
