"""Chance, as a port: salts and referral codes."""

from __future__ import annotations

from typing import Protocol


class Rng(Protocol):
    """A source of unpredictable numbers; seeded in demo, tests and simulation."""

    def below(self, limit: int) -> int:
        """A number in 0 … `limit` − 1, all alike likely."""
        ...

    def salt(self) -> bytes:
        """16 bytes that nobody can guess."""
        ...
