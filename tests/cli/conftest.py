"""Running the command line in this process, as a person or a program would."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import dataclass
from typing import Any, Protocol

import pytest

from rooms_cli.main import main


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command left behind."""

    status: int
    out: str
    err: str

    @property
    def lines(self) -> list[Any]:
        """stdout as JSON Lines."""
        return [json.loads(line) for line in self.out.splitlines()]


class Rooms(Protocol):
    """Runs `rooms` with arguments and bytes on stdin."""

    def __call__(self, *words: str, stdin: bytes = b"") -> Ran:
        """Run it to its end."""
        ...


@pytest.fixture
def rooms(capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Rooms:
    """The command line, piped: neither stdin nor stdout nor stderr is a terminal."""
    for name in ("ROOMS_DEBUG", "ROOMS_DATABASE", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "100")

    def run(*words: str, stdin: bytes = b"") -> Ran:
        monkeypatch.setattr(sys, "argv", ["rooms", *words])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capsysbinary.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsysbinary.readouterr()
        code = ended.value.code
        return Ran(code if isinstance(code, int) else 0, out.decode(), err.decode())

    return run


@pytest.fixture
def at_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody reads along."""
    monkeypatch.setattr("rooms_cli.output.on_terminal", lambda: True)
