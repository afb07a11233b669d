"""Evidence: the records a decision of the oracle can be recomputed from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EvidenceRecord:
    """One record of the oracle, append-only. `hash` and `prev` read "sha256:<hex>"; `body` is its canonical JSON text.

    Records of one instrument form a chain: each names the one before it (`prev` None: the first).
    """

    instrument: str
    tick_ms: int
    hash: str
    prev: str | None
    body: str
