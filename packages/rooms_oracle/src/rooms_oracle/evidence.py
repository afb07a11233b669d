"""The chain of records: each names the one before it of the same instrument, and its own hash seals it.

A record is canonical JSON with every integer as a string. Its hash is SHA-256 of that JSON without `hash`, so a
change of one digit anywhere breaks the record, and a record left out breaks the chain.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Final

from rooms_core.ports.evidence import EvidenceRecord
from rooms_core.proofs.canonical import canonical_bytes
from rooms_oracle.aggregate_json import JsonObject
from rooms_oracle.finality import FinalPool

CLOSE_RECORD: Final = "rooms-close/1"


def seal(body: JsonObject, *, instrument: str, tick_ms: int, prev: str | None) -> EvidenceRecord:
    """A finished record: the body, chained to `prev` and sealed with its own hash."""
    parts = {name: canonical_bytes(value).decode() for name, value in {**body, "prev": prev}.items()}
    sealed = f"sha256:{sha256(_join(parts).encode()).hexdigest()}"
    parts["hash"] = f'"{sealed}"'
    return EvidenceRecord(instrument, tick_ms, sealed, prev, _join(parts))


def _join(parts: Mapping[str, str]) -> str:
    """Canonical JSON of an object from that of its fields, whose names are ours: plain and short.

    So each field is spelled once, for the hash and for the record.
    """
    return "{" + ",".join([f'"{name}":{parts[name]}' for name in sorted(parts)]) + "}"


def close_body(
    instrument: str,
    settle_at_ms: int,
    price: int,
    ticks: Iterable[tuple[int, int, str]],
    final: FinalPool | None = None,
) -> JsonObject:
    """The record of a settle price found from ticks: the accepted (tick, price, evidence) it is the median of.

    `final` tells, for a token, where the chain priced it for good when this was written.
    """
    read: JsonObject = {}
    if final is not None:
        read["final"] = {"slot": str(final.slot), "pool": final.address}
    return {
        **read,
        "v": CLOSE_RECORD,
        "instrument": instrument,
        "tick_ms": str(settle_at_ms),
        "ticks": [
            {"tick_ms": str(tick_ms), "price": str(paid), "evidence": evidence}
            for tick_ms, paid, evidence in ticks
        ],
        "result": {"price": str(price)},
    }


class EvidenceLog:
    """The ends of all chains, and the records nobody has stored yet."""

    def __init__(self) -> None:
        self._heads: dict[str, str] = {}
        self._pending: list[EvidenceRecord] = []

    def resume(self, instrument: str, last_record: str | None) -> None:
        """Go on after the last stored record of an instrument, unless this chain has gone on here already."""
        if last_record is not None:
            self._heads.setdefault(instrument, last_record)

    def append(self, body: JsonObject, *, instrument: str, tick_ms: int) -> EvidenceRecord:
        """Seal a body as the instrument's next record."""
        record = seal(body, instrument=instrument, tick_ms=tick_ms, prev=self._heads.get(instrument))
        self._heads[instrument] = record.hash
        self._pending.append(record)
        return record

    def pending(self) -> tuple[EvidenceRecord, ...]:
        """The records made since the last `drain`, oldest first."""
        return tuple(self._pending)

    def drain(self) -> tuple[EvidenceRecord, ...]:
        """The same, handed over for good."""
        drained = self.pending()
        self._pending.clear()
        return drained
