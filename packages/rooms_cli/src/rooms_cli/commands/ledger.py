"""`rooms ledger`: the books proven, every balance from its postings; and what moved on one account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from rooms_cli.database import DEFAULT, Database

if TYPE_CHECKING:
    from rooms_core.ports.queries import LedgerReport

app = typer.Typer(no_args_is_help=True, help="Check the books, and read accounts.")


@app.callback()
def ledger() -> None:
    """Check the books, and read accounts."""


@app.command()
def verify(
    database: Database = DEFAULT,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, on a terminal too.")] = False,
) -> None:
    """Recompute every balance from the postings and check the rules of the books; exit 1 if anything differs."""
    from rooms_cli.database import read
    from rooms_cli.output import progress

    with progress("Recomputing balances") as advance:
        report = read(database, lambda queries: queries.verify(advance))
    _show(report, as_json)
    if not report.holds:
        raise typer.Exit(1)


@app.command()
def statement(
    account: Annotated[
        str,
        typer.Argument(
            metavar="ACCOUNT", help="A user's id; or reserved:ID, pot:ID, or the house's, as protocol."
        ),
    ],
    database: Database = DEFAULT,
    since: Annotated[
        str,
        typer.Option("--since", metavar="TIME", help="From 2026-11-23 or 2026-11-23T14:30 (UTC), or ms, on."),
    ] = "0",
    until: Annotated[
        str | None,
        typer.Option("--until", metavar="TIME", help="Until right before this time; by default now."),
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", min=1, max=10_000, help="At most so many movements.")
    ] = 50,
    after: Annotated[
        int | None,
        typer.Option("--after", metavar="ID", help="Behind this movement: the last of the page before."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, on a terminal too.")] = False,
) -> None:
    """An account over a period: opening balance, what moved (oldest first), closing balance."""
    from rooms_cli.clock import SystemClock
    from rooms_cli.database import read
    from rooms_cli.moments import moment_ms
    from rooms_cli.output import facts, json_line, table, write_line
    from rooms_cli.statement_view import (
        LINE_COLUMNS,
        account_named,
        line_cells,
        statement_facts,
        statement_json,
    )
    from rooms_core.ports.movements import Period

    named = account_named(account)
    until_ms = SystemClock().now_ms() + 1 if until is None else moment_ms(until)
    period = Period(since_ms=moment_ms(since), until_ms=until_ms)
    found = read(database, lambda queries: queries.statement(named, period, after=after, limit=limit))
    if as_json:
        write_line(json_line(statement_json(found)))
        return
    facts(f"{named}, in SOL", statement_facts(found), amounts=True)
    table("\nMovements", LINE_COLUMNS, line_cells(found), left=4)


def _show(report: LedgerReport, as_json: bool) -> None:
    from rooms_cli.output import facts, json_line, say, table, write_line

    if as_json:
        write_line(json_line(_report_json(report)))
    else:
        pairs = [("accounts", f"{report.accounts:,}"), ("postings", f"{report.postings:,}")]
        pairs += [
            (kind.value.replace("_", " "), str(amount)) for kind, amount in sorted(report.totals.items())
        ]
        facts("The ledger", pairs, amounts=True)
        differs = report.first_difference
        i2 = (
            ""
            if differs is None
            else f"{differs.account}: {differs.stored} stored, {differs.recomputed} recomputed"
        )
        checks = [("I2", "every balance is the fold of its postings", i2)]
        checks += [(check.rule, check.what, "; ".join(check.wrong)) for check in report.checks]
        rows = [[rule, what, wrong or "holds"] for rule, what, wrong in sorted(checks, key=_number)]
        table("\nWhat must hold", ["rule", "what", "found"], rows, left=3)
    if not report.holds:
        say("rooms: The books do not hold. Stop paying out, keep the file as it is, and find out why.")


def _number(check: tuple[str, str, str]) -> int:
    return int(check[0][1:])


def _report_json(report: LedgerReport) -> dict[str, Any]:
    differs = report.first_difference
    return {
        "ok": report.holds,
        "accounts": report.accounts,
        "postings": report.postings,
        "first_difference": None
        if differs is None
        else {
            "account": str(differs.account),
            "stored": str(differs.stored),
            "recomputed": str(differs.recomputed),
        },
        "checks": [
            {"rule": check.rule, "what": check.what, "ok": check.holds, "wrong": list(check.wrong)}
            for check in report.checks
        ],
        "totals": {kind.value: str(amount.value) for kind, amount in sorted(report.totals.items())},
    }
