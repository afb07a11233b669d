"""The machine's chance: the one place where ROOMS asks for what nobody can guess."""

from __future__ import annotations

import secrets
from typing import Final

_SALT_BYTES: Final = 16


class SystemRng:
    """Implements `ports.rng.Rng` with the randomness of this machine."""

    def below(self, limit: int) -> int:
        """A number in 0 … `limit` − 1."""
        return secrets.randbelow(limit)

    def salt(self) -> bytes:
        """16 bytes."""
        return secrets.token_bytes(_SALT_BYTES)
