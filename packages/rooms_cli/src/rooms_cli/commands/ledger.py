"""`rooms ledger`: the books proven, every balance from its postings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from rooms_cli.database import DEFAULT, Database

if TYPE_CHECKING:
    from rooms_core.ports.queries import LedgerReport

app = typer.Typer(no_args_is_help=True, help="Check the books.")


@app.callback()
def ledger() -> None:
    """Check the books."""


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
        "totals": {kind.value: str(amount.value) for kind, amount in report.totals.items()},
    }
