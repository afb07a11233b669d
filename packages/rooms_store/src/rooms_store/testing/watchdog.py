"""No server outlives the test that started it, even one killed with SIGKILL.

A small process of its own holds the other end of a pipe. When the pipe closes without a word of farewell, whoever
started the server is gone: the watchdog stops the server and removes its folder.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

_PROGRAM: Final = """
import os, select, shutil, signal, sys
pid, folder = int(sys.argv[1]), sys.argv[2]
try:
    handle = os.pidfd_open(pid) if hasattr(os, "pidfd_open") else None
except OSError:
    handle = None
if sys.stdin.buffer.read():
    sys.exit()
def send(number):
    if handle is not None:
        signal.pidfd_send_signal(handle, number)
    else:
        os.kill(pid, number)
try:
    send(signal.SIGQUIT)
    if handle is not None and not select.select([handle], [], [], 10)[0]:
        send(signal.SIGKILL)
except OSError:
    pass
if folder:
    shutil.rmtree(folder, ignore_errors=True)
"""


class Watchdog:
    """Watches over one server on behalf of this process."""

    def __init__(self, pid: int, folder: Path | None) -> None:
        """`folder` goes with the server if this process dies; None keeps what the caller brought."""
        self._owner = os.getpid()
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _PROGRAM, str(pid), str(folder or "")],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def dismiss(self) -> None:
        """The server is in good hands or gone: nothing is left to watch."""
        if self._owner == os.getpid():  # a forked child has no say
            self._process.communicate(b"dismissed")
