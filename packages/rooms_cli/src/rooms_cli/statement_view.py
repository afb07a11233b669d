"""An account's statement as it is shown: opening and closing balance, and a page of what moved between."""

from __future__ import annotations

from typing import Any

from rooms_cli.errors import usage
from rooms_cli.room_view import moment
from rooms_cli.statistics_view import signed_sol
from rooms_core.domain.journal import Account, AccountKind
from rooms_core.domain.money import STORED_MAX, sol
from rooms_core.ports.movements import Movement, Statement

_OWNED = frozenset({AccountKind.AVAILABLE, AccountKind.RESERVED, AccountKind.POT, AccountKind.ROOM_SUBSIDY})


def account_named(name: str) -> Account:
    """The account that `name` means: "2" is a user's balance, else a kind with its owner: "pot:1000", "protocol"."""
    kind, _, owner = name.partition(":") if not name.isdigit() else (AccountKind.AVAILABLE.value, "", name)
    if kind in set(AccountKind):
        owned = AccountKind(kind) in _OWNED
        number = int(owner) if owned and owner.isascii() and owner.isdigit() and len(owner) < 20 else 0
        if 0 < number <= STORED_MAX and not number & 1:
            return Account(AccountKind(kind), number)
        if not owned and not owner:
            return Account(AccountKind(kind))
    raise usage(
        f"There is no account {name}.",
        hint="Give a user's id, or kind:owner as in reserved:2 or pot:1000, or one of the house's as protocol.",
    )


def statement_json(statement: Statement) -> dict[str, Any]:
    """The whole period, without its lines; amounts in lamports."""
    return {
        "account": str(statement.account),
        "since_ms": statement.period.since_ms,
        "until_ms": statement.period.until_ms,
        "opening": str(statement.opening),
        "credited": str(statement.credited.value),
        "debited": str(statement.debited.value),
        "closing": str(statement.closing),
        "lines": [
            {
                "id": str(line.movement.id),
                "at_ms": line.movement.at_ms,
                "entry": line.movement.entry,
                "kind": line.movement.kind.value,
                "with": str(_other(line.movement, statement.account)),
                "change": str(_change(line.movement, statement.account)),
                "balance": str(line.balance),
            }
            for line in statement.lines
        ],
    }


def statement_facts(statement: Statement) -> list[tuple[str, str]]:
    """The sums for people, in SOL."""
    return [
        ("opening", signed_sol(statement.opening)),
        ("credited", sol(statement.credited)),
        ("debited", sol(statement.debited)),
        ("closing", signed_sol(statement.closing)),
    ]


LINE_COLUMNS = ["id", "when", "kind", "with", "change", "balance"]


def line_cells(statement: Statement) -> list[list[str]]:
    """The lines for people, oldest first."""
    account = statement.account
    return [
        [
            str(line.movement.id),
            moment(line.movement.at_ms),
            line.movement.kind.value.replace("_", " "),
            str(_other(line.movement, account)),
            signed_sol(_change(line.movement, account)),
            signed_sol(line.balance),
        ]
        for line in statement.lines
    ]


def _other(moved: Movement, account: Account) -> Account:
    return moved.source if moved.target == account else moved.target


def _change(moved: Movement, account: Account) -> int:
    return moved.amount.value if moved.target == account else -moved.amount.value
