"""The lines of a receipt, spelled in blocks: the text of `canonical_bytes(line_record(…))`, twenty times as fast.

`line_record` and `pseudonym` say what a line is; here the same text is put together at once, because a settlement
of a million bets spells a million lines. The laws hold the two against each other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Iterable
from typing import Final, Generic, TypeVar

from rooms_core.domain.market import Outcome
from rooms_core.domain.tally import Line
from rooms_core.proofs.canonical import quote

B = TypeVar("B", bound=Hashable)

REMEMBERED: Final = 50_000
"""How many rows of referrers, and how many of their names, a speller keeps at a time: about 500 bytes for both."""

_BLOCK: Final = 64
_INNER: Final = bytes(byte ^ 0x36 for byte in range(256))
_OUTER: Final = bytes(byte ^ 0x5C for byte in range(256))


class Pseudonyms:
    """The pseudonyms of one room: `receipt.pseudonym` with the keyed half of each HMAC (RFC 2104) done once."""

    def __init__(self, salt: bytes) -> None:
        key = (salt if len(salt) <= _BLOCK else hashlib.sha256(salt).digest()).ljust(_BLOCK, b"\0")
        self._inner = hashlib.sha256(key.translate(_INNER))
        self._outer = hashlib.sha256(key.translate(_OUTER))

    def __call__(self, bettor: int) -> str:
        """What the receipt of the room calls a bettor."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(b"%d" % bettor)
        outer.update(inner.digest())
        return outer.hexdigest()[:16]


class LineSpeller(Generic[B]):
    """Spells the lines of one receipt; `name` makes the bettor's pseudonym, always the same for the same bettor."""

    def __init__(self, name: Callable[[B], str], *, voided: bool) -> None:
        self._name = name
        self._voided = voided
        self._outcomes: dict[Outcome, str] = {}
        self._rows: dict[tuple[B, ...], str] = {}
        self._referrers: dict[B, str] = {}

    def spell(self, lines: Iterable[Line[B]]) -> list[str]:
        """The canonical JSON of each line. A lone surrogate is found only when the text is encoded."""
        spelled: list[str] = []
        rows, outcomes, voided = self._rows, self._outcomes, self._voided
        bettor: object = self  # nobody yet
        who = ""
        for line in lines:
            position = line.position
            if position.bettor != bettor:
                bettor = position.bettor
                who = quote(self._name(position.bettor))
            row = rows.get(position.uplines)
            if row is None:
                row = self._row(position.uplines)
            outcome = outcomes.get(position.outcome)
            if outcome is None:
                outcome = outcomes[position.outcome] = quote(position.outcome)
            staked, late = position.staked.value, position.late.value
            back = staked if voided else late + position.unmatched.value
            spelled.append(
                f'{{"bettor":{who},"late":"{late}","outcome":{outcome},"payout":"{line.payout.value}",'
                f'"refund":"{back}","staked":"{staked}","uplines":{row}}}'
            )
        return spelled

    def _row(self, uplines: tuple[B, ...]) -> str:
        """The referrers of a bettor; whoever was brought by the same person has the same row."""
        if len(self._rows) >= REMEMBERED:
            self._rows.clear()
        row = self._rows[uplines] = "[" + ",".join([self._referrer(upline) for upline in uplines]) + "]"
        return row

    def _referrer(self, upline: B) -> str:
        """Who stands above one stands above others, on another level."""
        name = self._referrers.get(upline)
        if name is None:
            if len(self._referrers) >= REMEMBERED:
                self._referrers.clear()
            name = self._referrers[upline] = quote(self._name(upline))
        return name
