"""A file that is there whole or not at all, and that never takes the place of another."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkstemp
from typing import IO

from rooms_cli.errors import CommandError


@contextmanager
def new_path(path: Path) -> Iterator[Path]:
    """A place to write to, readable by its owner alone. It gets its name when the block ends well, or never.

    What was written is on the disk when the name is there. Ends the command where the name is taken or the folder
    cannot be written to.
    """
    part = path
    try:
        with path.open("xb"):  # the name is ours from now on
            pass
        descriptor, name = mkstemp(prefix=f"{path.name}.", suffix=".part", dir=path.parent)
        os.close(descriptor)
        part = Path(name)
        yield part
        _on_disk(part)
        part.replace(path)
        _on_disk(path.parent)
    except FileExistsError:
        raise CommandError(
            f"{path} is there already.", hint="Name a new file: no file is overwritten."
        ) from None
    except BaseException as error:
        part.unlink(missing_ok=True)
        path.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise CommandError(f"{path} cannot be written: {error.strerror or error}.") from error
        raise


@contextmanager
def new_file(path: Path) -> Iterator[IO[str]]:
    """The same as a text file that is open for writing."""
    with new_path(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        yield file


def _on_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
