"""Actions that take two persons (decision R9)."""

from __future__ import annotations

import pytest

from rooms_core.domain.ids import UserId
from rooms_core.domain.two_persons import (
    ApproverHasStake,
    Consent,
    TooFewPersons,
    TooFewZones,
    agreed,
)
from rooms_core.result import Err, Ok

ANN = Consent("ann", "berlin", UserId(2))
BEN = Consent("ben", "lisbon", UserId(4))
EVA = Consent("eva", "berlin")


def test_two_persons_from_two_zones_agree() -> None:
    """Two approvers, two failure domains, no stake in the room: the action may go on."""
    assert Ok(None) == agreed([ANN, BEN], bettors=[])
    assert Ok(None) == agreed([ANN, BEN, EVA], bettors=[UserId(6)])


@pytest.mark.parametrize(
    "consents, have",
    [((), 0), ((ANN,), 1), ((ANN, ANN), 1), ((ANN, Consent("ann", "lisbon")), 1)],
)
def test_one_person_is_not_two(consents: tuple[Consent, ...], have: int) -> None:
    """Saying yes twice, even from two zones, is one person's word."""
    assert Err(TooFewPersons(have)) == agreed(consents, bettors=[])


def test_two_persons_in_one_office_are_not_enough() -> None:
    """One broken office must not be able to act alone."""
    assert Err(TooFewZones(1)) == agreed([ANN, EVA], bettors=[])


@pytest.mark.parametrize("consents", [(ANN, BEN), (BEN, ANN), (ANN, BEN, EVA), (BEN,)])
def test_whoever_has_a_stake_decides_nothing(consents: tuple[Consent, ...]) -> None:
    """An approver who has bet in the room spoils the consent, whoever else agrees."""
    assert Err(ApproverHasStake("ben")) == agreed(consents, bettors=[UserId(4), UserId(8)])


def test_an_approver_without_an_account_has_no_stake() -> None:
    """Operators who never bet are known by name only."""
    assert Ok(None) == agreed([BEN, EVA], bettors=[UserId(2)])
