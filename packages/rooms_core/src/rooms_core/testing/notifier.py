"""A notifier that remembers what it delivered, and fails when told to."""

from __future__ import annotations

from collections import deque

from rooms_core.domain.events import Event, Notice
from rooms_core.ports.notifier import NotifyFailed
from rooms_core.result import Err, Ok, Result


class RecordingNotifier:
    """Implements `ports.notifier.Notifier`. `delivered` lists the notices, oldest first."""

    def __init__(self) -> None:
        self.delivered: list[Notice] = []
        self._script: deque[NotifyFailed | None] = deque()

    def plan(self, *answers: NotifyFailed | None) -> None:
        """What the next deliveries answer, one after another (None: delivered); then all is well again."""
        self._script.extend(answers)

    @property
    def events(self) -> list[Event]:
        """What was told, without the numbers of the notices."""
        return [notice.event for notice in self.delivered]

    async def deliver(self, notice: Notice) -> Result[None, NotifyFailed]:
        """Deliver a notice, or fail as planned."""
        failure = self._script.popleft() if self._script else None
        if failure is not None:
            return Err(failure)
        self.delivered.append(notice)
        return Ok(None)
