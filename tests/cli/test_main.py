"""The command as a whole: quick help, exit statuses, and what is said when something breaks."""

from __future__ import annotations

import subprocess
import sys
from typing import Any, Protocol

import pytest

from rooms_cli.benches.help_time import heavy_imports
from rooms_core._version import __version__


class Rooms(Protocol):
    """Runs the command line (see conftest)."""

    def __call__(self, *words: str, stdin: bytes = b"") -> Any:
        """Run it to its end."""
        ...


def test_help_imports_nothing_heavy() -> None:
    """`rooms --help` imports none of sqlalchemy, aiogram, solders, httpx."""
    assert [] == heavy_imports()


def test_the_module_is_the_command() -> None:
    """`python -m rooms_cli` runs it too."""
    ran = subprocess.run(
        [sys.executable, "-m", "rooms_cli", "--help"], capture_output=True, text=True, check=True
    )

    assert "Betting rooms on prices" in ran.stdout


def test_the_version_tells_python_and_paths(rooms: Rooms) -> None:
    """A report of a mistake can begin with it."""
    ran = rooms("--version")

    assert 0 == ran.status
    assert [f"rooms {__version__}", "Python", "installed"] == [
        line if line.startswith("rooms") else line.split()[0] for line in ran.out.splitlines()
    ]


@pytest.mark.parametrize(
    "words", [("pol",), ("pool", "setle"), ("pool", "settle"), ("pool", "settle", "--nope")]
)
def test_wrong_usage_exits_with_2(rooms: Rooms, words: tuple[str, ...]) -> None:
    """An unknown command or option, or a missing argument."""
    ran = rooms(*words)

    assert (2, "") == (ran.status, ran.out)
    assert ran.err


def test_a_mistyped_command_is_guessed(rooms: Rooms) -> None:
    """The nearest command is named."""
    assert "Did you mean 'pool'?" in rooms("pol").err


def test_an_interrupted_command_exits_with_130(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C is neither success nor failure."""

    def interrupted(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("rooms_cli.json_cases.read_cases", interrupted)

    assert 130 == rooms("pool", "settle", "-").status


def test_a_mistake_of_ours_is_one_sentence_unless_debug_is_asked_for(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A traceback is shown with --debug only."""

    def broken(_: object) -> None:
        raise LookupError("lost")

    monkeypatch.setattr("rooms_cli.json_cases.read_cases", broken)
    ran = rooms("pool", "settle", "-")

    assert (1, "") == (ran.status, ran.out)
    assert "This should not have happened: LookupError: lost" in ran.err
    monkeypatch.setenv("ROOMS_DEBUG", "1")
    with pytest.raises(LookupError):
        rooms("pool", "settle", "-")


def test_a_reader_that_left_is_no_mistake() -> None:
    """`rooms pool settle … | head -1` ends quietly."""
    cases = b'{"bets":[{"bettor":"a","outcome":"Y","stake":"1"}],"void":"x"}\n' * 5_000
    script = (
        "import sys; from rooms_cli.main import main; sys.argv = ['rooms', 'pool', 'settle', '-']; main()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(cases[:1000])
        process.stdin.flush()
        process.stdout.readline()
        process.stdout.close()
        try:
            process.stdin.write(cases)
            process.stdin.close()
        except BrokenPipeError:
            pass

        assert b"" == process.stderr.read()
