"""`rooms db`: the database itself."""

from __future__ import annotations

from typing import Annotated

import typer

from rooms_cli.commands.db_check import check
from rooms_cli.commands.db_copies import backup, restore
from rooms_cli.commands.db_servers import distribute, grant
from rooms_cli.database import DEFAULT, Database

app = typer.Typer(no_args_is_help=True, help="Look after the database.")
app.command()(check)
app.command()(backup)
app.command()(restore)
app.command()(grant)
app.command()(distribute)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, on a terminal too.")]


@app.callback()
def db() -> None:
    """Look after the database."""


@app.command()
def upgrade(database: Database = DEFAULT, as_json: AsJson = False) -> None:
    """Bring the tables up to date; a SQLite file that is not there is made. Nothing is lost, and twice does no harm.

    A PostgreSQL database has to be there (`createdb`); run this as the one who is to own the tables.
    """
    from rooms_cli.database import shown
    from rooms_cli.migrating import fit_for_tables, migrated
    from rooms_store.migrations import NEWEST

    place, there = fit_for_tables(database)
    was, now = migrated(place, NEWEST, there=there)
    _tell("The database is up to date", shown(place), was, now, as_json)


@app.command()
def downgrade(
    revision: Annotated[
        str, typer.Argument(metavar="REVISION", help="An older revision; base takes all tables away.")
    ],
    database: Database = DEFAULT,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Take the tables back to an older revision, and with them what only newer ones hold. It asks before.

    What is lost is listed with its number of rows; take a copy first (`rooms db backup`). Without a terminal it wants
    --yes.
    """
    from rooms_cli.database import existing, shown
    from rooms_cli.migrating import lost, migrated

    place = existing(database)
    losses = lost(place, revision)
    if not yes:
        _confirm(shown(place), revision, losses)
    was, now = migrated(place, revision, there=True, back=True)
    _tell("The database is at an older revision", shown(place), was, now, as_json, losses)


def _confirm(place: str, revision: str, losses: dict[str, int]) -> None:
    """Ask a person; where there is none, or he says no, the command ends."""
    from rooms_cli.errors import CommandError, usage
    from rooms_cli.output import say

    say(f"rooms: {place} goes back to {revision}. This is lost:")
    for table, rows in losses.items():
        say(f"       {table}: {rows:,} rows")
    if not losses:
        say("       no table; columns that newer revisions added, if any")
    if not _somebody_is_here():
        raise usage("Nobody is here to ask.", hint="Give --yes if you mean it; `rooms db backup FILE` first.")
    if not typer.confirm("Go on?", default=False, err=True):
        raise CommandError("Nothing was changed.")


def _somebody_is_here() -> bool:
    import sys

    return sys.stdin.isatty()


def _tell(
    title: str,
    place: str,
    was: str | None,
    now: str | None,
    as_json: bool,
    losses: dict[str, int] | None = None,
) -> None:
    from rooms_cli.output import facts, json_line, write_line

    if as_json:
        told = {"database": place, "was": was, "now": now}
        write_line(json_line(told if losses is None else {**told, "lost": losses}))
        return
    pairs = [("database", place), ("was", was or "empty"), ("now", now or "empty")]
    pairs += [("lost", f"{table}, {rows:,} rows") for table, rows in (losses or {}).items()]
    facts(title, pairs)
