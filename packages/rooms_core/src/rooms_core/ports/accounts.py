"""The state of accounts on chain: balances for custody, and the curves and pools that price pump.fun tokens."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from rooms_core.domain.address import Address
from rooms_core.domain.money import Lamports
from rooms_core.ports.chain import ChainFailed
from rooms_core.result import Result

ACCOUNTS_MAX = 100
"""How many accounts one reading may ask for: so many the chain answers at one slot."""


@dataclass(frozen=True, slots=True)
class AccountState:
    """One account: its lamports, the program that owns it (the System program for a wallet), and its bytes."""

    lamports: Lamports
    owner: Address
    data: bytes = b""


@dataclass(frozen=True, slots=True)
class AccountsReading:
    """Accounts as they stood at one slot; None where there is no account."""

    slot: int
    accounts: Mapping[Address, AccountState | None]


class Accounts(Protocol):
    """Reads accounts, all at one slot."""

    async def read(
        self, addresses: Collection[Address], *, finalized: bool, at_least_slot: int = 0
    ) -> Result[AccountsReading, ChainFailed]:
        """Read up to `ACCOUNTS_MAX` accounts. `finalized` False: at *confirmed*, for ticks, which may still vanish.

        A node that has not seen `at_least_slot` counts as a failure.
        """
        ...
