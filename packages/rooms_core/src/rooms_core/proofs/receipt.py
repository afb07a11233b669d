"""Receipts: a settlement anybody can re-run offline with the core alone (decision R8).

A receipt is `{"header": …, "lines": […], "hash": …}` in canonical JSON, integers as strings. The header holds the
rules, the answer, every figure, and the digest of the lines; the hash is the header's, so it covers both. Lines
are made one by one, so a receipt of a million positions needs no memory for them.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final, TypeVar

from rooms_core.domain.market import Outcome
from rooms_core.domain.rules import HouseRules
from rooms_core.domain.settlement import Settlement, Voided
from rooms_core.domain.tally import Figures, Line
from rooms_core.domain.terms import VoidReason
from rooms_core.proofs.canonical import Json, canonical_bytes, canonical_hash, text
from rooms_core.proofs.rules_record import rules_record

B = TypeVar("B")

VERSION: Final = "rooms-receipt/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptFacts:
    """What a receipt says besides its figures and lines.

    `question` and `answer` are texts for the reader and the evidence for a checker of prices ("price",
    "evidence", …); `winning` is what the settlement is re-run with. `late_after_ms` None: no late window.
    """

    room: str
    outcomes: tuple[Outcome, ...]
    winning: tuple[Outcome, ...]
    rules: HouseRules
    hosted: bool
    at_ms: int
    late_after_ms: int | None = None
    question: Mapping[str, str] | None = None
    answer: Mapping[str, str] | None = None
    evidence: tuple[str, ...] = ()


class LineDigest:
    """The running digest of a receipt's lines: SHA-256 over each line's canonical JSON and a line feed."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self._count = 0

    def add(self, record: Json) -> None:
        """Take one more line in."""
        self._hash.update(canonical_bytes(record) + b"\n")
        self._count += 1

    def add_spelled(self, lines: Sequence[str]) -> None:
        """Take lines in that are spelled already (`receipt_lines.LineSpeller`)."""
        if lines:
            self._hash.update(("\n".join(lines) + "\n").encode())
            self._count += len(lines)

    def record(self) -> dict[str, Json]:
        """How many lines there were, and their digest."""
        return {"count": text(self._count), "sha256": self._hash.hexdigest()}


def pseudonym(salt: bytes, bettor: int) -> str:
    """What the receipt of a room calls a bettor: the same in all its lines, another in every other room."""
    return hmac.new(salt, str(bettor).encode(), hashlib.sha256).hexdigest()[:16]


def line_record(line: Line[B], name: Callable[[B], str], *, voided: bool) -> dict[str, Json]:
    """One position as the receipt shows it; `name` makes the bettor's pseudonym. In a void room all of it goes back."""
    position = line.position
    back = position.staked if voided else position.late + position.unmatched
    return {
        "bettor": name(position.bettor),
        "outcome": position.outcome,
        "staked": text(position.staked.value),
        "late": text(position.late.value),
        "refund": text(back.value),
        "payout": text(line.payout.value),
        "uplines": [name(upline) for upline in position.uplines],
    }


def figures_record(figures: Figures) -> dict[str, Json]:
    """The figures by their names, in lamports."""
    return {field.name: text(getattr(figures, field.name).value) for field in fields(figures)}


def header_record(
    facts: ReceiptFacts, *, figures: Figures | None, reason: VoidReason | None, lines: Json
) -> dict[str, Json]:
    """The header of a settled (`figures`) or voided (`reason`) room."""
    return {
        "v": VERSION,
        "room": facts.room,
        "state": "SETTLED" if reason is None else "VOIDED",
        "reason": None if reason is None else reason.value,
        "outcomes": list(facts.outcomes),
        "winning": list(facts.winning),
        "hosted": facts.hosted,
        "rules": rules_record(facts.rules),
        "late_after_ms": None if facts.late_after_ms is None else text(facts.late_after_ms),
        "question": dict(facts.question or {}),
        "answer": dict(facts.answer or {}),
        "evidence": list(facts.evidence),
        "figures": None if figures is None else figures_record(figures),
        "lines": lines,
        "at_ms": text(facts.at_ms),
    }


def make_receipt(
    ended: Settlement[B] | Voided[B], facts: ReceiptFacts, *, name: Callable[[B], str] = str
) -> dict[str, Any]:
    """The whole receipt of a settlement made in memory; `name` turns a bettor into what the receipt calls him."""
    voided = isinstance(ended, Voided)
    digest = LineDigest()
    records = [line_record(line, name, voided=voided) for line in ended.lines]
    for record in records:
        digest.add(record)
    header = header_record(
        facts,
        figures=None if isinstance(ended, Voided) else ended.figures,
        reason=ended.reason if isinstance(ended, Voided) else None,
        lines=digest.record(),
    )
    return {"header": header, "lines": records, "hash": canonical_hash(header)}
