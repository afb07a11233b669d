"""Accounts by name."""

from __future__ import annotations

import pytest

from rooms_cli.errors import CommandError
from rooms_cli.statement_view import account_named
from rooms_core.domain.ids import RoomId, UserId
from rooms_core.domain.journal import OUTSIDE, PROTOCOL, Account, available, pot, reserved


@pytest.mark.parametrize(
    "name, account",
    [
        ("2", available(UserId(2))),
        ("available:2", available(UserId(2))),
        ("reserved:4", reserved(UserId(4))),
        ("pot:1000", pot(RoomId(1_000))),
        ("protocol", PROTOCOL),
        ("outside", OUTSIDE),
    ],
)
def test_an_account_has_a_name(name: str, account: Account) -> None:
    """A bare id is a user's balance; the house's accounts have no owner."""
    assert account == account_named(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "3",
        "0",
        "-2",
        "pot",
        "pot:",
        "pot:x",
        "protocol:2",
        "wallet:2",
        "pot:1000:2",
        str(2**63),
        "2" * 5_000,
    ],
)
def test_other_names_are_wrong_usage(name: str) -> None:
    """Odd ids are nobody's; whose account it is must be said, and only where it has an owner."""
    with pytest.raises(CommandError) as refused:
        account_named(name)

    assert 2 == refused.value.status
