"""`rooms db check`: whether the database is what the books need, line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from rooms_cli.database import DEFAULT, Database

if TYPE_CHECKING:
    from rooms_store.findings import Finding


def check(
    database: Database = DEFAULT,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, on a terminal too.")] = False,
) -> None:
    """Check revision, tables, guards, settings, clock, roles and layout; exit 1 if anything is wrong.

    That append-only tables refuse to be rewritten is tried, and taken back. Nothing is changed.
    """
    import asyncio

    from rooms_cli.clock import SystemClock
    from rooms_cli.database import existing
    from rooms_cli.errors import CommandError
    from rooms_store.checkup import check_books, engines_at
    from rooms_store.failures import VENDOR, failed

    place = existing(database)

    async def ask() -> list[Finding]:
        engines = engines_at(place)
        try:
            return await check_books(engines, SystemClock())
        finally:
            await engines.close()

    try:
        findings = asyncio.run(ask())
    except VENDOR as error:
        raise CommandError(f"The database could not be checked: {failed(error).message}.") from error
    _show(findings, as_json)
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)


def _show(findings: list[Finding], as_json: bool) -> None:
    from rooms_cli.output import json_line, say, table, write_line

    if as_json:
        for each in findings:
            told = {"name": each.name, "ok": each.ok, "found": each.found}
            write_line(json_line(told | ({} if each.ok else {"advice": each.advice})))
        return
    rows = [["ok" if each.ok else "wrong", each.name, each.found] for each in findings]
    table("The database", ["is", "what", "found"], rows, left=3)
    for each in findings:
        if not each.ok:
            say(f"rooms: {each.name}: {each.advice}")
