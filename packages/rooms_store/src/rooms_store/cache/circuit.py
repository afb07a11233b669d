"""A circuit: after one failure nobody asks again for a while, so that a dead server is waited for once."""

from __future__ import annotations

import attrs


@attrs.define(kw_only=True)
class Circuit:
    """Open for `pause_ms` after a failure; then one call tries for all. Pure: the time is passed in, in ms."""

    pause_ms: int
    _opened_at_ms: int | None = attrs.field(default=None, init=False)

    def allows(self, now_ms: int) -> bool:
        """Whether to ask now. The call that tries for all keeps the others waiting for another pause."""
        if self._opened_at_ms is None:
            return True
        if 0 <= now_ms - self._opened_at_ms < self.pause_ms:
            return False
        self._opened_at_ms = now_ms
        return True

    def answered(self) -> None:
        """The server has answered, whatever it said."""
        self._opened_at_ms = None

    def failed(self, now_ms: int) -> None:
        """The server has not answered."""
        self._opened_at_ms = now_ms
