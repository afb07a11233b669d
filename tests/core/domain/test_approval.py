"""Who may decide on a withdrawal, and how many have to agree."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms_core.domain.address import Address
from rooms_core.domain.approval import (
    ApprovalExpired,
    Approver,
    ApproverAsked,
    ApproverEdited,
    ApproverUnknown,
    Decision,
    KeyNotValid,
    NotAwaiting,
    PolicyChanged,
    Registry,
    TooFewApprovers,
    TooFewZones,
    Verdict,
    Vetoed,
    fit,
    open_to,
    quorum,
    stale,
)
from rooms_core.domain.ids import UserId, WithdrawalId
from rooms_core.domain.money import Lamports
from rooms_core.domain.withdrawal import Tier, Withdrawal, WithdrawalState
from rooms_core.domain.withdrawal_policy import WithdrawalPolicy
from rooms_core.result import Err, Ok

ANN = Approver(id="ann", zone="office", public_key="aa", user=UserId(4))
BOB = Approver(id="bob", zone="remote", public_key="bb")
CEM = Approver(id="cem", zone="remote", public_key="cc", valid_from_ms=10, revoked_at_ms=20)
DOT = Approver(id="dot", zone="custodian", public_key="dd")
EVE = Approver(id="eve", zone="office", public_key="ee")
REGISTRY = Registry((ANN, BOB, CEM, DOT, EVE), last_editors=("eve",))
SOMEBODY = UserId(6)


def said(approver: Approver, verdict: Verdict = Verdict.APPROVE) -> Decision:
    """What an approver said."""
    return Decision(
        withdrawal=WithdrawalId(2),
        approver=approver.id,
        zone=approver.zone,
        verdict=verdict,
        signature="00",
        at_ms=1,
    )


def test_an_approver_is_known_valid_impartial() -> None:
    """Strangers, keys outside of their time, the requester himself and the last editor of the rules do not decide."""
    assert Ok(ANN) == fit(REGISTRY, "ann", requester=SOMEBODY, now_ms=15)
    assert Err(ApproverUnknown("zoe")) == fit(REGISTRY, "zoe", requester=SOMEBODY, now_ms=15)
    assert Err(ApproverAsked("ann")) == fit(REGISTRY, "ann", requester=UserId(4), now_ms=15)
    assert Err(ApproverEdited("eve")) == fit(REGISTRY, "eve", requester=SOMEBODY, now_ms=15)


@pytest.mark.parametrize("now_ms, valid", [(9, False), (10, True), (19, True), (20, False)])
def test_a_key_counts_in_its_time(now_ms: int, valid: bool) -> None:
    """From its first ms until, and not at, the ms of its revocation."""
    answer = fit(REGISTRY, "cem", requester=SOMEBODY, now_ms=now_ms)

    assert (Ok(CEM) if valid else Err(KeyNotValid(10, 20))) == answer


@pytest.mark.parametrize(
    "twin",
    [
        Approver(id="ann", zone="remote", public_key="ff"),
        Approver(id="fay", zone="remote", public_key="aa"),
    ],
)
def test_two_approvers_are_two_persons(twin: Approver) -> None:
    """One name or one key twice could be one person counted twice."""
    with pytest.raises(ValueError, match="of his own"):
        Registry((ANN, twin))


@pytest.mark.parametrize(
    "tier, decisions, expected",
    [
        (Tier.W1, [], Err(TooFewApprovers(0, 1))),
        (Tier.W1, [said(BOB)], Ok((said(BOB),))),
        (Tier.W2, [said(BOB)], Err(TooFewApprovers(1, 2))),
        (Tier.W2, [said(BOB), said(BOB)], Err(TooFewApprovers(1, 2))),
        (Tier.W2, [said(BOB), said(CEM)], Err(TooFewZones(1, 2))),
        (Tier.W2, [said(BOB), said(EVE)], Err(TooFewApprovers(1, 2))),
        (Tier.W2, [said(DOT), said(ANN)], Ok((said(ANN), said(DOT)))),
        (Tier.W3, [said(ANN), said(BOB), said(CEM)], Err(TooFewZones(2, 3))),
        (Tier.W3, [said(ANN), said(BOB), said(DOT)], Ok((said(ANN), said(BOB), said(DOT)))),
        (Tier.W0, [], Ok(())),
    ],
)
def test_enough_approvers_from_enough_zones(tier: Tier, decisions: list[Decision], expected: object) -> None:
    """Persons are counted once, zones by the registry, and nobody counts who may not decide."""
    rule = WithdrawalPolicy().rule(tier)

    assert expected == quorum(decisions, REGISTRY, rule, requester=SOMEBODY, now_ms=15)


@given(st.permutations([ANN, BOB, DOT]), st.sampled_from([ANN, BOB, DOT, EVE]))
def test_one_no_is_a_no(approvers: list[Approver], against: Approver) -> None:
    """However many agree, one REJECT vetoes, also of somebody whose yes would not count."""
    decisions = [said(each) for each in approvers if each is not against] + [said(against, Verdict.REJECT)]
    rule = WithdrawalPolicy().rule(Tier.W1)

    assert Err(Vetoed(against.id)) == quorum(decisions, REGISTRY, rule, requester=SOMEBODY, now_ms=15)


def a_withdrawal(state: WithdrawalState = WithdrawalState.AWAITING_APPROVAL) -> Withdrawal:
    """A withdrawal judged by policy "p", open to decisions before ms 9."""
    return Withdrawal(
        id=WithdrawalId(2),
        user=SOMEBODY,
        key="k",
        amount=Lamports(7),
        destination=Address("there"),
        source=Address("wallet"),
        tier=Tier.W1,
        outflow=Lamports(7),
        policy_hash="p",
        nonce="00",
        requested_at_ms=1,
        not_before_ms=1,
        expires_at_ms=9,
        state=state,
    )


def test_decisions_are_taken_in_time_and_under_the_policy_it_was_asked_under() -> None:
    """A changed policy makes pending approvals void; at `expires_at_ms` it is too late."""
    assert open_to(a_withdrawal(), policy_hash="p", now_ms=8) is None
    assert PolicyChanged("p", "q") == open_to(a_withdrawal(), policy_hash="q", now_ms=8)
    assert ApprovalExpired(9) == open_to(a_withdrawal(), policy_hash="p", now_ms=9)
    assert NotAwaiting(WithdrawalState.APPROVED) == open_to(
        a_withdrawal(WithdrawalState.APPROVED), policy_hash="p", now_ms=8
    )
    assert stale(a_withdrawal(WithdrawalState.APPROVED), policy_hash="p", now_ms=8) is None
