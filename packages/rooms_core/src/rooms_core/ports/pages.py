"""Pages of a long list: read by key, never by counting rows, so that the thousandth page costs what the first does."""

from __future__ import annotations

from dataclasses import dataclass

PAGE: int = 50
"""How many rows a page has unless more are asked for."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a page ended: what its last row is ordered by, and that row's id. The next page begins right behind it."""

    value: int
    id: int
