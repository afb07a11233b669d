"""Checking a receipt offline: the digests, and the whole settlement again from its lines (decision R8)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, TypeAlias

from rooms_core.domain.invariants import InvariantBroken
from rooms_core.domain.market import Outcome
from rooms_core.domain.money import Lamports
from rooms_core.domain.pool import Pool
from rooms_core.domain.tally import Figures, Position, Tally
from rooms_core.domain.terms import Terms, VoidReason, decide
from rooms_core.proofs.canonical import Json, canonical_hash
from rooms_core.proofs.reading import (
    Malformed,
    read_flag,
    read_list,
    read_number,
    read_object,
    read_text,
    read_texts,
    refuse_others,
)
from rooms_core.proofs.receipt import VERSION, LineDigest
from rooms_core.proofs.receipt_sense import contradictions
from rooms_core.proofs.rules_record import read_rules
from rooms_core.result import Err, Ok, Result

_LINE_KEYS: Final = frozenset({"bettor", "outcome", "staked", "late", "refund", "payout", "uplines"})
_HEADER_KEYS: Final = frozenset(
    {
        *("v", "room", "state", "reason", "outcomes", "winning", "hosted", "rules", "late_after_ms"),
        *("question", "answer", "evidence", "figures", "lines", "at_ms"),
    }
)


@dataclass(frozen=True, slots=True)
class NotAReceipt:
    """The record is not of a receipt's form; `message` says where."""

    message: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as the receipt says: `where`, what it states, and what the core works out."""

    where: str
    stated: str
    computed: str


@dataclass(frozen=True, slots=True)
class Differences:
    """Everything that differs, in the order in which it was found. The receipt is not to be believed."""

    found: tuple[Difference, ...]


ReceiptRefused: TypeAlias = NotAReceipt | Differences


@dataclass(frozen=True, slots=True)
class Verified:
    """The receipt is what the core works out: the room, how it ended, its lines, and its hash."""

    room: str
    state: str
    lines: int
    hash: str


def verify_receipt(receipt: Mapping[str, Any]) -> Result[Verified, ReceiptRefused]:
    """Re-run a settlement from its receipt alone: hash, lines, every payout, refund and figure."""
    try:
        refuse_others(receipt, {"header", "lines", "hash"})
        header = read_object(receipt, "header")
        refuse_others(header, _HEADER_KEYS)
        _whole(header)
        found = tuple(_differences(receipt, header))
        stated = read_text(receipt, "hash")
        if found:
            return Err(Differences(found))
        return Ok(
            Verified(
                read_text(header, "room"),
                read_text(header, "state"),
                len(read_list(receipt, "lines")),
                stated,
            )
        )
    except Malformed as why:
        return Err(NotAReceipt(str(why)))
    except (InvariantBroken, ValueError) as why:  # figures no settlement can have: an amount below 0, say
        return Err(Differences((Difference("figures", "an identity holds", str(why)),)))


def _whole(header: Mapping[str, Any]) -> None:
    """What the settlement is not re-run with must be there too, and of its kind: the hash covers it."""
    for key in ("question", "answer"):
        read_object(header, key)
    read_texts(header, "evidence")
    read_text(header, "at_ms")
    refuse_others(read_object(header, "lines"), {"count", "sha256"})
    for key in ("reason", "figures", "late_after_ms"):
        if key not in header:
            raise Malformed(f"{key} is missing")
    if header["late_after_ms"] is not None:
        read_text(header, "late_after_ms")


def _differences(receipt: Mapping[str, Any], header: Mapping[str, Any]) -> Iterator[Difference]:
    if read_text(header, "v") != VERSION:
        raise Malformed(f"only {VERSION} can be checked")
    lines = read_list(receipt, "lines")
    digest = LineDigest()
    try:
        for line in lines:
            digest.add(line)
        yield from _compare("hash", read_text(receipt, "hash"), canonical_hash(dict(header)))
    except ValueError as why:
        raise Malformed(str(why)) from why
    yield from _compare("lines", _plain(read_object(header, "lines")), _plain(digest.record()))
    positions = [_position(line) for line in lines]
    _grouped_once(positions)
    pool = _pool(read_texts(header, "outcomes"), positions)
    rules = read_rules(read_object(header, "rules"))
    winning = tuple(Outcome(name) for name in read_texts(header, "winning"))
    terms = decide(pool, winning, rules, hosted=read_flag(header, "hosted"))
    state = read_text(header, "state")
    for contradiction in contradictions(header, positions, terms):
        yield Difference(*contradiction)
    if state == "VOIDED":
        yield from _void_differences(header, lines, positions, terms, pool)
    elif state == "SETTLED":
        yield from _settled_differences(header, lines, positions, terms)
    else:
        raise Malformed("state is neither SETTLED nor VOIDED")


def _settled_differences(
    header: Mapping[str, Any],
    lines: Any,
    positions: list[Position[str]],
    terms: Terms | VoidReason,
) -> Iterator[Difference]:
    if isinstance(terms, VoidReason):
        yield Difference("state", "SETTLED", f"VOIDED ({terms})")
        return
    tally: Tally[str] = Tally(terms)
    for paid, line in zip(tally.take(positions), lines, strict=True):
        who = f"payout of {paid.position.bettor} on {paid.position.outcome}"
        yield from _compare(who, read_text(line, "payout"), str(paid.payout.value))
    computed = tally.close()
    stated = read_object(header, "figures")
    refuse_others(stated, {field.name for field in fields(Figures)})
    for field in fields(Figures):
        yield from _compare(
            field.name, read_text(stated, field.name), str(getattr(computed, field.name).value)
        )
    if header["reason"] is not None:
        yield Difference("reason", str(header["reason"]), "none")


def _void_differences(
    header: Mapping[str, Any],
    lines: Any,
    positions: list[Position[str]],
    terms: Terms | VoidReason,
    pool: Pool,
) -> Iterator[Difference]:
    """In a void room all of every position goes back. Reasons that the pool alone can prove are proven."""
    for position, line in zip(positions, lines, strict=True):
        who = f"of {position.bettor} on {position.outcome}"
        yield from _compare(f"refund {who}", read_text(line, "refund"), str(position.staked.value))
        yield from _compare(f"payout {who}", read_text(line, "payout"), "0")
    reason = read_text(header, "reason")
    if reason not in VoidReason.__members__:
        raise Malformed(f"{reason} is no reason to void a room")
    if reason == VoidReason.NO_WINNER_GIVEN and terms is not VoidReason.NO_WINNER_GIVEN:
        yield Difference("reason", reason, "a winner is given")
    if reason == VoidReason.ONE_SIDED and not pool.one_sided:
        yield Difference("reason", reason, "both sides have stakes")
    if reason == VoidReason.EMPTY_WINNER and terms is not VoidReason.EMPTY_WINNER:
        yield Difference("reason", reason, "a winner has stakes")
    if header["figures"] is not None:
        yield Difference("figures", "given", "none in a void room")


def _position(line: Any) -> Position[str]:
    if not isinstance(line, Mapping):
        raise Malformed("a line is no object")
    refuse_others(line, _LINE_KEYS)
    staked, late, refund = (read_number(line, key) for key in ("staked", "late", "refund"))
    read_number(line, "payout")
    if not late <= refund <= staked:
        raise Malformed("a line needs late <= refund <= staked")
    return Position(
        bettor=read_text(line, "bettor"),
        outcome=Outcome(read_text(line, "outcome")),
        staked=Lamports(staked),
        late=Lamports(late),
        unmatched=Lamports(refund - late),
        uplines=read_texts(line, "uplines"),
    )


def _pool(outcomes: tuple[str, ...], positions: list[Position[str]]) -> Pool:
    """The pool from which late stakes have left, and unmatched ones have not: what `decide` is given."""
    sums = dict.fromkeys(outcomes, 0)
    if len(sums) < max(2, len(outcomes)):
        raise Malformed("a room has at least two outcomes, each named once")
    for position in positions:
        if position.outcome not in sums:
            raise Malformed(f"no outcome {position.outcome}")
        sums[position.outcome] += position.staked.value - position.late.value
    return Pool(tuple((Outcome(name), Lamports(amount)) for name, amount in sums.items()))


def _grouped_once(positions: list[Position[str]]) -> None:
    """Positions of a bettor stand together and each only once: else two lines could share one commission twice."""
    seen: set[str] = set()
    before: Position[str] | None = None
    outcomes: set[Outcome] = set()
    for position in positions:
        if before is None or position.bettor != before.bettor:
            if position.bettor in seen:
                raise Malformed(f"the lines of {position.bettor} do not stand together")
            seen.add(position.bettor)
            outcomes = set()
        if position.outcome in outcomes:
            raise Malformed(f"{position.bettor} has two lines on {position.outcome}")
        outcomes.add(position.outcome)
        before = position


def _compare(where: str, stated: str, computed: str) -> Iterator[Difference]:
    if stated != computed:
        yield Difference(where, stated, computed)


def _plain(record: Mapping[str, Json]) -> str:
    return ", ".join(f"{key} {record[key]}" for key in sorted(record))
