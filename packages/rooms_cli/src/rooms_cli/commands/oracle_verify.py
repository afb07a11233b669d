"""`rooms oracle verify`: the oracle's records worked out again, from the books, from a file, or those of one room."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any, Final

import typer

from rooms_cli.database import DEFAULT, Database

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rooms_cli.evidence_check import LogCheck
    from rooms_store.evidence_log import Made

RECALLED_MS: Final = 10 * 60_000
"""Before the time asked for: ticks are held for six minutes, and so long a record may name them."""
CHAINS_SHOWN: Final = 20
_YEAR_9999_MS: Final = 253_402_300_799_999


def verify(
    file: Annotated[
        str, typer.Argument(metavar="[FILE|-]", help="Records as --export writes them; else the books.")
    ] = "",
    database: Database = DEFAULT,
    room: Annotated[
        str, typer.Option("--room", metavar="ID", help="Whether this room's answer follows from its records.")
    ] = "",
    instrument: Annotated[
        list[str] | None, typer.Option("--instrument", metavar="NAME", help="Only its chain. Repeatable.")
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="TIME", help="Records written then or later, in UTC.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="TIME", help="Records written before, in UTC.")
    ] = None,
    export: Annotated[
        Path | None, typer.Option("--export", metavar="FILE", help="Write what is read to a new file too.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, on a terminal too.")] = False,
) -> None:
    """Work out every record of the oracle again from what it holds, and follow the chain of each instrument.

    Nothing is asked but the books, and with a FILE not even those. The first record that does not hold is named, and
    the exit status is 1. With --since a chain begins with the first of its records that is read. The log is read once,
    in the order of writing, and is never held in memory.
    """
    from rooms_cli.errors import CommandError, nearest, usage

    chosen = since is not None or until is not None or export is not None
    if room and (file or chosen or instrument):
        raise usage("A room is checked from the books, with all its records.", hint="Give --room alone.")
    if file and chosen:
        raise usage("A file is checked as a whole.", hint="--since, --until and --export are for the books.")
    if room:
        from rooms_cli.room_evidence import verify_room

        raise typer.Exit(verify_room(room, database, as_json))
    wanted = instrument or []
    check = _of_file(file, wanted) if file else _of_books(database, wanted, since, until, export)
    for missing in check.without_records():
        hint = nearest(missing, sorted(check.seen))
        raise CommandError(f"There are no records of {missing} here.", hint=hint)
    _tell(check.found(), as_json)
    raise typer.Exit(0 if check.refused is None else 1)


def _of_file(file: str, instruments: Sequence[str]) -> LogCheck:
    from itertools import chain

    from rooms_cli.errors import CommandError
    from rooms_cli.evidence_check import LogCheck
    from rooms_cli.evidence_file import LINE_MOST, is_head, read_lines
    from rooms_cli.inputs import opened
    from rooms_core.result import Err, Ok

    with opened(file) as stream:
        lines = iter(lambda: stream.readline(LINE_MOST + 1), b"")
        first = next(lines, b"")
        if not first:
            raise CommandError(
                "There is nothing in it to verify.", hint="--export writes records into a file."
            )
        whole = is_head(first)
        check = LogCheck(anywhere=whole is False, instruments=instruments)
        for read in read_lines(lines if whole is not None else chain([first], lines)):
            match read:
                case Ok(line):
                    check.take(line.record, recall=line.recall)
                case Err(why):
                    check.unreadable(why)
            if check.refused is not None:
                break
    return check


def _of_books(
    database: str, instruments: Sequence[str], since: str | None, until: str | None, export: Path | None
) -> LogCheck:
    from rooms_cli.database import read
    from rooms_cli.evidence_check import LogCheck
    from rooms_cli.evidence_file import head_line, record_line
    from rooms_cli.moments import moment_ms
    from rooms_cli.new_file import new_file
    from rooms_cli.output import progress
    from rooms_store.evidence_log import read_evidence

    since_ms = None if since is None else moment_ms(since)
    until_ms = None if until is None else moment_ms(until)
    check = LogCheck(anywhere=since_ms is not None, instruments=instruments)
    with ExitStack() as stack:
        file: IO[str] | None = None if export is None else stack.enter_context(new_file(export))

        def take(block: Sequence[Made]) -> bool:
            for at_ms, record in block:
                recall = since_ms is not None and at_ms < since_ms
                check.take(record, recall=recall)
                if file is not None:
                    file.write(record_line(record, recall=recall) + "\n")
            return check.refused is None or file is not None

        if file is not None:
            file.write(head_line(whole=since_ms is None) + "\n")
        from_ms = None if since_ms is None else since_ms - RECALLED_MS
        advance = stack.enter_context(progress("Working out records"))
        read(
            database,
            lambda queries: read_evidence(
                queries, take, since_ms=from_ms, until_ms=until_ms, progress=advance
            ),
        )
    return check


def _tell(found: dict[str, Any], as_json: bool) -> None:
    from rooms_cli.output import facts, json_line, say, write_line
    from rooms_cli.room_view import moment

    refused = found["refused"]
    if as_json:
        write_line(json_line(found))
    elif refused is None:
        times = [moment(at) for at in (found["first_tick_ms"], found["last_tick_ms"]) if at is not None]
        pairs = [("records", f"{found['records']:,}"), ("ticks", " to ".join(times) or "none")]
        chains = [(name, f"{count:,}") for name, count in found["instruments"].items()]
        pairs += chains[:CHAINS_SHOWN]
        pairs += [("and", f"{len(chains) - CHAINS_SHOWN:,} more")] if len(chains) > CHAINS_SHOWN else []
        begun = "at their beginning" if found["from_the_beginning"] else "with the first record read"
        facts("Every record holds", [("evidence", "verified"), *pairs, ("chains begin", begun)])
    if refused is not None:
        ms = refused["tick_ms"]
        when = "" if ms is None else moment(ms) if 0 <= ms <= _YEAR_9999_MS else str(ms)
        at = f" ({refused['instrument']}, {when})" if when else ""
        say(f"rooms: Record {refused['position']}{at} does not hold: {refused['why']}.")
        if refused["hash"] is not None:
            say(f"       It is {refused['hash']}; {found['records']:,} records before it hold.")
