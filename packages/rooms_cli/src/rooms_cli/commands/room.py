"""`rooms room`: the rooms in the books, what went through one, and its receipt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from rooms_cli.commands import room_list
from rooms_cli.commands.room_export import export
from rooms_cli.commands.room_list import AsJson
from rooms_cli.database import DEFAULT, Database

if TYPE_CHECKING:
    from rooms_core.domain.ids import RoomId
    from rooms_core.ports.queries import Queries
    from rooms_core.ports.store import StoreFailed
    from rooms_core.result import Result

app = typer.Typer(no_args_is_help=True, help="List rooms, show one, print its receipt, or export it.")
app.command()(export)

RoomName = Annotated[str, typer.Argument(metavar="ID", help="A room's id, or enough of its beginning.")]

app.command("list")(room_list.list_rooms)


@app.command()
def show(name: RoomName, database: Database = DEFAULT, as_json: AsJson = False) -> None:
    """Show a room: its question, its pool, how it ended, and all money that went through it."""
    from rooms_cli.database import read
    from rooms_cli.output import facts, json_line, table, write_line
    from rooms_cli.room_lookup import named, only
    from rooms_cli.room_view import ended_facts, ended_json, room_facts, room_json

    room, ended, flows = only(read(database, lambda queries: named(queries, name)))
    if as_json:
        write_line(json_line({**room_json(room), **ended_json(ended, flows)}))
        return
    facts(f"{room.id} {room.title}", room_facts(room))
    if ended is not None:
        facts(f"\n{ended.status}", ended_facts(ended))
    if flows:
        rows = [
            ["in" if flow.into_room else "out", flow.kind.value, f"{flow.postings:,}", str(flow.amount)]
            for flow in flows
        ]
        table("\nCash flow", ["way", "kind", "postings", "amount"], rows, left=2)


@app.command()
def receipt(
    name: RoomName,
    database: Database = DEFAULT,
    _as_json: Annotated[
        bool, typer.Option("--json", help="Nothing else is printed: a receipt is JSON.")
    ] = False,
) -> None:
    """Print the receipt of a settled or voided room, as `rooms verify` reads it."""
    from rooms_cli.database import read
    from rooms_cli.errors import CommandError
    from rooms_cli.output import write_line
    from rooms_cli.room_lookup import named, only
    from rooms_core.proofs.canonical import canonical_bytes

    room, _, _ = only(read(database, lambda queries: named(queries, name)))
    found = read(database, lambda queries: _receipt(queries, room.id))
    if found is None:
        raise CommandError(
            f"Room {room.id} has no receipt yet: it is {room.status}.",
            hint="A receipt is written when a room is settled or voided.",
        )
    write_line(canonical_bytes(found))


async def _receipt(queries: Queries, room: RoomId) -> Result[dict[str, Any] | None, StoreFailed]:
    from rooms_core.result import Err, Ok
    from rooms_core.services.read_receipt import NoReceipt, ReadReceipt

    match await ReadReceipt(queries=queries)(room):
        case Ok(found):
            return Ok(found)
        case Err(why):
            return Ok(None) if isinstance(why, NoReceipt) else Err(why)
