"""Telling people: what the outbox is drained into."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from rooms_core.domain.events import Notice
from rooms_core.result import Result


@dataclass(frozen=True, slots=True)
class NotifyFailed:
    """The notice was not delivered. `retryable` False: it never will be (blocked by the user).

    `wait_ms`: the receiver wants to be left alone for so long.
    """

    message: str
    retryable: bool = True
    wait_ms: int = 0


class Notifier(Protocol):
    """Delivers notices, at least once each; `Notice.id` tells a repeated delivery.

    One delivery answers within half the time for which the announcer hides what it has taken (30 s), or fails.
    """

    async def deliver(self, notice: Notice) -> Result[None, NotifyFailed]:
        """Deliver one notice to its user."""
        ...
