"""`rooms room export`: everything the books hold about a room, as a sheet or a document."""

from __future__ import annotations

from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

import typer

from rooms_cli.database import DEFAULT, Database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rooms_cli.room_sheets import Sheet


class Form(StrEnum):
    """What an export is written as."""

    CSV = "csv"
    JSON = "json"


def export(
    name: Annotated[str, typer.Argument(metavar="ID", help="A room's id, or enough of its beginning.")],
    database: Database = DEFAULT,
    form: Annotated[
        Form | None, typer.Option("--format", metavar="csv|json", help="A sheet, or a document. [csv]")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", metavar="FILE", help="A new file; else stdout. None is overwritten."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="The same as --format json; what was written is told in JSON too.")
    ] = False,
) -> None:
    """Write all bets, positions, postings, the settlement and the evidence of a room, as of one moment.

    It is streamed, so a room may have any number of bets. In a sheet no cell is a formula: one that begins with
    = + - @ or a tab gets an apostrophe before it. Whole numbers are texts in JSON.
    """
    from rooms_cli.database import read
    from rooms_cli.output import progress
    from rooms_cli.room_lookup import named, only
    from rooms_cli.room_sheets import CsvSheet, JsonSheet
    from rooms_store.export import export_room

    room, _, _ = only(read(database, lambda queries: named(queries, name)))
    written = form or (Form.JSON if as_json else Form.CSV)
    with _open(output) as file, progress("Writing bets and postings") as advance:
        sheet: Sheet = JsonSheet(file) if written is Form.JSON else CsvSheet(file)
        read(database, lambda queries: export_room(queries, room.id, sheet.take, advance))
        sheet.close()
    if output is not None:
        _tell(output, sheet, as_json)


@contextmanager
def _open(output: Path | None) -> Iterator[IO[str]]:
    import io
    import sys

    from rooms_cli.new_file import new_file

    if output is not None:
        with new_file(output) as file:
            yield file
        return
    sys.stdout.flush()
    stdout = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", newline="", write_through=False)
    try:
        yield stdout
        stdout.flush()
    finally:
        stdout.detach()


def _tell(output: Path, sheet: Sheet, as_json: bool) -> None:
    from rooms_cli.output import facts, json_line, write_line
    from rooms_cli.room_records import SECTIONS

    counts = {section: sheet.counts[section] for section in SECTIONS.values()}
    if as_json:
        write_line(json_line({"file": str(output), **counts}))
    else:
        pairs = [(section, f"{count:,}") for section, count in counts.items()]
        facts(f"Written to {output}", pairs, amounts=True)
