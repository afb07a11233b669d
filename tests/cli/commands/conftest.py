"""The books of a day, played once for all commands that read the oracle's records."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.evidence_day import play


@pytest.fixture(scope="session")
def day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Whoever changes it changes a copy."""
    return play(tmp_path_factory.mktemp("evidence") / "day.sqlite")
