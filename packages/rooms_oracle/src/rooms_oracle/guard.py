"""Whether a feed may be asked now: switched off, muted, backing off, or behind an open breaker.

401, 403 and 451 switch it off until the process starts with other settings. 429 and 418 mute it for as long as it
wishes and say nothing against it; every other failure counts for the breaker and for the pause before the next tick.
"""

from __future__ import annotations

from typing import Final

from rooms_core.ports.rng import Rng
from rooms_oracle.backoff import back_off_ms
from rooms_oracle.breaker import Breaker, BreakerState
from rooms_oracle.failures import FeedFailure, Held, SwitchedOff, Throttled

MUTED_MS: Final = 60_000
"""For how long a feed is left alone that wishes it and does not say for how long."""


class Guard:
    """One feed's standing with us."""

    def __init__(self, rng: Rng) -> None:
        self._rng = rng
        self._breaker = Breaker(rng)
        self._failures = 0
        self._muted_until = 0
        self._resumes_at = 0
        self.off: SwitchedOff | None = None

    def turn(self, now_ms: int) -> Held | None:
        """What forbids to ask it on this tick; None: nothing does. The breaker is asked for each call."""
        held = self._forbidden(now_ms)
        if held is None and now_ms < self._resumes_at:
            return Held.BACKING_OFF
        return held

    def call(self, now_ms: int) -> Held | None:
        """What forbids the next call of this tick; None: it may be made, and `succeeded` or `failed` must follow."""
        held = self._forbidden(now_ms)
        if held is None and not self._breaker.allows(now_ms):
            return Held.BREAKER_OPEN
        return held

    def breaker(self, now_ms: int) -> BreakerState:
        """The state of its breaker, to be seen."""
        return self._breaker.state(now_ms)

    def succeeded(self) -> None:
        """A call was answered with something we can read."""
        self._failures = 0
        self._resumes_at = 0
        self._breaker.succeeded()

    def failed(self, why: FeedFailure, now_ms: int) -> None:
        """A call failed."""
        match why:
            case SwitchedOff():
                self.off = why
                self._breaker.spared()
            case Throttled(retry_after_ms=wish):
                self._muted_until = max(self._muted_until, now_ms + (MUTED_MS if wish is None else wish))
                self._breaker.spared()
            case _:
                self._resumes_at = now_ms + back_off_ms(self._failures, self._rng)
                self._failures += 1
                self._breaker.failed(now_ms)

    def spared(self) -> None:
        """A call was given up by us: it says nothing about the feed."""
        self._breaker.spared()

    def _forbidden(self, now_ms: int) -> Held | None:
        if self.off is not None:
            return Held.OFF
        return Held.MUTED if now_ms < self._muted_until else None
