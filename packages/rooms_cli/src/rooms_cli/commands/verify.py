"""`rooms verify`: a settlement run again from its receipt, offline."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rooms_core.proofs.receipt_check import ReceiptRefused, Verified


def verify(
    file: Annotated[str, typer.Argument(metavar="RECEIPT.json|-", help="A receipt; - reads stdin.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, on a terminal too.")] = False,
) -> None:
    """Run a settlement again from its receipt alone, and say what differs.

    Neither the network nor a database is asked: the core works out every payout and figure from the lines and the
    rules that the receipt names.
    """
    from rooms_core.proofs.receipt_check import verify_receipt
    from rooms_core.result import Err, Ok

    match verify_receipt(_receipt(file)):
        case Ok(verified):
            _show_verified(verified, as_json)
        case Err(why):
            _show_refused(why, as_json)
            raise typer.Exit(1)


def _receipt(file: str) -> dict[str, Any]:
    from rooms_cli.errors import CommandError
    from rooms_cli.inputs import opened
    from rooms_cli.json_cases import read_cases
    from rooms_core.result import Ok

    with opened(file) as stream:
        found = list(islice(read_cases(stream), 2))
    if len(found) == 1 and isinstance(found[0].value, Ok):
        return found[0].value.value
    if len(found) == 2 and isinstance(found[0].value, Ok):
        raise CommandError(
            f"{file} holds more than one JSON object.", hint="A receipt is one; give one file for each."
        )
    why = "it is empty" if not found or isinstance(found[0].value, Ok) else found[0].value.why.message
    raise CommandError(
        f"{file} is no receipt: {why}.", hint="A receipt is one JSON object, as a settlement writes it."
    )


def _show_verified(verified: Verified, as_json: bool) -> None:
    from rooms_cli.output import facts, json_line, write_line

    if as_json:
        figures = {
            "room": verified.room,
            "state": verified.state,
            "lines": verified.lines,
            "hash": verified.hash,
        }
        write_line(json_line({"ok": True, **figures, "differences": []}))
        return
    pairs = [
        ("room", verified.room),
        ("ended", verified.state),
        ("lines", f"{verified.lines:,}"),
        ("hash", verified.hash),
    ]
    facts("The receipt is what the core works out", [("receipt", "verified"), *pairs])


def _show_refused(why: ReceiptRefused, as_json: bool) -> None:
    from rooms_cli.output import json_line, say, table, write_line
    from rooms_core.proofs.receipt_check import Differences, NotAReceipt

    match why:
        case NotAReceipt(message=message):
            if as_json:
                write_line(json_line({"ok": False, "error": {"code": "NOT_A_RECEIPT", "message": message}}))
            say(f"rooms: This is no receipt: {message}.")
        case Differences(found=found):
            if as_json:
                rows = [
                    {"where": each.where, "stated": each.stated, "computed": each.computed} for each in found
                ]
                write_line(json_line({"ok": False, "differences": rows}))
            else:
                lines = [[each.where, each.stated, each.computed] for each in found]
                table("What differs", ["where", "the receipt says", "worked out"], lines, left=3)
            say(f"rooms: The receipt does not hold; differences: {len(found)}.")
