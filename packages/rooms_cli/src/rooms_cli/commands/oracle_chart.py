"""`rooms oracle chart`: a room's price against its target, from the records, as a picture or as points."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rooms_cli.database import DEFAULT, Database


def chart(
    name: Annotated[str, typer.Argument(metavar="ROOM", help="A room's id, or enough of its beginning.")],
    database: Database = DEFAULT,
    output: Annotated[
        Path | None, typer.Option("--out", metavar="FILE.png", help="A new file. [room-ID.png]")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the points as JSON; a picture only with --out.")
    ] = False,
) -> None:
    """Draw the price of a room's market against its target, with what decided beside it.

    The records are drawn that hold: one tick a minute, and each on which something rested. Ticks without a price,
    silences, audited minutes, hits and the time in which stakes went back are marked. Times are UTC. Pictures need
    matplotlib, which comes with rooms-cli[charts].
    """
    from importlib.util import find_spec

    from rooms_cli.database import read
    from rooms_cli.errors import CommandError
    from rooms_cli.new_file import new_path
    from rooms_cli.output import json_line, say, write_line
    from rooms_cli.room_chart import chart_json, chart_of
    from rooms_cli.room_evidence import gathered
    from rooms_cli.room_lookup import named, only
    from rooms_store.evidence_log import read_market

    room, ended, _ = only(read(database, lambda queries: named(queries, name)))
    files = read(database, lambda queries: gathered(queries, room, ended))
    state = read(database, lambda queries: read_market(queries, room.market.instrument))
    found = chart_of(files, state)
    place = output or (None if as_json else Path(f"room-{room.id}.png"))
    if place is not None:
        if find_spec("matplotlib") is None:  # before a file is begun
            raise CommandError(
                "Charts are drawn with matplotlib, which is not installed.",
                hint="Install rooms-cli[charts], or ask for the points with --json.",
            )
        from rooms_cli.room_drawing import draw

        with new_path(place) as part, part.open("wb") as file:
            draw(found, file)
    if as_json:
        write_line(json_line(chart_json(found)))
    elif place is not None:
        say(f"Drawn to {place}: {len(found.ticks):,} ticks, {len(found.audited):,} audited minutes.")
    if found.broken:
        say(f"rooms: {found.broken:,} records do not hold and are left out; see `rooms oracle verify`.")
