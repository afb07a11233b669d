"""Input files of the commands: a path, or `-` for stdin."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from rooms_cli.errors import CommandError, nearest, usage
from rooms_cli.output import say


@contextmanager
def opened(name: str) -> Iterator[BinaryIO]:
    """The input to read. What cannot be opened is said in one sentence."""
    if name != "-":
        with _open(name) as file:
            yield file
        return
    if sys.stdin.isatty():
        say("Reading JSON from the keyboard; Ctrl-D on a line of its own ends it.")
    yield sys.stdin.buffer


def _open(name: str) -> BinaryIO:
    path = Path(name)
    try:
        return path.open("rb")
    except FileNotFoundError:
        beside = sorted(each.name for each in path.parent.glob("*") if each.is_file())
        raise usage(f"There is no file {name}.", hint=nearest(path.name, beside)) from None
    except IsADirectoryError:
        raise usage(f"{name} is a folder.", hint="Name a file in it, or - for stdin.") from None
    except OSError as error:
        raise CommandError(f"{name} cannot be read: {error.strerror}.") from error
