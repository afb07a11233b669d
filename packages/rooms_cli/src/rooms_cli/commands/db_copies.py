"""`rooms db backup` and `rooms db restore`: a copy that was read back, and books that come out of one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rooms_cli.database import DEFAULT, Database

if TYPE_CHECKING:
    from rooms_core.ports.queries import LedgerReport

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, on a terminal too.")]


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A new file; none is overwritten.")],
    database: Database = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Copy the books into a new file, as of one moment, while they are in use; then read the copy back.

    A SQLite copy is opened, looked at for damage and proven like `rooms ledger verify` does; a PostgreSQL copy is made
    by pg_dump, which has to be on the PATH, and read to its end by pg_restore. The file is on the disk when the command
    ends, and is readable by its owner alone. Exit status 1 if it fails, and then there is no file; or if the books in
    it do not hold, and then it is kept.
    """
    from rooms_cli.database import existing, is_server
    from rooms_cli.new_file import new_path

    place = existing(database)
    with new_path(file) as part:
        if is_server(place):
            _dump(place, part)
            report = None
        else:
            report = _copied(Path(place), part)
    _tell(file, report, as_json)


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `rooms db backup` wrote.")],
    database: Database = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Make books from a copy, in a new SQLite file or an empty PostgreSQL database; then prove them.

    Books that are there are never written over. The roles of PostgreSQL are not in the copy: `rooms db grant`.
    Exit status 1 if the books do not hold.
    """
    from rooms_cli.database import is_server

    report = _into_server(file, database) if is_server(database) else _into_file(file, database)
    _tell(Path(file), report, as_json)


def _copied(source: Path, part: Path) -> LedgerReport:
    from rooms_cli.errors import CommandError
    from rooms_cli.output import progress
    from rooms_store.backup import copy_sqlite
    from rooms_store.failures import VENDOR, failed

    try:
        with progress("Copying") as advance:
            copy_sqlite(source, part, advance)
    except VENDOR as error:
        raise CommandError(f"{source} could not be copied: {failed(error).message}.") from error
    return _proven(part)


def _proven(path: Path) -> LedgerReport:
    """The report of a SQLite file that is whole; any other ends the command."""
    from rooms_cli.database import read
    from rooms_cli.errors import CommandError
    from rooms_cli.output import progress
    from rooms_store.backup import damages
    from rooms_store.failures import VENDOR, failed

    try:
        broken = damages(path)
    except VENDOR as error:
        raise CommandError(f"The copy cannot be read: {failed(error).message}.") from error
    if broken:
        raise CommandError(f"The copy is damaged: {broken[0]}.", hint="So is the file it was made from.")
    with progress("Recomputing balances") as advance:
        return read(str(path), lambda queries: queries.verify(advance))


def _dump(url: str, part: Path) -> None:
    from rooms_cli.errors import CommandError
    from rooms_cli.output import progress
    from rooms_store.backup import ProgramFailed, dump

    try:
        with progress("Copying, and reading the copy back"):
            dump(url, part)
    except ProgramFailed as error:
        raise CommandError(f"The copy failed: {error}.", hint="Nothing is left of it.") from error


def _into_file(file: Path, database: str) -> LedgerReport:
    import shutil

    from rooms_cli.database import existing, located
    from rooms_cli.new_file import new_path

    source = existing(str(file))
    with new_path(located(database)) as part:
        shutil.copyfile(source, part)
        return _proven(part)


def _into_server(file: Path, url: str) -> LedgerReport:
    from rooms_cli.database import reached, read, shown
    from rooms_cli.errors import CommandError
    from rooms_cli.output import progress
    from rooms_store.backup import ProgramFailed
    from rooms_store.backup import restore as fill

    if not file.is_file():
        raise CommandError(f"There is no file {file}.")
    if reached(url).tables:
        raise CommandError(f"There are books in {shown(url)} already.", hint="Name an empty database.")
    try:
        with progress("Restoring"):
            fill(file, url)
    except ProgramFailed as error:
        raise CommandError(f"The copy was not restored: {error}.", hint="Nothing was changed.") from error
    with progress("Recomputing balances") as advance:
        return read(url, lambda queries: queries.verify(advance))


def _tell(file: Path, report: LedgerReport | None, as_json: bool) -> None:
    """What the copy holds, with its hash; exit status 1 if its books do not hold."""
    from hashlib import file_digest

    from rooms_cli.output import facts, json_line, say, write_line

    with file.open("rb") as opened:
        digest = file_digest(opened, "sha256").hexdigest()
    told: dict[str, Any] = {"file": str(file), "bytes": file.stat().st_size, "sha256": digest}
    if report is not None:
        told |= {"accounts": report.accounts, "postings": report.postings, "books_hold": report.holds}
    if as_json:
        write_line(json_line(told))
    else:
        pairs = [
            (name.replace("_", " "), f"{each:,}" if type(each) is int else str(each))
            for name, each in told.items()
        ]
        facts("Copied", pairs)
    if report is not None and not report.holds:
        say("rooms: The books do not hold: `rooms ledger verify` names the first difference.")
        raise typer.Exit(1)
