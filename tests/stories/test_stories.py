"""The rule book as stories: each text beside this file is read and run by the engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from rooms_core.testing.story import tell

STORIES = sorted(Path(__file__).parent.glob("*.txt"), key=lambda path: path.name)


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_the_engine_answers_as_the_story_says(path: Path) -> None:
    """Every claim of every room holds to the lamport."""
    assert tell(path.read_text(encoding="utf-8"))


def test_there_are_stories() -> None:
    """A folder that was moved would hold for ever."""
    assert len(STORIES) >= 8
