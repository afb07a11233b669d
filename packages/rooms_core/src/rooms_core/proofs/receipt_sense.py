"""What a receipt says twice must agree: its answer with its winner, its window with its late stakes, its people.

The figures are worked out again elsewhere (`receipt_check`). Here is what would leave every sum as it is and still
be wrong: a winner the price contradicts, or a refund to somebody who was owed none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from rooms_core.domain.market import NO, YES, Direction, FoundBy, Mode
from rooms_core.domain.tally import Position
from rooms_core.domain.terms import Terms, VoidReason
from rooms_core.proofs.canonical import whole
from rooms_core.proofs.reading import read_object, read_texts

Contradiction: TypeAlias = tuple[str, str, str]
"""Where, what is stated, and what follows from the rest of the receipt."""

_JUDGED_WITH_THE_POOL: Final = (
    VoidReason.REQUESTED,
    VoidReason.NO_WINNER_GIVEN,
    VoidReason.ONE_SIDED,
    VoidReason.EMPTY_WINNER,
)
"""Why a room can be void although its answer is known (M5), and what is checked with the pool anyway."""


def contradictions(
    header: Mapping[str, Any], positions: Sequence[Position[str]], terms: Terms | VoidReason
) -> Iterator[Contradiction]:
    """Everything the receipt says in two ways that do not agree, whether the room was settled or void."""
    yield from _answer(header)
    yield from _reason(header)
    yield from _late(header, positions)
    yield from _uplines(positions)
    if isinstance(terms, Terms) and header["state"] == "SETTLED":
        yield from _unmatched(positions, terms)


def _answer(header: Mapping[str, Any]) -> Iterator[Contradiction]:
    """A house asks YES or NO of a price, in its own words; texts of other kinds decide nothing."""
    if read_texts(header, "outcomes") != (YES, NO):
        return
    question, answer = read_object(header, "question"), read_object(header, "answer")
    winning = read_texts(header, "winning")
    target, price = whole(question.get("target")), whole(answer.get("price"))
    up = question.get("direction") == Direction.UP
    if target is None or price is None or not winning or answer.get("found_by") == FoundBy.TWO_PERSONS:
        return
    if not up and question.get("direction") != Direction.DOWN:
        return
    follows = YES if (price >= target if up else price <= target) else NO
    # A touched room's NO names the last price seen, which may be a hit that no second one confirmed.
    decides = question.get("mode") == Mode.AT_CLOSE or (
        question.get("mode") == Mode.TOUCH and winning == (YES,)
    )
    if decides and winning != (follows,):
        yield "winning", ", ".join(winning), f"{follows}, by the price"


def _reason(header: Mapping[str, Any]) -> Iterator[Contradiction]:
    """Once there is an answer a room is void only because nobody stood against anybody (R9)."""
    reason = header["reason"]
    void = header["state"] == "VOIDED"
    if void and read_texts(header, "winning") and reason not in _JUDGED_WITH_THE_POOL:
        yield "reason", str(reason), "an answer is given"


def _late(header: Mapping[str, Any], positions: Sequence[Position[str]]) -> Iterator[Contradiction]:
    if header["late_after_ms"] is None:
        for each in positions:
            if each.late:
                yield (
                    f"late of {each.bettor} on {each.outcome}",
                    str(each.late.value),
                    "0, without a late window",
                )


def _uplines(positions: Sequence[Position[str]]) -> Iterator[Contradiction]:
    """A bettor was brought once: his lines name the same referrers, of whom only the first line's are paid (M7)."""
    above: dict[str, tuple[str, ...]] = {}
    for each in positions:
        first = above.setdefault(each.bettor, each.uplines)
        if first != each.uplines:
            yield f"uplines of {each.bettor}", ", ".join(each.uplines), ", ".join(first)


def _unmatched(positions: Sequence[Position[str]], terms: Terms) -> Iterator[Contradiction]:
    """Only the outcome beyond the match limit has match refunds; their sum is checked with the figures."""
    beyond = terms.excess.outcome if terms.excess else None
    for each in positions:
        if each.unmatched and each.outcome != beyond:
            where = f"match refund of {each.bettor} on {each.outcome}"
            yield where, str(each.unmatched.value), "0, something stands against it"
