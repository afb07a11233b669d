"""Work in the background, as a port: so that a simulation decides what runs when."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, Protocol


class Tasks(Protocol):
    """Starts work that goes on beside the caller."""

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run `work` to its end; it does not raise, and it is kept alive until it is done."""
        ...
