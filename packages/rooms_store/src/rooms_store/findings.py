"""What a check of the database found: a name, whether it is as it should be, what was seen, and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

SHOWN: Final = 5
"""How many differences a finding names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of `rooms db check`. `advice` is a sentence for the operator where it is not `ok`."""

    name: str
    ok: bool
    found: str
    advice: str = ""


def judged(name: str, wrong: Iterable[str], *, well: str, advice: str) -> Finding:
    """A finding that is ok when nothing is wrong; `well` says what was seen then."""
    differences: Sequence[str] = list(wrong)
    if not differences:
        return Finding(name=name, ok=True, found=well)
    more = f" and {len(differences) - SHOWN} more" if len(differences) > SHOWN else ""
    return Finding(name=name, ok=False, found="; ".join(differences[:SHOWN]) + more, advice=advice)
