"""What arrives on a user's deposit address, and what of it becomes his balance."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rooms_core.domain.address import Address
from rooms_core.domain.ids import UserId
from rooms_core.domain.money import ZERO, Lamports


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
