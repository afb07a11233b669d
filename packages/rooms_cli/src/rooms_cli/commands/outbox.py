"""`rooms outbox`: the notices that could not be told, and telling them again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from rooms_cli.database import DEFAULT, Database

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from rooms_core.domain.events import DeadLetter
    from rooms_core.ports.store import Store, StoreFailed
    from rooms_core.result import Result

app = typer.Typer(no_args_is_help=True, help="Notices that could not be told.")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, on a terminal too.")]


@app.command("list")
def list_letters(
    database: Database = DEFAULT,
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", min=1, max=1_000, help="At most so many.")
    ] = 50,
    after: Annotated[
        int,
        typer.Option("--after", metavar="ID", min=0, help="Behind this one: the last of the page before."),
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """Dead letters, oldest first: what was given up, and why. JSON is one letter a line."""
    from rooms_cli.database import written
    from rooms_cli.output import json_line, table, write_line
    from rooms_cli.room_view import moment
    from rooms_core.services.dead_letters import DeadLetters

    letters = written(
        database, lambda store: DeadLetters(store=store).page(limit, after=after), makes_ids=False
    )
    if as_json:
        for letter in letters:
            write_line(json_line(_json(letter)))
    else:
        told = [{**_json(letter), "at_ms": moment(letter.at_ms)} for letter in letters]
        rows = [[str(each) for each in letter.values()] for letter in told]
        table("Dead letters", list(_COLUMNS), rows, left=len(_COLUMNS))


@app.command()
def retry(
    ids: Annotated[
        list[int] | None,
        typer.Argument(metavar="ID…", min=1, help="Notices, as `rooms outbox list` names them."),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All dead letters.")] = False,
    database: Database = DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Queue dead letters anew: the announcers try them again, under the same ids. Exit 1 if one is no dead letter."""
    from rooms_cli.database import written
    from rooms_cli.errors import usage
    from rooms_cli.output import json_line, say, write_line
    from rooms_core.services.dead_letters import DeadLetters

    wanted = set(ids or ())
    if bool(wanted) is everything:
        raise usage("Name notices, or say --all.", hint="`rooms outbox list` shows them.")

    def revive(store: Store) -> Awaitable[Result[int, StoreFailed]]:
        letters = DeadLetters(store=store)
        return letters.revive_all() if everything else letters.revive(wanted)

    revived = written(database, revive, makes_ids=False)
    if as_json:
        write_line(json_line({"queued": revived}))
    else:
        print(f"{revived:,} notices queued anew")
    if revived < len(wanted):
        say(f"rooms: {len(wanted) - revived:,} of them are no dead letters.")
        raise typer.Exit(1)


_COLUMNS = ("id", "user", "kind", "ref", "tries", "at", "why")


def _json(letter: DeadLetter) -> dict[str, object]:
    notice = letter.notice
    return {
        "id": str(notice.id),
        "user": str(notice.event.user),
        "kind": notice.event.kind.value,
        "ref": str(notice.event.ref),
        "tries": notice.tries,
        "at_ms": letter.at_ms,
        "why": letter.why,
    }
