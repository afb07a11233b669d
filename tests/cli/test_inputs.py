"""Where commands read from: files, stdin, and what is said when there is nothing to read."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from rooms_cli.errors import CommandError
from rooms_cli.inputs import opened


def test_a_dash_is_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes come from the pipe as they are."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xff\n")))

    with opened("-") as stream:
        assert b"\xff\n" == stream.read()


def test_a_person_is_told_that_his_keyboard_is_read(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A command that waits says for what."""
    keyboard = io.TextIOWrapper(io.BytesIO(b""))
    monkeypatch.setattr(keyboard, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(sys, "stdin", keyboard)
    with opened("-"):
        pass

    assert "Ctrl-D" in capsys.readouterr().err


@pytest.mark.parametrize(
    "name, what, status",
    [
        (".", ". is a folder.", 2),
        ("room.json/inside", "room.json/inside cannot be read: Not a directory.", 1),
        ("rooom.json", "There is no file rooom.json.", 2),
        ("no/where.json", "There is no file no/where.json.", 2),
    ],
)
def test_what_cannot_be_opened_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, what: str, status: int
) -> None:
    """A wrong name is wrong usage; a file that cannot be read is a failure."""
    monkeypatch.chdir(tmp_path)
    Path("room.json").touch()
    with pytest.raises(CommandError) as ended, opened(name):
        pass

    assert (what, status) == (ended.value.what, ended.value.status)
