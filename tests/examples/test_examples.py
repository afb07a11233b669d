"""Each program in examples/ prints what is recorded beside it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.py"))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_prints_what_is_recorded(example: Path, tmp_path: Path) -> None:
    """Run anywhere, today as on the day it was recorded, an example says the same."""
    ended = subprocess.run(
        [sys.executable, "-W", "error", example],
        cwd=tmp_path,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )

    assert (0, "") == (ended.returncode, ended.stderr)
    assert example.with_suffix(".txt").read_text(encoding="utf-8") == ended.stdout


def test_there_are_examples_and_no_orphans() -> None:
    """Recorded output without its program tells of something that is gone."""
    folder = Path(__file__).parents[2] / "examples"

    assert EXAMPLES
    assert {path.stem for path in EXAMPLES} == {path.stem for path in folder.glob("*.txt")}
