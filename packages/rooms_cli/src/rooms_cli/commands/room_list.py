"""`rooms room list`: the rooms in the books, filtered, in an order, page by page."""

from __future__ import annotations

from typing import Annotated

import typer

from rooms_cli.database import DEFAULT, Database

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, on a terminal too.")]


def list_rooms(
    database: Database = DEFAULT,
    status: Annotated[
        list[str] | None,
        typer.Option("--status", metavar="STATUS", help="Only rooms in this state; may be repeated."),
    ] = None,
    instrument: Annotated[
        str | None, typer.Option("--instrument", metavar="NAME", help="Only rooms on this, as SOL/USD.")
    ] = None,
    subject: Annotated[
        str | None,
        typer.Option("--subject", metavar="coin|token", help="Only coins, or tokens with one pool."),
    ] = None,
    direction: Annotated[
        str | None, typer.Option("--direction", metavar="up|down", help="Only questions that go this way.")
    ] = None,
    mode: Annotated[
        str | None, typer.Option("--mode", metavar="touch|at-close", help="Only questions asked like this.")
    ] = None,
    host: Annotated[
        int | None, typer.Option("--host", metavar="USER", help="Only this host's rooms.")
    ] = None,
    held: Annotated[
        bool | None, typer.Option("--held/--not-held", help="Only held ones, or none of them.")
    ] = None,
    settles_before: Annotated[
        str | None,
        typer.Option(
            "--settles-before", metavar="TIME", help="Settle time before 2026-11-23T14:30 (UTC) or ms."
        ),
    ] = None,
    pot_min: Annotated[
        str | None,
        typer.Option("--pot-min", metavar="SOL", help="Not ended, and at least so much in the pot."),
    ] = None,
    by: Annotated[
        str,
        typer.Option(
            "--by", metavar="ORDER", help="newest; of those not ended: ending-soonest or biggest-pot."
        ),
    ] = "newest",
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", min=1, max=1_000, help="At most so many.")
    ] = 50,
    before: Annotated[
        int | None,
        typer.Option("--before", metavar="ID", help="Older than this room, which need not be there."),
    ] = None,
    after: Annotated[
        int | None,
        typer.Option(
            "--after", metavar="ID", help="Behind this room in the order: the last of the page before."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List rooms, newest first unless asked otherwise. JSON is one room a line."""
    from rooms_cli.database import read
    from rooms_cli.errors import usage
    from rooms_cli.moments import moment_ms
    from rooms_cli.output import json_line, table, write_line
    from rooms_cli.room_choice import amount, is_token, page_behind, statuses_named, word
    from rooms_cli.room_view import moment, question, room_json
    from rooms_core.domain.ids import RoomId, UserId
    from rooms_core.domain.market import Direction, Mode
    from rooms_core.ports.room_filter import RoomFilter, RoomOrder

    order = word("order", by, RoomOrder)
    if before is not None and (order is not RoomOrder.NEWEST or after is not None):
        raise usage("--before goes with the newest rooms only, and not with --after.", hint="Give --after.")
    wanted = RoomFilter(
        statuses=statuses_named(status or []),
        instrument=instrument,
        host=None if host is None else UserId(host),
        held=held,
        direction=None if direction is None else word("direction", direction, Direction),
        mode=None if mode is None else word("mode", mode, Mode),
        pool_priced=None if subject is None else is_token(subject),
        settles_before_ms=None if settles_before is None else moment_ms(settles_before),
        pot_min=None if pot_min is None else amount(pot_min),
        order=order,
        before=None if before is None else RoomId(before),
        limit=limit,
    )
    last = None if after is None else RoomId(after)
    rooms = read(database, lambda queries: page_behind(queries, wanted, last))
    if as_json:
        for room in rooms:
            write_line(json_line(room_json(room)))
        return
    rows = [
        [
            str(room.id),
            room.status.value,
            question(room.market),
            moment(room.settle_at_ms),
            str(room.pool.gross),
        ]
        for room in rooms
    ]
    table(f"{len(rows)} rooms", ["id", "status", "question", "settles", "staked"], rows, left=4)
