"""What is done about signed bytes, and what proves that they cannot land."""

from __future__ import annotations

import pytest

from rooms_core.domain.address import Address
from rooms_core.domain.attempt import (
    Attempt,
    AttemptState,
    Finality,
    Landed,
    Level,
    Status,
    StatusAnswer,
    Step,
    ending,
    judge,
    never_signed,
)
from rooms_core.domain.ids import WithdrawalId
from rooms_core.domain.invariants import InvariantBroken
from rooms_core.domain.money import Lamports

THERE = Address("7LSsEoJGhLeZzGvDofTdNg7M3JttxQqGWNLo6vWMpump")


def an_attempt(state: AttemptState = AttemptState.SENT) -> Attempt:
    """An attempt that can land up to height 500."""
    return Attempt(
        withdrawal=WithdrawalId(2),
        number=1,
        request="{}",
        approvals="sha256:00",
        blockhash="blockhash",
        last_valid_height=500,
        observed_slot=400,
        fee_max=Lamports(10_000),
        made_at_ms=1,
        state=state,
    )


@pytest.mark.parametrize(
    "height, status_slot, status, step",
    [
        (500, 600, None, Step.SEND),  # may still land at height 500
        (501, 600, None, Step.PROVE),
        (501, 599, None, Step.WAIT),  # the node lags behind the finality asked before
        (501, 599, Status(590, Level.FINALIZED), Step.WAIT),
        (501, 600, Status(590, Level.PROCESSED), Step.WAIT),
        (501, 600, Status(590, Level.CONFIRMED), Step.CONFIRMED),
        (501, 600, Status(590, Level.CONFIRMED, "Custom 1"), Step.WAIT),
        (501, 600, Status(590, Level.FINALIZED), Step.READ),
        (501, 600, Status(590, Level.FINALIZED, "Custom 1"), Step.READ),
    ],
)
def test_the_status_counts_only_if_it_is_as_fresh_as_the_finality(
    height: int, status_slot: int, status: Status | None, step: Step
) -> None:
    """Unknown and not past its height: send again. Unknown and past it: prove. Only finalized is for ever."""
    assert step is judge(an_attempt(), Finality(600, height), StatusAnswer(status_slot, status))


@pytest.mark.parametrize(
    "state, height, dead",
    [
        (AttemptState.PREPARED, 501, True),
        (AttemptState.PREPARED, 500, False),
        (AttemptState.SIGNED, 501, False),
    ],
)
def test_without_signed_bytes_the_height_alone_proves(state: AttemptState, height: int, dead: bool) -> None:
    """Nothing was sent that is not in the books, so an unsigned attempt needs no search of the chain."""
    assert dead is never_signed(an_attempt(state), Finality(600, height))


def landed(error: str | None = None, *, received: int = 7) -> Landed:
    """A finalized transfer."""
    return Landed(slot=5, error=error, fee=Lamports(5_000), destination=THERE, received=Lamports(received))


def test_a_finalized_transfer_is_done_or_failed() -> None:
    """It paid the exact amount, or it failed there and can never succeed later."""
    assert AttemptState.DONE is ending(landed(), destination=THERE, amount=Lamports(7))
    assert AttemptState.FAILED_ON_CHAIN is ending(
        landed("Custom 1", received=0), destination=THERE, amount=Lamports(7)
    )


@pytest.mark.parametrize("destination, received", [(THERE, 8), (Address("1" * 32), 7)])
def test_a_transfer_of_another_amount_or_to_somebody_else_is_a_bug(
    destination: Address, received: int
) -> None:
    """The books are not ended by a transfer that they did not order (I13)."""
    with pytest.raises(InvariantBroken, match="I13"):
        ending(landed(received=received), destination=destination, amount=Lamports(7))


def test_an_attempt_lives_until_it_is_decided() -> None:
    """DONE, FAILED_ON_CHAIN and EXPIRED are for ever; until then no second attempt may begin."""
    ended = {AttemptState.DONE, AttemptState.FAILED_ON_CHAIN, AttemptState.EXPIRED}

    assert ended == {state for state in AttemptState if not state.live}


def test_signed_bytes_come_once() -> None:
    """Only a prepared attempt is given its bytes."""
    signed = an_attempt(AttemptState.PREPARED).signed(signature="s", wire=b"w")

    assert (AttemptState.SIGNED, "s", b"w") == (signed.state, signed.signature, signed.wire)
    with pytest.raises(InvariantBroken, match="signed -> signed"):
        signed.signed(signature="t", wire=b"v")
