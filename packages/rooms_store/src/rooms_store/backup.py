"""Copies of the books: of a SQLite file while others write to it, of a PostgreSQL database by its own programs.

Either is the state of one moment.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

from rooms_store.engine import WAIT_SECONDS
from rooms_store.url_secrets import handed_over, without_secrets

_LOOK_EVERY: Final = 100_000
"""Steps of SQLite's machine between two looks at how far a copy has come."""
_DUMP: Final = ("--format=custom", "--no-password")
_RESTORE: Final = (
    "--exit-on-error",
    "--single-transaction",
    "--no-owner",
    "--no-privileges",
    "--no-password",
)


class ProgramFailed(RuntimeError):
    """A program of PostgreSQL is not here, or ended with a complaint; the message has no password in it."""


def copy_sqlite(source: Path, target: Path, progress: Callable[[int, int], None] | None = None) -> None:
    """Copy a database that may be in use into a new or empty file, packed. `progress` counts bytes.

    Writers go on meanwhile. Raises sqlite3.Error where the source cannot be read or the disk is full.
    """
    with closing(sqlite3.connect(source, isolation_level=None, timeout=WAIT_SECONDS)) as connection:
        if progress is not None:
            whole = source.stat().st_size

            def look() -> int:
                progress(min(target.stat().st_size, whole), whole)
                return 0

            connection.set_progress_handler(look, _LOOK_EVERY)
        connection.execute("VACUUM INTO ?", (str(target),))


def damages(path: Path) -> list[str]:
    """What SQLite finds wrong with a file: pages, indexes, checks of columns, rows without what they belong to."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check")]
        lost = connection.execute("PRAGMA foreign_key_check").fetchall()
    return [each for each in found if each != "ok"] + [f"{row[0]} misses its {row[2]}" for row in lost]


def dump(url: str, target: Path) -> None:
    """Write a database to a file by `pg_dump`, and read it back to its end. Raises ProgramFailed."""
    _run("pg_dump", [*_DUMP, f"--file={target}", f"--dbname={without_secrets(url)}"], url)
    _run("pg_restore", [f"--file={os.devnull}", str(target)], url)


def restore(dumped: Path, url: str) -> None:
    """Fill an empty database from a dump by `pg_restore`, whole or not at all. Raises ProgramFailed."""
    _run("pg_restore", [*_RESTORE, f"--dbname={without_secrets(url)}", str(dumped)], url)


def _run(program: str, arguments: Sequence[str], url: str) -> str:
    """What a program prints; the secrets of `url` are not among its arguments."""
    path = shutil.which(program)
    if path is None:
        raise ProgramFailed(f"{program} is not on the PATH; it comes with PostgreSQL's client programs")
    try:
        with handed_over(url) as environment:
            ended = subprocess.run(
                [path, *arguments],
                capture_output=True,
                check=False,
                env=environment,
                stdin=subprocess.DEVNULL,
                text=True,
            )
    except ValueError as error:
        raise ProgramFailed(str(error)) from None
    if ended.returncode:
        raise ProgramFailed(f"{program}: {ended.stderr.strip().removeprefix(f'{program}: ')}")
    return ended.stdout
