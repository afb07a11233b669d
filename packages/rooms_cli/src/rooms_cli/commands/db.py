"""`rooms db`: the database itself."""

from __future__ import annotations

from typing import Annotated

import typer

from rooms_cli.database import DEFAULT, Database

app = typer.Typer(no_args_is_help=True, help="Look after the database.")


@app.callback()
def db() -> None:
    """Look after the database."""


@app.command()
def upgrade(
    database: Database = DEFAULT,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, on a terminal too.")] = False,
) -> None:
    """Bring the tables up to date; a database that is not there is made. Nothing is lost, and twice does no harm."""
    from rooms_cli.database import existing, located
    from rooms_cli.errors import CommandError
    from rooms_cli.output import facts, json_line, write_line
    from rooms_store.failures import VENDOR, failed
    from rooms_store.migrations import current
    from rooms_store.migrations import upgrade as bring_up

    path = located(database)
    if not path.parent.is_dir():
        raise CommandError(f"There is no folder {path.parent} for the database.", hint="Make it first.")
    try:
        was = current(existing(database)) if path.exists() else None
        bring_up(path)
        now = current(path)
    except VENDOR as error:
        raise CommandError(f"The database could not be upgraded: {failed(error).message}.") from error
    if as_json:
        write_line(json_line({"database": str(path), "was": was, "now": now}))
        return
    facts(
        "The database is up to date", [("database", str(path)), ("was", was or "empty"), ("now", now or "")]
    )
