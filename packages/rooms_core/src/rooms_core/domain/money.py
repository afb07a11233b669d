"""Money: whole lamports, the rounding of a rate, and SOL as people write it.

1 SOL = 1_000_000_000 lamports. There is deliberately no `*` and no `/` on `Lamports`: money is multiplied in
named functions only, and the name says how it rounds (`floor_rate`; a payout is floored once, in `Dividend.payout`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NewType

from rooms_core.result import Err, Ok, Result

Bps = NewType("Bps", int)
"""A rate in basis points: 10_000 is the whole."""

BPS_WHOLE: Final = 10_000
LAMPORTS_PER_SOL: Final = 1_000_000_000
STORED_MAX: Final = 2**63 - 1
"""The largest single stake and the largest stored balance, in lamports (decision M10)."""

_SOL_TEXT: Final = re.compile(r"(0|[1-9][0-9]{0,18})(?:\.([0-9]{1,9}))?", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Lamports:
    """A whole, non-negative amount of money, in lamports. Unbounded here; the store keeps the 63-bit limit.

    Raises ValueError for anything but a plain non-negative `int` (`bool` is refused too).
    """

    value: int

    def __post_init__(self) -> None:
        if type(self.value) is not int or self.value < 0:
            raise ValueError(f"not an amount of lamports: {self.value!r}")

    def __add__(self, other: Lamports) -> Lamports:
        return Lamports(self.value + other.value)

    def __sub__(self, other: Lamports) -> Lamports:
        return Lamports(self.value - other.value)

    def __bool__(self) -> bool:
        return self.value > 0

    def __str__(self) -> str:
        return f"{sol(self)} SOL"


ZERO: Final = Lamports(0)


def total(amounts: Iterable[Lamports]) -> Lamports:
    """The sum of any number of amounts; nothing is 0."""
    return Lamports(sum(amount.value for amount in amounts))


def floor_rate(amount: Lamports, rate: Bps) -> Lamports:
    """`amount × rate ÷ 10_000`, rounded down."""
    return Lamports(amount.value * rate // BPS_WHOLE)


@dataclass(frozen=True, slots=True)
class NotAnAmount:
    """The text is no amount of SOL: signs, exponents, spaces, other digits, more than 9 decimals are refused."""

    text: str


def sol(amount: Lamports) -> str:
    """The amount in SOL, exact, without trailing zeros: `Lamports(14_550_000_000)` is "14.55"."""
    units, rest = divmod(amount.value, LAMPORTS_PER_SOL)
    return f"{units}.{rest:09d}".rstrip("0").rstrip(".")


def parse_sol(text: str) -> Result[Lamports, NotAnAmount]:
    """Read an amount of SOL such as "10" or "0.001": ASCII digits, at most 9 decimals (decision M10)."""
    found = _SOL_TEXT.fullmatch(text)
    if found is None:
        return Err(NotAnAmount(text))
    units, decimals = found.group(1), found.group(2) or ""
    return Ok(Lamports(int(units) * LAMPORTS_PER_SOL + int(decimals.ljust(9, "0"))))
