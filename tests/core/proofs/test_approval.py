"""The bytes an approver signs."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest

from rooms_core.domain.address import Address
from rooms_core.domain.approval import Approver, Decision, Registry, Verdict
from rooms_core.domain.ids import UserId, WithdrawalId
from rooms_core.domain.money import Lamports
from rooms_core.domain.withdrawal import Tier, Withdrawal, WithdrawalState
from rooms_core.domain.withdrawal_policy import TIERS, WithdrawalPolicy
from rooms_core.proofs.approval import approval_bytes, approvals_digest, policy_hash

ANN = Approver(id="ann", zone="office", public_key="aa")
BOB = Approver(id="bob", zone="remote", public_key="bb", user=UserId(4), revoked_at_ms=9)
WITHDRAWAL = Withdrawal(
    id=WithdrawalId(2),
    user=UserId(4),
    key="k",
    amount=Lamports(7),
    destination=Address("there"),
    source=Address("wallet"),
    tier=Tier.W2,
    outflow=Lamports(7),
    policy_hash="sha256:00",
    nonce="0a",
    requested_at_ms=1,
    not_before_ms=2,
    expires_at_ms=9,
    state=WithdrawalState.AWAITING_APPROVAL,
)


def test_the_payload_is_spelled_out() -> None:
    """The prefix, then canonical JSON: keys sorted, every number a string, nothing left to the reader."""
    expected = (
        b"ROOMS-APPROVAL-V1\n"
        b'{"amount":"7","approver_id":"ann","asset":"SOL","decision":"approve","deployment":"local",'
        b'"destination":"there","expires_at":"9","nonce":"0a","not_before":"2","policy_hash":"sha256:00",'
        b'"requested_at":"1","source_account":"wallet","tier":"W2","user_id":"4","v":"1","withdrawal_id":"2",'
        b'"zone":"office"}'
    )

    assert expected == approval_bytes(WITHDRAWAL, ANN, Verdict.APPROVE, deployment="local")


@pytest.mark.parametrize(
    "change",
    [
        {"id": WithdrawalId(4)},
        {"user": UserId(6)},
        {"amount": Lamports(8)},
        {"destination": Address("elsewhere")},
        {"source": Address("other wallet")},
        {"tier": Tier.W1},
        {"policy_hash": "sha256:01"},
        {"nonce": "0b"},
        {"requested_at_ms": 0},
        {"not_before_ms": 3},
        {"expires_at_ms": 10},
    ],
)
def test_every_field_of_the_intent_is_signed(change: dict[str, Any]) -> None:
    """An approval of one withdrawal is no approval of another one."""
    meant = approval_bytes(WITHDRAWAL, ANN, Verdict.APPROVE, deployment="local")

    assert meant != approval_bytes(replace(WITHDRAWAL, **change), ANN, Verdict.APPROVE, deployment="local")


def test_who_decides_what_and_where_is_signed_too() -> None:
    """A yes is no no, Ann is not Bob, and the test chain is not the main one."""
    spellings = {
        approval_bytes(WITHDRAWAL, approver, verdict, deployment=deployment)
        for approver in (ANN, BOB, replace(ANN, zone="remote"))
        for verdict in Verdict
        for deployment in ("local", "main")
    }

    assert 12 == len(spellings)


def test_the_digest_names_the_approvals_an_attempt_rests_on() -> None:
    """Another signature is another digest."""
    decision = Decision(
        withdrawal=WithdrawalId(2),
        approver="ann",
        zone="office",
        verdict=Verdict.APPROVE,
        signature="00",
        at_ms=5,
    )

    assert approvals_digest([]) != approvals_digest([decision])
    assert approvals_digest([decision]) != approvals_digest([replace(decision, signature="01")])


def test_every_part_of_the_policy_and_the_registry_is_in_its_hash() -> None:
    """Whatever somebody changes about withdrawals, what was agreed before no longer counts."""
    policy, registry = WithdrawalPolicy(), Registry((ANN, BOB))
    hashes = [policy_hash(policy, registry), policy_hash(policy, Registry((ANN,)))]
    for field in (each.name for each in fields(policy) if each.name != "tiers"):
        value: Any = getattr(policy, field)
        other: Any = Lamports(value.value + 1) if isinstance(value, Lamports) else value + 1
        hashes.append(policy_hash(replace(policy, **{field: other}), registry))
    tiers = (
        replace(TIERS[0], user_max=Lamports(5)),
        replace(TIERS[0], house_max=None),
        replace(TIERS[0], approvers=1),
        replace(TIERS[0], zones=1),
        replace(TIERS[0], delay_ms=1),
    )
    hashes += [policy_hash(replace(policy, tiers=(each, *TIERS[1:])), registry) for each in tiers]
    approvers = (
        replace(BOB, id="rob"),
        replace(BOB, zone="office"),
        replace(BOB, public_key="cc"),
        replace(BOB, user=None),
        replace(BOB, valid_from_ms=1),
        replace(BOB, revoked_at_ms=None),
    )
    hashes += [policy_hash(policy, Registry((ANN, each))) for each in approvers]

    assert len(hashes) == len(set(hashes))
