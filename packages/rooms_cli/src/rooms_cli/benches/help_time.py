"""`rooms bench cli`: how long `rooms --help` takes from a cold start of the interpreter, and what it imports."""

from __future__ import annotations

import contextlib
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

_HELP: Final = (sys.executable, "-m", "rooms_cli", "--help")
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
    """Five runs in processes of their own, drawn on a terminal and piped in turn; the medians count."""
    runs = 3 if quick else 5
    tell(f"running `rooms --help` {runs} times on a terminal and {runs} times into a pipe")
    times = [(_on_terminal(), _piped()) for _ in range(runs)]
    drawn, piped = (round(statistics.median(each), 3) for each in zip(*times, strict=True))
    return [
        at_most("help", f"seconds of `rooms --help` on a terminal, median of {runs}", drawn, 0.6),
        at_most("help-piped", f"seconds of `rooms --help` in a pipe, median of {runs}", piped, 0.6),
        at_most("help-imports", f"of {', '.join(HEAVY)} imported by it", len(heavy_imports()), 0),
    ]


def heavy_imports() -> list[str]:
    """Which of the heavy packages `rooms --help` imports."""
    ran = subprocess.run([sys.executable, "-c", _LIST_IMPORTS], capture_output=True, text=True, check=True)
    return [name for name in HEAVY if repr(name) in ran.stderr]


def _piped() -> float:
    began = time.perf_counter()
    subprocess.run(_HELP, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began


def _on_terminal() -> float:
    """A terminal nobody looks at: what is drawn on it is read and forgotten."""
    ours, theirs = os.openpty()
    began = time.perf_counter()
    with subprocess.Popen(_HELP, stdout=theirs, stderr=theirs, env=os.environ | {"TERM": "xterm"}):
        os.close(theirs)
        with contextlib.suppress(OSError):  # how Linux says that the other end was closed
            while os.read(ours, 65_536):
                pass
    os.close(ours)
    return time.perf_counter() - began
