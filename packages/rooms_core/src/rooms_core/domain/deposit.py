"""What arrives on a user's deposit address, and what of it becomes his balance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from rooms_core.domain.address import Address
from rooms_core.domain.ids import UserId
from rooms_core.domain.invariants import ensure
from rooms_core.domain.money import ZERO, Lamports

DEPOSIT_MIN: Final = Lamports(1_000_000)
"""Less is recorded but waits until enough has come together: dust is how strangers write to an address."""


class DepositState(StrEnum):
    """CREDITED: in the user's balance. DUST: waits until enough came together. INTERNAL: our own transfer.

    PARKED: a transfer that could not be read yet; it is asked for again and never skipped.
    """

    CREDITED = "credited"
    DUST = "dust"
    INTERNAL = "internal"
    PARKED = "parked"


@dataclass(frozen=True, slots=True, kw_only=True)
class DepositAddress:
    """A user's deposit address, and how far its history has been read.

    `cursor` is the last signature processed (None: none yet), `cursor_slot` its slot, and `balance` what the address
    held after it.
    """

    address: Address
    user: UserId
    made_at_ms: int
    cursor: str | None = None
    cursor_slot: int = 0
    balance: Lamports = ZERO

    def read_to(self, signature: str, slot: int, balance: Lamports | None) -> DepositAddress:
        """The address with its cursor moved on, never back. `balance` None: as before."""
        if slot < self.cursor_slot:
            return self
        held = self.balance if balance is None else balance
        return replace(self, cursor=signature, cursor_slot=slot, balance=held)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a finalized transfer changed on one address, signed; `after` is what the address held then.

    `payer` paid the chain's fee. `error`: the transfer failed, so only a fee can have moved.
    """

    slot: int
    change: int
    after: Lamports
    payer: Address
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposit:
    """What one finalized transfer changed on one deposit address, in lamports, signed (PARKED: 0 until it is read)."""

    id: int
    user: UserId
    address: Address
    signature: str
    slot: int
    change: int
    state: DepositState
    seen_at_ms: int
    credited_at_ms: int | None = None

    @property
    def amount(self) -> Lamports:
        """What it brings the user. Raises ValueError for what left the address."""
        return Lamports(self.change)

    def credited(self, now_ms: int) -> Deposit:
        """The deposit in the user's balance. Raises InvariantBroken for a second time (I16)."""
        ensure(self.state is DepositState.DUST, "I16", f"deposit {self.id} is {self.state}")
        return replace(self, state=DepositState.CREDITED, credited_at_ms=now_ms)


def is_ours(change: Change, *, address: Address, wallet: Address) -> bool:
    """Whether we made this transfer ourselves: our wallet or the address paid for it, or money left the address."""
    return change.change <= 0 or change.payer in (address, wallet)


def to_credit(waiting: Sequence[Deposit], *, minimum: Lamports) -> Sequence[Deposit]:
    """Which of the deposits that wait on one address are credited now: all of them once they reach the minimum."""
    return waiting if sum(deposit.change for deposit in waiting) >= minimum.value else ()
