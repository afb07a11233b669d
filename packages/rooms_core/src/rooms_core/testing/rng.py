"""Chance that can be repeated."""

from __future__ import annotations

from random import Random


class SeededRng:
    """Implements `ports.rng.Rng`; the same seed draws the same numbers. Never for a real house: it can be guessed."""

    def __init__(self, seed: int = 0) -> None:
        self._random = Random(seed)

    def below(self, limit: int) -> int:
        """A number in 0 … `limit` − 1."""
        return self._random.randrange(limit)

    def salt(self) -> bytes:
        """16 bytes."""
        return self._random.randbytes(16)
