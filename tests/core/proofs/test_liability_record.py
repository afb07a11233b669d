"""Liability roots and proofs as files: what was written is read back, and nothing else is read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms_core.proofs.canonical import DuplicateKey, Json, OtherSpelling, canonical_bytes
from rooms_core.proofs.liabilities import LiabilityProof, LiabilityRoot, SumNode
from rooms_core.proofs.liability_record import (
    RecordMalformed,
    read_proof,
    read_root,
    write_proof,
    write_root,
)
from rooms_core.result import Err, Ok

numbers, hashes = st.integers(0, 2**63), st.binary(min_size=32, max_size=32)
HASH = "ab" * 32
GOOD_ROOT: dict[str, Json] = {
    "v": "1",
    "epoch": "1",
    "log_index": "2",
    "at_ms": "3",
    "depth": "4",
    "root": HASH,
    "total": "5",
}
GOOD_PROOF: dict[str, Json] = {
    "v": "1",
    "epoch": "1",
    "index": "2",
    "salt": HASH,
    "path": [{"hash": HASH, "sum": "3"}],
}


@given(
    st.builds(
        LiabilityRoot,
        epoch=numbers,
        log_index=numbers,
        at_ms=numbers,
        depth=numbers,
        root=hashes,
        total=numbers,
    )
)
def test_a_root_reads_back(root: LiabilityRoot) -> None:
    """What is published is what anybody reads."""
    assert Ok(root) == read_root(write_root(root))


@given(
    st.builds(
        LiabilityProof,
        epoch=numbers,
        index=numbers,
        salt=hashes,
        path=st.lists(st.builds(SumNode, hashes, numbers), max_size=5).map(tuple),
    )
)
def test_a_proof_reads_back(proof: LiabilityProof) -> None:
    """What a user is given is what his checker reads."""
    assert Ok(proof) == read_proof(write_proof(proof))


@pytest.mark.parametrize(
    "changed, reason",
    [
        ({"v": "2"}, "v is not 1"),
        ({"more": "1"}, "unknown keys: more"),
        ({"epoch": "01"}, "epoch is no whole number in decimal digits"),
        ({"root": HASH.upper()}, "root is no hash of 64 lower-case hex digits"),
        ({"root": HASH[1:]}, "root is no hash of 64 lower-case hex digits"),
        ({"total": "-5"}, "total is no whole number in decimal digits"),
    ],
)
def test_another_record_is_no_root(changed: dict[str, Json], reason: str) -> None:
    """A root has its fields, each in its one spelling, and no others."""
    assert Err(RecordMalformed(reason)) == read_root(canonical_bytes(GOOD_ROOT | changed))


@pytest.mark.parametrize(
    "changed, reason",
    [
        ({"path": {}}, "path is no list"),
        ({"path": ["x"]}, "step is no object"),
        ({"path": [{"hash": HASH}]}, "sum is missing"),
        ({"path": [{"hash": HASH, "sum": "1", "x": "1"}]}, "unknown keys: x"),
        ({"salt": " " + HASH[1:]}, "salt is no hash of 64 lower-case hex digits"),
        ({"user_ref": "anna"}, "unknown keys: user_ref"),
    ],
)
def test_another_record_is_no_proof(changed: dict[str, Json], reason: str) -> None:
    """A proof has its fields and no others: above all it does not say whose it is."""
    assert Err(RecordMalformed(reason)) == read_proof(canonical_bytes(GOOD_PROOF | changed))


def test_records_have_one_spelling() -> None:
    """A list, a blank, a doubled key: not a record of ours."""
    assert Err(RecordMalformed("record is no object")) == read_root(b"[]")
    assert Err(OtherSpelling()) == read_root(canonical_bytes(GOOD_ROOT) + b"\n")
    assert Err(DuplicateKey("v")) == read_proof(canonical_bytes(GOOD_PROOF)[:-1] + b',"v":"1"}')
