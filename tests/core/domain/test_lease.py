"""Leases: one holder at a time, and a number that tells him from all before him."""

from __future__ import annotations

import pytest

from rooms_core.domain.lease import LONGEST_MS, Lease

NOBODY = Lease(role="settler")
ANN = Lease(role="settler", token=1, holder="ann", since_ms=1_000, until_ms=2_000)


def test_a_role_that_nobody_has_is_taken() -> None:
    """The first token is 1, and the time begins now."""
    assert ANN == NOBODY.taken("ann", now_ms=1_000, lease_ms=1_000)


@pytest.mark.parametrize(("now_ms", "held"), [(1_000, True), (1_999, True), (2_000, False), (9_000, False)])
def test_a_role_is_held_until_its_time_is_over(now_ms: int, held: bool) -> None:
    """The last ms is the holder's, the next one anybody's."""
    assert held is ANN.held(now_ms)
    assert held is (ANN.taken("bob", now_ms=now_ms, lease_ms=1_000) is None)


def test_each_taking_has_a_new_token() -> None:
    """Also by the same holder, who may have lost the answer to his first try."""
    again = ANN.taken("ann", now_ms=1_500, lease_ms=1_000)
    over = ANN.taken("bob", now_ms=2_000, lease_ms=1_000)

    assert again == Lease(role="settler", token=2, holder="ann", since_ms=1_500, until_ms=2_500)
    assert over == Lease(role="settler", token=2, holder="bob", since_ms=2_000, until_ms=3_000)


def test_a_renewed_lease_keeps_its_token_and_its_beginning() -> None:
    """What nobody else took stays the holder's, even if its time was over."""
    assert Lease(role="settler", token=1, holder="ann", since_ms=1_000, until_ms=6_000) == ANN.renewed(
        now_ms=5_000, lease_ms=1_000
    )


def test_what_is_given_back_is_free_at_once_and_keeps_its_token() -> None:
    """The next holder's token is greater all the same."""
    free = ANN.given_back(1_500)
    next_one = free.taken("bob", now_ms=1_500, lease_ms=100)

    assert not free.held(1_500)
    assert next_one is not None
    assert 2 == next_one.token


def test_a_lease_is_proved_by_its_token() -> None:
    """Whoever was overtaken, gave it back or speaks of another role proves nothing."""
    later = ANN.taken("ann", now_ms=1_500, lease_ms=1_000)

    assert later is not None
    assert ANN.renewed(now_ms=9_000, lease_ms=1).proves(ANN)
    assert not later.proves(ANN)
    assert not ANN.given_back(1_500).proves(ANN)
    assert not Lease(role="sender", token=1, holder="ann").proves(ANN)


def test_a_lease_from_a_clock_that_was_wrong_binds_nobody() -> None:
    """A clock that is set back an hour must not leave a role to a dead process for that hour."""
    far = ANN.renewed(now_ms=LONGEST_MS, lease_ms=LONGEST_MS)

    assert far.held(LONGEST_MS)
    assert not far.held(LONGEST_MS - 1)


@pytest.mark.parametrize("lease_ms", [0, -1, LONGEST_MS + 1])
def test_no_lease_is_empty_or_endless(lease_ms: int) -> None:
    """A crash must cost some time, and not for ever."""
    with pytest.raises(ValueError, match="a lease of"):
        NOBODY.taken("ann", now_ms=0, lease_ms=lease_ms)
    with pytest.raises(ValueError, match="a lease of"):
        ANN.renewed(now_ms=0, lease_ms=lease_ms)
