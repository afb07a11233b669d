"""The books: accounts, postings source → target, and journal entries. Imbalance cannot be written down.

A posting has one unsigned amount and two ends, so every entry sums to zero over all accounts (I1); a balance is
the fold of an account's postings (I2), and only the outside world may be below zero (I3).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from rooms_core.domain.ids import RoomId, UserId
from rooms_core.domain.invariants import InvariantBroken, ensure
from rooms_core.domain.money import Lamports


class AccountKind(StrEnum):
    """Whose money it is. Users and rooms own accounts; each of the others exists once."""

    AVAILABLE = "available"
    RESERVED = "reserved"
    POT = "pot"
    ROOM_SUBSIDY = "room_subsidy"
    PROTOCOL = "protocol"
    BREAKAGE = "breakage"
    SUBSIDY = "subsidy"
    OPERATING = "operating"
    OUTSIDE = "outside"


@dataclass(frozen=True, slots=True, order=True)
class Account:
    """One account: its kind, and its owner's id (0 for the accounts of the house and the outside world)."""

    kind: AccountKind
    owner: int = 0

    def __str__(self) -> str:
        return f"{self.kind}:{self.owner}" if self.owner else str(self.kind)


WALLETS: Final = frozenset({AccountKind.AVAILABLE, AccountKind.RESERVED})
"""The accounts that make a user's wallet: they are opened when he joins, and nobody else has any (I2)."""
PROTOCOL: Final = Account(AccountKind.PROTOCOL)
"""The house's: its part of every takeout, less the referrers' commissions."""
BREAKAGE: Final = Account(AccountKind.BREAKAGE)
"""The house's: what rounding payouts down left in the pools, kept apart for all to see how little it is (M4)."""
SUBSIDY: Final = Account(AccountKind.SUBSIDY)
"""The house's: the operator's money for promised dividends that a pool cannot pay."""
OPERATING: Final = Account(AccountKind.OPERATING)
"""The house's: the operator's money for network fees."""
OUTSIDE: Final = Account(AccountKind.OUTSIDE)
"""Everybody else: the world that deposits come from and withdrawals go to. The only account below zero (I3)."""


def available(user: UserId) -> Account:
    """What a user can bet with."""
    return Account(AccountKind.AVAILABLE, user)


def reserved(user: UserId) -> Account:
    """What a user has asked to withdraw."""
    return Account(AccountKind.RESERVED, user)


def pot(room: RoomId) -> Account:
    """The stakes of a room, until it is settled or voided."""
    return Account(AccountKind.POT, room)


def room_subsidy(room: RoomId) -> Account:
    """What the house has set aside for the promised dividends of a room."""
    return Account(AccountKind.ROOM_SUBSIDY, room)


class PostingKind(StrEnum):
    """Why money moved, in the words of the glossary."""

    DEPOSIT = "deposit"
    STAKE = "stake"
    PAYOUT = "payout"
    LATE_REFUND = "late_refund"
    MATCH_REFUND = "match_refund"
    VOID_REFUND = "void_refund"
    HOST = "host"
    COMMISSION = "commission"
    PROTOCOL = "protocol"
    BREAKAGE = "breakage"
    SUBSIDY_SET_ASIDE = "subsidy_set_aside"
    SUBSIDY = "subsidy"
    SUBSIDY_RETURNED = "subsidy_returned"
    RESERVE = "reserve"
    SPEND = "spend"
    RELEASE = "release"
    NETWORK_FEE = "network_fee"
    FUNDING = "funding"


ROOM_CREDITS: Final = frozenset(
    {
        PostingKind.PAYOUT,
        PostingKind.LATE_REFUND,
        PostingKind.MATCH_REFUND,
        PostingKind.VOID_REFUND,
        PostingKind.HOST,
        PostingKind.COMMISSION,
    }
)
"""Credits from rooms: playable at once, withdrawable after the hold (decision M9)."""


@dataclass(frozen=True, slots=True)
class Posting:
    """Money moving from one account to another. Raises InvariantBroken for no money or no movement."""

    kind: PostingKind
    source: Account
    target: Account
    amount: Lamports

    def __post_init__(self) -> None:
        if not self.amount.value:
            raise InvariantBroken("I1", f"a posting moves money: {self.kind}")
        # Owners differ nearly always, and a million postings are made in one settlement.
        if self.source.owner == self.target.owner and self.source == self.target:
            raise InvariantBroken("I1", f"a posting has two ends: {self.source}")


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """What one business event moves. `key` makes it happen once: the same key never posts again (I5)."""

    key: str
    postings: tuple[Posting, ...]


def fold(postings: Iterable[Posting]) -> dict[Account, int]:
    """The change of every account's balance, signed, in lamports; the changes sum to zero."""
    changes: dict[Account, int] = {}
    get = changes.get
    for posting in postings:
        source, target, amount = posting.source, posting.target, posting.amount.value
        changes[source] = get(source, 0) - amount
        changes[target] = get(target, 0) + amount
    ensure(sum(changes.values()) == 0, "I1", "postings sum to zero")
    return changes
