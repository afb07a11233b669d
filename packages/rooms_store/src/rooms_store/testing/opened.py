"""How a drill opens the books: given in, so that it is the very function that the operator's processes use."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import TypeAlias

from rooms_core.ports.clock import Clock
from rooms_store.opening import OpenBooks

Opening: TypeAlias = Callable[[str, Clock], AbstractAsyncContextManager[OpenBooks]]
"""Opens the books at a place, `postgresql://…` with one or several servers, and closes them at the end."""
