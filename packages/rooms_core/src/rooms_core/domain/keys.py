"""Idempotency keys: what a front end names its orders with, so that the same order twice is one (I5)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

KEY_MAX: Final = 100
_KEY: Final = re.compile(rf"[ -~]{{1,{KEY_MAX}}}", re.ASCII)


@dataclass(frozen=True, slots=True)
class KeyIllFormed:
    """A key has 1 to `most` printable ASCII characters, so that every store keeps it as it is."""

    most: int = KEY_MAX


def ill_formed(key: str) -> KeyIllFormed | None:
    """Why a key cannot be used, or None."""
    return None if _KEY.fullmatch(key) else KeyIllFormed()
