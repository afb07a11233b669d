"""Small numbers for words: how states and kinds are written in the tables. A number, once given, never changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final, Generic, TypeVar

from rooms_core.domain.attempt import AttemptState
from rooms_core.domain.deposit import DepositState
from rooms_core.domain.events import EventKind
from rooms_core.domain.journal import AccountKind, PostingKind
from rooms_core.domain.status import RoomStatus
from rooms_core.domain.withdrawal import WithdrawalState

W = TypeVar("W", bound=StrEnum)


class Codes(Generic[W]):
    """The numbers of one kind of word, both ways. Raises ValueError where two words share a number."""

    def __init__(self, numbers: Mapping[W, int]) -> None:
        self._numbers = dict(numbers)
        self._words = {number: word for word, number in numbers.items()}
        if len(self._words) < len(self._numbers):
            raise ValueError("two words share a number")

    def number(self, word: W) -> int:
        """The number of a word."""
        return self._numbers[word]

    def numbers(self, words: Iterable[W]) -> list[int]:
        """The numbers of some words, in order."""
        return sorted(self._numbers[word] for word in words)

    def word(self, number: int) -> W:
        """The word of a number."""
        return self._words[number]

    def words(self) -> frozenset[W]:
        """All words that have a number."""
        return frozenset(self._numbers)


ACCOUNT_KINDS: Final = Codes(
    {
        AccountKind.AVAILABLE: 1,
        AccountKind.RESERVED: 2,
        AccountKind.POT: 3,
        AccountKind.ROOM_SUBSIDY: 4,
        AccountKind.PROTOCOL: 5,
        AccountKind.BREAKAGE: 6,
        AccountKind.SUBSIDY: 7,
        AccountKind.OPERATING: 8,
        AccountKind.OUTSIDE: 9,
    }
)

POSTING_KINDS: Final = Codes(
    {
        PostingKind.DEPOSIT: 1,
        PostingKind.STAKE: 2,
        PostingKind.PAYOUT: 3,
        PostingKind.LATE_REFUND: 4,
        PostingKind.MATCH_REFUND: 5,
        PostingKind.VOID_REFUND: 6,
        PostingKind.HOST: 7,
        PostingKind.COMMISSION: 8,
        PostingKind.PROTOCOL: 9,
        PostingKind.BREAKAGE: 10,
        PostingKind.SUBSIDY_SET_ASIDE: 11,
        PostingKind.SUBSIDY: 12,
        PostingKind.SUBSIDY_RETURNED: 13,
        PostingKind.RESERVE: 14,
        PostingKind.SPEND: 15,
        PostingKind.RELEASE: 16,
        PostingKind.NETWORK_FEE: 17,
        PostingKind.FUNDING: 18,
    }
)

ROOM_STATUSES: Final = Codes(
    {
        RoomStatus.QUEUING: 1,
        RoomStatus.OPEN: 2,
        RoomStatus.LOCKED: 3,
        RoomStatus.SETTLING: 4,
        RoomStatus.SETTLED: 5,
        RoomStatus.VOIDED: 6,
    }
)

EVENT_KINDS: Final = Codes(
    {
        EventKind.ROOM_OPENED: 1,
        EventKind.ROOM_LOCKED: 2,
        EventKind.ROOM_SETTLED: 3,
        EventKind.ROOM_VOIDED: 4,
        EventKind.COMMISSION_EARNED: 5,
        EventKind.DEPOSIT_CREDITED: 6,
        EventKind.WITHDRAWAL_REQUESTED: 7,
        EventKind.WITHDRAWAL_APPROVED: 8,
        EventKind.WITHDRAWAL_CANCELLED: 9,
        EventKind.WITHDRAWAL_DONE: 10,
        EventKind.WITHDRAWAL_FAILED: 11,
    }
)

DEPOSIT_STATES: Final = Codes(
    {DepositState.CREDITED: 1, DepositState.DUST: 2, DepositState.INTERNAL: 3, DepositState.PARKED: 4}
)

WITHDRAWAL_STATES: Final = Codes(
    {
        WithdrawalState.REQUESTED: 1,
        WithdrawalState.AWAITING_APPROVAL: 2,
        WithdrawalState.APPROVED: 3,
        WithdrawalState.SIGNED: 4,
        WithdrawalState.SENT: 5,
        WithdrawalState.CONFIRMED: 6,
        WithdrawalState.DONE: 7,
        WithdrawalState.FAILED_ON_CHAIN: 8,
        WithdrawalState.EXPIRED: 9,
        WithdrawalState.CANCELLED: 10,
    }
)

ATTEMPT_STATES: Final = Codes(
    {
        AttemptState.PREPARED: 1,
        AttemptState.SIGNED: 2,
        AttemptState.SENT: 3,
        AttemptState.CONFIRMED: 4,
        AttemptState.DONE: 5,
        AttemptState.FAILED_ON_CHAIN: 6,
        AttemptState.EXPIRED: 7,
    }
)
