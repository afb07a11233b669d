"""The life of a withdrawal."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rooms_core.domain.address import Address
from rooms_core.domain.ids import UserId, WithdrawalId
from rooms_core.domain.invariants import InvariantBroken
from rooms_core.domain.money import Lamports
from rooms_core.domain.withdrawal import CancelReason, Tier, TooLateToCancel, Withdrawal, WithdrawalState
from rooms_core.result import Err, Ok

State = WithdrawalState


def a_withdrawal(state: WithdrawalState = State.REQUESTED) -> Withdrawal:
    """A withdrawal in a state."""
    return Withdrawal(
        id=WithdrawalId(2),
        user=UserId(4),
        key="k",
        amount=Lamports(7),
        destination=Address("there"),
        source=Address("wallet"),
        tier=Tier.W0,
        outflow=Lamports(7),
        policy_hash="sha256:00",
        nonce="00" * 32,
        requested_at_ms=1,
        not_before_ms=1,
        expires_at_ms=9,
        state=state,
    )


ON_CHAIN = {State.CONFIRMED, State.DONE, State.FAILED_ON_CHAIN, State.EXPIRED}
LIFE = {
    State.REQUESTED: {State.AWAITING_APPROVAL, State.APPROVED},
    State.AWAITING_APPROVAL: {State.APPROVED, State.CANCELLED},
    State.APPROVED: {State.SIGNED, State.CANCELLED},
    State.SIGNED: {State.SENT} | ON_CHAIN,
    State.SENT: ON_CHAIN,
    State.CONFIRMED: ON_CHAIN - {State.CONFIRMED},
    State.EXPIRED: {State.SIGNED, State.CANCELLED},
}


@pytest.mark.parametrize("before", State)
@pytest.mark.parametrize("after", State)
def test_a_withdrawal_moves_only_as_its_life_has_it(before: State, after: State) -> None:
    """What is over is over; nothing is signed without approval, nothing ends without the chain or a cancel (I15)."""
    withdrawal = a_withdrawal(before)
    now_ms = 5 if after.over else None

    if after in LIFE.get(before, set()):
        assert replace(withdrawal, state=after, ended_at_ms=now_ms) == withdrawal.moved(after, now_ms=now_ms)
    else:
        with pytest.raises(InvariantBroken, match="I15"):
            withdrawal.moved(after, now_ms=now_ms)


def test_only_what_is_over_has_an_end() -> None:
    """The time of the end is written with the last step and no other."""
    with pytest.raises(InvariantBroken, match="ends at a time"):
        a_withdrawal(State.SENT).moved(State.DONE)
    with pytest.raises(InvariantBroken, match="ends at a time"):
        a_withdrawal(State.APPROVED).moved(State.SIGNED, now_ms=5)


@pytest.mark.parametrize("state", State)
def test_it_is_cancelled_before_it_is_signed_or_after_proven_expiry(state: State) -> None:
    """Between the signature and the proof, bytes exist that may pay it: never then."""
    answer = a_withdrawal(state).cancelled(CancelReason.BY_USER, now_ms=5)

    if state in (State.AWAITING_APPROVAL, State.APPROVED, State.EXPIRED):
        assert isinstance(answer, Ok)
        assert (State.CANCELLED, "by_user", 5) == (
            answer.value.state,
            answer.value.reason,
            answer.value.ended_at_ms,
        )
        assert answer.value.state.released
    else:
        assert Err(TooLateToCancel(state)) == answer
