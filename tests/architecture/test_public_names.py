"""What the core offers: a list of names that does not change by accident. (That it is sorted is ruff's business.)"""

from __future__ import annotations

from pathlib import Path

import rooms_core

RECORDED = Path(__file__).with_name("public_names.txt")


def test_the_public_names_are_the_recorded_ones() -> None:
    """A name comes or goes on purpose, and then `public_names.txt` is changed with it."""
    assert RECORDED.read_text(encoding="utf-8").split() == list(rooms_core.__all__)


def test_each_public_name_is_there() -> None:
    """What is listed can be imported."""
    assert [] == [name for name in rooms_core.__all__ if not hasattr(rooms_core, name)]
