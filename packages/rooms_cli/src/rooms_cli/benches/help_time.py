"""`rooms bench cli`: how long `rooms --help` takes from a cold start of the interpreter, and what it imports."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Final

from rooms_cli.benches import Goal, at_most

HEAVY: Final = ("sqlalchemy", "aiogram", "solders", "httpx")
"""What a command line that only prints its help has no use for."""

_LIST_IMPORTS: Final = f"""
import sys
from rooms_cli.main import app
try:
    app(["--help"])
except SystemExit:
    pass
print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)
"""


def measure(*, quick: bool, tell: Callable[[str], None]) -> list[Goal]:
    """Five runs in processes of their own; the median counts."""
    runs = 3 if quick else 5
    tell(f"running `rooms --help` {runs} times")
    seconds = statistics.median(_timed() for _ in range(runs))
    loaded = heavy_imports()
    return [
        at_most("help", f"seconds of `rooms --help`, median of {runs}", round(seconds, 3), 0.6),
        at_most("help-imports", f"of {', '.join(HEAVY)} imported by it", len(loaded), 0),
    ]


def heavy_imports() -> list[str]:
    """Which of the heavy packages `rooms --help` imports."""
    ran = subprocess.run([sys.executable, "-c", _LIST_IMPORTS], capture_output=True, text=True, check=True)
    return [name for name in HEAVY if repr(name) in ran.stderr]


def _timed() -> float:
    command = [sys.executable, "-m", "rooms_cli", "--help"]
    began = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True, env=os.environ | {"COLUMNS": "100"})
    return time.perf_counter() - began
