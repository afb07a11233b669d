"""Telling people: what the outbox is drained into."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from rooms_core.domain.events import Notice
from rooms_core.result import Result


@dataclass(frozen=True, slots=True)
class NotifyFailed:
    """The notice was not delivered. `retryable` False: it never will be (blocked by the user)."""

    message: str
    retryable: bool = True


class Notifier(Protocol):
    """Delivers notices, at least once each; `Notice.id` tells a repeated delivery."""

    async def deliver(self, notice: Notice) -> Result[None, NotifyFailed]:
        """Deliver one notice to its user."""
        ...
