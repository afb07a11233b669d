"""Liability roots and proofs as canonical JSON: the root is published for all, the proof is a file for one user."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from rooms_core.proofs.canonical import Json, ParseRefused, canonical_bytes, parse_canonical, text
from rooms_core.proofs.liabilities import LiabilityProof, LiabilityRoot, SumNode
from rooms_core.proofs.reading import (
    Malformed,
    read_list,
    read_number,
    read_object,
    read_text,
    refuse_others,
)
from rooms_core.result import Err, Ok, Result

_HEX: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class RecordMalformed:
    """Canonical JSON, but not the record it should be."""

    reason: str


RecordRefused: TypeAlias = ParseRefused | RecordMalformed


def write_root(root: LiabilityRoot) -> bytes:
    """The published root, as it also stands in the audit log."""
    return canonical_bytes(
        {
            "v": "1",
            "epoch": text(root.epoch),
            "log_index": text(root.log_index),
            "at_ms": text(root.at_ms),
            "depth": text(root.depth),
            "root": root.root.hex(),
            "total": text(root.total),
        }
    )


def read_root(data: bytes) -> Result[LiabilityRoot, RecordRefused]:
    """Read a published root."""
    parsed = parse_canonical(data)
    if isinstance(parsed, Err):
        return parsed
    try:
        return Ok(_root(_record(parsed.value, {"epoch", "log_index", "at_ms", "depth", "root", "total"})))
    except Malformed as malformed:
        return Err(RecordMalformed(str(malformed)))


def write_proof(proof: LiabilityProof) -> bytes:
    """A user's proof. It names neither him nor his balance: he brings both himself."""
    return canonical_bytes(
        {
            "v": "1",
            "epoch": text(proof.epoch),
            "index": text(proof.index),
            "salt": proof.salt.hex(),
            "path": [{"hash": node.digest.hex(), "sum": text(node.owed)} for node in proof.path],
        }
    )


def read_proof(data: bytes) -> Result[LiabilityProof, RecordRefused]:
    """Read a user's proof."""
    parsed = parse_canonical(data)
    if isinstance(parsed, Err):
        return parsed
    try:
        return Ok(_proof(_record(parsed.value, {"epoch", "index", "salt", "path"})))
    except Malformed as malformed:
        return Err(RecordMalformed(str(malformed)))


def _record(value: Json, keys: set[str]) -> Mapping[str, Any]:
    record = read_object({"record": value}, "record")
    refuse_others(record, {"v", *keys})
    if read_text(record, "v") != "1":
        raise Malformed("v is not 1")
    return record


def _root(record: Mapping[str, Any]) -> LiabilityRoot:
    return LiabilityRoot(
        epoch=read_number(record, "epoch"),
        log_index=read_number(record, "log_index"),
        at_ms=read_number(record, "at_ms"),
        depth=read_number(record, "depth"),
        root=_hash(record, "root"),
        total=read_number(record, "total"),
    )


def _proof(record: Mapping[str, Any]) -> LiabilityProof:
    return LiabilityProof(
        epoch=read_number(record, "epoch"),
        index=read_number(record, "index"),
        salt=_hash(record, "salt"),
        path=tuple(_node(read_object({"step": step}, "step")) for step in read_list(record, "path")),
    )


def _node(step: Mapping[str, Any]) -> SumNode:
    refuse_others(step, {"hash", "sum"})
    return SumNode(_hash(step, "hash"), read_number(step, "sum"))


def _hash(record: Mapping[str, Any], key: str) -> bytes:
    written = read_text(record, key)
    if _HEX.fullmatch(written) is None:
        raise Malformed(f"{key} is no hash of 64 lower-case hex digits")
    return bytes.fromhex(written)
