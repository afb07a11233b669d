"""The processes of one PostgreSQL server: made, started, stopped, killed and removed.

Each has a folder, a port on 127.0.0.1, a password and a socket of its own, so that many run beside each other.
They end with `close`, with the interpreter, and when this process is killed.
"""

from __future__ import annotations

import atexit
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal

from rooms_store.testing.binaries import (
    NoServer,
    as_whom,
    environment,
    given_to_server,
    reachable,
    reachable_programs,
    run,
)
from rooms_store.testing.processes import children_of, free_port, free_shared_memory, kill_all
from rooms_store.testing.watchdog import Watchdog

HOST: Final = "127.0.0.1"
USER: Final = "rooms"
START_SECONDS: Final = 60
"""How long a server may take to be ready; recovery after a crash included."""
_SMALL: Final = {
    "listen_addresses": HOST,
    "max_connections": "100",
    "shared_buffers": "64MB",
    "max_wal_size": "256MB",
    "log_min_messages": "warning",
    "log_line_prefix": "%m [%p] ",
    "autovacuum_naptime": "10s",
}
_CARELESS: Final = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
_SIGNALS: Final = {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}
Mode = Literal["smart", "fast", "immediate"]


class ServerProcess:
    """One server; nothing runs before `start`."""

    def __init__(
        self, folder: Path | None = None, *, durable: bool = True, settings: Mapping[str, str] | None = None
    ) -> None:
        """`folder` is kept at the end and must be reachable by the servers' user; without one it is a temporary one.

        `durable=False` leaves out what makes a commit survive a loss of power, for tests that only want speed.
        """
        self._own_folder = folder is None
        self.folder = Path(tempfile.mkdtemp(prefix="rooms-pg-")) if folder is None else folder.resolve()
        self.folder.mkdir(parents=True, exist_ok=True)
        given_to_server(self.folder)
        if not reachable(self.folder / "data"):
            raise NoServer(
                f"the servers' user may not enter {self.folder}: a folder on the way is closed to him"
            )
        self.port = free_port(HOST)
        secret = self.folder / "password"
        self.password = secret.read_text(encoding="utf-8") if secret.exists() else secrets.token_hex(16)
        self.settings = _SMALL | ({} if durable else _CARELESS) | dict(settings or {})
        self.process: subprocess.Popen[bytes] | None = None
        self._watchdog: Watchdog | None = None
        self.programs = reachable_programs(self.folder)
        atexit.register(self.close)

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.folder / "data"

    @property
    def log(self) -> str:
        """What the server wrote so far."""
        file = self.folder / "log"
        return file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""

    @property
    def running(self) -> bool:
        """Whether the server's main process lives."""
        return self.process is not None and self.process.poll() is None

    def create(self) -> None:
        """Make the data directory, unless there is one."""
        if (self.data / "PG_VERSION").exists():
            return
        secret = given_to_server(_written(self.folder / "password", self.password))
        run(
            self.programs / "initdb",
            *("-D", str(self.data), "-U", USER, f"--pwfile={secret}"),
            *("--auth-local=trust", "--auth-host=scram-sha-256"),  # the socket's folder is closed to others
            *("--no-locale", "--encoding=UTF8", "--no-sync", "--no-instructions"),
            *("-c", "scram_iterations=1", "-c", "include_if_exists=rooms.conf"),
        )

    def configure(self, **settings: str) -> None:
        """Change settings for good; a running server re-reads them (some need a restart)."""
        self.settings |= settings
        own = self.settings | {"port": str(self.port), "unix_socket_directories": str(self.folder)}
        lines = [f"{name} = '{value.replace(chr(39), chr(39) * 2)}'\n" for name, value in own.items()]
        given_to_server(_written(self.data / "rooms.conf", "".join(lines)))
        if self.running and self.process is not None:
            self.process.send_signal(signal.SIGHUP)

    def start(self) -> None:
        """Start the server and wait until it answers. Raises NoServer with the end of its log if it does not."""
        if self.running:
            return
        self.create()
        for tries_left in (2, 1, 0):
            self.configure()
            seen = len(self.log)
            if self._started():
                return
            said = self.log[seen:]
            if "could not bind" not in said or not tries_left:
                raise NoServer(f"PostgreSQL did not start:\n{said[-2_000:]}")
            self.port = free_port(HOST)

    def _started(self) -> bool:
        (self.data / "postmaster.pid").unlink(
            missing_ok=True
        )  # left by a kill: our own process is known to be gone
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [self.programs / "postgres", "-D", self.data],
                **as_whom(),
                cwd="/",
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._watchdog = Watchdog(self.process.pid, self.folder if self._own_folder else None)
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and self.running:
            if self._state() == "ready":
                return True
            time.sleep(0.01)
        self.stop("immediate")
        return False

    def _state(self) -> str:
        try:
            lines = (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return ""
        return lines[7].strip() if len(lines) > 7 else ""

    def stop(self, mode: Mode = "fast") -> None:
        """Stop the server: "fast" ends sessions and writes all out, "immediate" leaves it to crash recovery."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(_SIGNALS[mode])
            try:
                self.process.wait(timeout=START_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill9()
        self._released()

    def kill9(self) -> None:
        """SIGKILL to the main process and all its backends at once, as if the machine went dark."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGSTOP)  # starts no new backend while we count them
            kill_all([self.process.pid, *children_of(self.process.pid)])
            self.process.wait()
            free_shared_memory(self.data / "postmaster.pid")
        self._released()

    def _released(self) -> None:
        self.process = None
        if self._watchdog is not None:
            self._watchdog.dismiss()
            self._watchdog = None

    def restart(self, mode: Mode = "immediate") -> None:
        """Stop and start again on the same port; "immediate" goes through crash recovery."""
        self.stop(mode)
        self.start()

    def close(self) -> None:
        """Stop at once, and remove the folder unless the caller brought it."""
        atexit.unregister(self.close)
        self.stop("immediate")
        if self._own_folder:
            shutil.rmtree(self.folder, ignore_errors=True)


def _written(path: Path, text: str) -> Path:
    path.unlink(missing_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    return path
