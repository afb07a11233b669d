"""What a user has, and what of it may be withdrawn."""

from __future__ import annotations

import pytest

from rooms_core.domain.money import STORED_MAX, ZERO, Lamports
from rooms_core.domain.wallet import CREDIT_WAIT_MS, Wallet, credited


def test_credits_from_rooms_wait_ten_minutes() -> None:
    """Playable at once, withdrawable after 10 minutes (M9)."""
    assert 600_000 == CREDIT_WAIT_MS


@pytest.mark.parametrize(
    "available, waiting, now_ms, withdrawable",
    [
        (100, 30, 999, 70),
        (100, 30, 1_000, 100),  # the wait is over
        (100, 30, 1_001, 100),
        (20, 30, 999, 0),  # what was staked meanwhile counts against the rest first
        (30, 30, 999, 0),
        (100, 0, 0, 100),
    ],
)
def test_what_may_be_withdrawn(available: int, waiting: int, now_ms: int, withdrawable: int) -> None:
    """All but what still waits."""
    wallet = Wallet(available=Lamports(available), waiting=Lamports(waiting), waits_until_ms=1_000)

    assert Lamports(withdrawable) == wallet.withdrawable(now_ms)


def test_a_new_wallet_is_empty() -> None:
    """Nothing to bet with, nothing reserved, nothing that waits."""
    wallet = Wallet()

    assert (ZERO, ZERO, ZERO, 0) == (wallet.available, wallet.reserved, wallet.waiting, wallet.waits_until_ms)


@pytest.mark.parametrize(
    "waiting, until_ms, now_ms, expected",
    [
        (0, 0, 5_000, (7, 605_000)),
        (30, 6_000, 5_000, (37, 605_000)),  # a credit inside the wait starts it again for all
        (30, 5_000, 5_000, (7, 605_000)),  # what has waited long enough waits no more
        (30, 4_999, 5_000, (7, 605_000)),
    ],
)
def test_a_credit_starts_the_wait_again(
    waiting: int, until_ms: int, now_ms: int, expected: tuple[int, int]
) -> None:
    """So that a hold can still bite (M9)."""
    still, until = credited(Lamports(waiting), until_ms, Lamports(7), now_ms=now_ms)

    assert expected == (still.value, until)


def test_what_waits_can_be_stored() -> None:
    """The same money may come back again and again within one wait; no settlement fails for it (M10)."""
    most = Lamports(STORED_MAX)

    assert (most, 605_000) == credited(most, 6_000, Lamports(7), now_ms=5_000)
