"""`rooms db grant` and `rooms db distribute`: what only PostgreSQL has, roles and shards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import typer

from rooms_cli.database import DEFAULT, Database

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, on a terminal too.")]
Print = Annotated[
    bool, typer.Option("--print", help="Print the statements and run none; no server is needed.")
]


def grant(
    database: Database = DEFAULT,
    only_print: Print = False,
    schema: Annotated[str, typer.Option(metavar="NAME", help="The schema of the tables.")] = "public",
    as_json: AsJson = False,
) -> None:
    """Make the roles rooms_engine, rooms_bot, rooms_signer and rooms_auditor on PostgreSQL, and write their rights.

    Run it as the owner of the tables, who is nobody else: no role can rewrite what is append-only, delete, or turn a
    guard off. Make a login for each process yourself, `CREATE ROLE … LOGIN PASSWORD … IN ROLE rooms_bot`: no password
    passes through here. Run it again after each upgrade; twice does no harm.
    """
    from rooms_store.roles import ROLES, grant_statements

    statements = grant_statements(schema)
    if only_print:
        _print(statements, as_json)
        return
    _run(database, statements, what="SQLite has no roles: whoever can write the file can write the books.")
    _tell("The roles have their rights", {"roles": list(ROLES), "statements": len(statements)}, as_json)


def distribute(
    database: Database = DEFAULT,
    only_print: Print = False,
    shards: Annotated[
        int, typer.Option(metavar="N", min=1, max=1_024, help="Into how many shards a table is cut.")
    ] = 32,
    as_json: AsJson = False,
) -> None:
    """Spread the tables over the servers of a Citus cluster, after `rooms db upgrade` on its coordinator.

    What is spread already is passed over, so run it again after each upgrade. It refuses where the extension is not
    there. `rooms db check` tells whether the layout is as it should be.
    """
    from rooms_store.distribution import COPIED, KEPT, LOCAL, SPREAD, distribute_statements

    statements = distribute_statements(shards=shards)
    if only_print:
        _print(statements, as_json)
        return
    _run(
        database,
        statements,
        what="A SQLite file lies on one machine and cannot be spread.",
        extension="citus",
    )
    told = {
        "spread": list(SPREAD),
        "everywhere": list(COPIED),
        "on_the_coordinator": [*LOCAL, *KEPT],
    }
    _tell("The tables are spread", told, as_json)


def _run(database: str, statements: list[str], *, what: str, extension: str | None = None) -> None:
    """Run statements in one unit of work on a server's books."""
    import asyncio

    from rooms_cli.database import existing, is_server
    from rooms_cli.errors import CommandError
    from rooms_store.statement_runner import NoExtension, run_statements

    if not is_server(database):
        raise CommandError(what, hint="Name a PostgreSQL database, or see the statements with --print.")
    place = existing(database)
    try:
        refused = asyncio.run(run_statements(place, statements, extension=extension))
    except NoExtension as error:
        raise CommandError(
            f"This server has no extension {error.name}.",
            hint=f"Run `CREATE EXTENSION {error.name}` on the coordinator, on a server that was started with it.",
        ) from None
    if refused is not None:
        raise CommandError(
            f"The database refused: {refused}.",
            hint="Nothing was changed. Run this as the owner of the tables.",
        )


def _print(statements: list[str], as_json: bool) -> None:
    from rooms_cli.output import json_line, write_line

    if as_json:
        write_line(json_line({"statements": statements}))
        return
    for line in ("BEGIN", *statements, "COMMIT"):
        write_line(f"{line};".encode())


def _tell(title: str, told: Mapping[str, list[str] | int], as_json: bool) -> None:
    from rooms_cli.output import facts, json_line, write_line

    if as_json:
        write_line(json_line(told))
        return
    pairs = [
        (name.replace("_", " "), str(value) if isinstance(value, int) else ", ".join(value))
        for name, value in told.items()
    ]
    facts(title, pairs)
