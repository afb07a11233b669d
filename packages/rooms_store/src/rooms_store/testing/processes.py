"""What the servers of the tests need from the machine: ports, process families, forgotten shared memory."""

from __future__ import annotations

import contextlib
import ctypes
import os
import secrets
import signal
import socket
from collections.abc import Iterable
from pathlib import Path
from typing import Final

_PORTS: Final = range(20_000, 32_000)
"""Below the ports that clients get: nobody takes a server's port while it restarts."""


def free_port(host: str) -> int:
    """A port on which nobody listens. Raises RuntimeError when a hundred tries found none."""
    for _ in range(100):
        port = secrets.choice(_PORTS)
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tried, contextlib.suppress(OSError):
            tried.bind((host, port))
            return port
    raise RuntimeError(f"no free port on {host}")


def children_of(pid: int) -> list[int]:
    """The direct children of a process, where /proc tells; a server's backends are all direct children."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            after_name = entry.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            if int(after_name[1]) == pid:
                found.append(int(entry.parent.name))
    return found


def kill_all(pids: Iterable[int]) -> None:
    """SIGKILL to each; one that is gone already is fine."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def free_shared_memory(pid_file: Path) -> None:
    """Give back the small shared segment that a killed server leaves in the kernel (its id stands in line 7)."""
    with contextlib.suppress(OSError, IndexError, ValueError, AttributeError):
        segment = int(pid_file.read_text(encoding="utf-8").splitlines()[6].split()[-1])
        ctypes.CDLL(None).shmctl(segment, 0, None)  # 0 is IPC_RMID
