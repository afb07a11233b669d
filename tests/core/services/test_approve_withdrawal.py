"""Decisions of approvers: signed, checked against the books, counted once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rooms_core.domain.approval import (
    ApprovalExpired,
    Approver,
    ApproverAsked,
    ApproverEdited,
    ApproverUnknown,
    DecidedBefore,
    DecisionRefused,
    KeyNotValid,
    NotAwaiting,
    PayloadDiffers,
    PolicyChanged,
    Registry,
    SignatureWrong,
    Verdict,
)
from rooms_core.domain.ids import UserId, WithdrawalId
from rooms_core.domain.journal import available, reserved
from rooms_core.domain.withdrawal import Tier, Withdrawal, WithdrawalState, WithdrawalUnknown
from rooms_core.proofs.approval import policy_hash
from rooms_core.result import Err, Ok
from rooms_core.testing.builders import sols
from rooms_core.testing.custody_house import APPROVERS, POLICY, REGISTRY, CustodyHouse, value
from rooms_core.testing.scripted_signer import scripted_signature

ANN = UserId(2)


async def opened(amount: str = "2", *, registry: Registry = REGISTRY) -> tuple[CustodyHouse, Withdrawal]:
    """A house where Ann, with 500 SOL, has asked for so much."""
    house = CustodyHouse(registry=registry)
    await house.fund(sols("100"))
    await house.deposit({2: sols("500")})
    return house, await house.ask(2, sols(amount))


async def test_one_approver_is_enough_for_w1() -> None:
    """Approved, and told; the same decision again changes nothing."""
    house, asked = await opened()
    decision = await house.decision(asked.id, "ann")

    approved = value(await house.approve(decision))

    assert (Tier.W1, WithdrawalState.APPROVED) == (approved.tier, approved.state)
    assert Ok(approved) == await house.approve(decision)
    assert Err(NotAwaiting(WithdrawalState.APPROVED)) == await house.approve(
        await house.decision(asked.id, "bob")
    )


async def test_two_approvers_from_two_zones_for_w2() -> None:
    """After the first it still waits."""
    house, asked = await opened("30")

    assert WithdrawalState.AWAITING_APPROVAL is (await house.decide(asked.id, "ann")).state
    assert WithdrawalState.APPROVED is (await house.decide(asked.id, "cem")).state


async def test_one_rejection_ends_it() -> None:
    """The reserve comes back; nobody can approve it afterwards."""
    house, asked = await opened("30")
    late = await house.decision(asked.id, "bob")
    await house.decide(asked.id, "ann")

    rejected = await house.decide(asked.id, "cem", Verdict.REJECT)

    assert (WithdrawalState.CANCELLED, "vetoed") == (rejected.state, rejected.reason)
    assert (500_000_000_000, 0) == (await house.balance(available(ANN)), await house.balance(reserved(ANN)))
    assert Err(NotAwaiting(WithdrawalState.CANCELLED)) == await house.approve(late)


async def test_a_decision_is_not_changed() -> None:
    """Who has approved cannot reject, and not approve twice with another signature."""
    house, asked = await opened("30")
    await house.decide(asked.id, "ann")

    assert Err(DecidedBefore("ann")) == await house.approve(
        await house.decision(asked.id, "ann", Verdict.REJECT)
    )


@pytest.mark.parametrize("registry", [Registry((*APPROVERS[1:], replace(APPROVERS[0], user=ANN)))])
async def test_nobody_approves_his_own(registry: Registry) -> None:
    """Not even when the registry knows him."""
    house, asked = await opened(registry=registry)

    assert Err(ApproverAsked("ann")) == await house.approve.to_sign(asked.id, "ann", Verdict.APPROVE)
    assert WithdrawalState.APPROVED is (await house.decide(asked.id, "bob")).state


async def test_strangers_and_unknown_withdrawals() -> None:
    """Both are refused before anything is signed, and after."""
    house, asked = await opened()
    decision = await house.decision(asked.id, "ann")
    nowhere = WithdrawalId(9)

    assert Err(ApproverUnknown("zoe")) == await house.approve.to_sign(asked.id, "zoe", Verdict.APPROVE)
    assert Err(ApproverUnknown("zoe")) == await house.approve(replace(decision, approver="zoe"))
    assert Err(WithdrawalUnknown(nowhere)) == await house.approve.to_sign(nowhere, "ann", Verdict.APPROVE)
    assert Err(WithdrawalUnknown(nowhere)) == await house.approve(replace(decision, withdrawal=nowhere))


async def test_the_bytes_are_those_of_the_books() -> None:
    """Signing another amount, another decision or with another key is refused, and changes nothing."""
    house, asked = await opened()
    good = await house.decision(asked.id, "ann")
    forged = good.payload.replace(b'"2000000000"', b'"1000000000"')

    refused: list[tuple[object, DecisionRefused]] = [
        (replace(good, payload=forged), PayloadDiffers()),
        (replace(good, verdict=Verdict.REJECT), PayloadDiffers()),
        (replace(good, signature="00"), SignatureWrong("ann")),
        (
            replace(good, signature=scripted_signature(public_key="key of bob", message=good.payload)),
            SignatureWrong("ann"),
        ),
    ]

    for decision, why in refused:
        assert Err(why) == await house.approve(decision)  # type: ignore[arg-type]
    assert asked == await house.find(asked.id)


async def test_a_changed_policy_or_registry_ends_what_was_asked_before() -> None:
    """Approvals given under other rules do not count: he is told to ask again."""
    house, asked = await opened()
    decision = await house.decision(asked.id, "ann")
    other = Registry((*APPROVERS, Approver(id="dot", zone="office", public_key="key of dot")))
    house.judge_by(POLICY, other)

    assert Err(PolicyChanged(asked.policy_hash, policy_hash(POLICY, other))) == await house.approve(decision)


async def test_the_last_editor_does_not_approve() -> None:
    """He could have made the rules for it."""
    house, asked = await opened(registry=Registry(APPROVERS, last_editors=("ann",)))

    assert Err(ApproverEdited("ann")) == await house.approve.to_sign(asked.id, "ann", Verdict.APPROVE)


async def test_a_revoked_key_does_not_approve() -> None:
    """A key counts while it is valid, whenever the bytes were signed."""
    revoked_at_ms = CustodyHouse().clock.now_ms() + 60_000
    registry = Registry((replace(APPROVERS[0], revoked_at_ms=revoked_at_ms), *APPROVERS[1:]))
    house, asked = await opened(registry=registry)
    decision = await house.decision(asked.id, "ann")
    house.wait(slots=300)

    assert Err(KeyNotValid(0, revoked_at_ms)) == await house.approve(decision)


async def test_approvals_are_given_in_time() -> None:
    """After a day it is too late."""
    house, asked = await opened()
    decision = await house.decision(asked.id, "ann")
    house.wait(hours=24)

    assert Err(ApprovalExpired(asked.expires_at_ms)) == await house.approve(decision)
