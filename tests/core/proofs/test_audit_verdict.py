"""The verdicts of an audit: four, told apart by a script through their exit codes."""

from __future__ import annotations

from typing import get_args

from rooms_core.proofs.audit_verdict import (
    AuditOk,
    AuditVerdict,
    BadSignature,
    Finding,
    Incomplete,
    LeafMissing,
    NoCheckpoint,
    Tampered,
)


def test_the_exit_codes() -> None:
    """0 ok, 3 tampered, 4 incomplete, 5 bad signature; 1 and 2 stay for what any command may answer."""
    expected = {AuditOk: 0, Tampered: 3, Incomplete: 4, BadSignature: 5}

    assert expected == {verdict: verdict.exit_code for verdict in get_args(AuditVerdict)}


def test_every_finding_says_what_it_is() -> None:
    """A finding is shown to a person: each has a sentence of its own."""
    sentences = [finding.__doc__ for finding in (*get_args(Finding), NoCheckpoint, LeafMissing)]

    assert all(sentences)
    assert len(sentences) == len(set(sentences))
