"""Numbers for words."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import pytest

from rooms_core.domain.attempt import AttemptState
from rooms_core.domain.deposit import DepositState
from rooms_core.domain.events import EventKind
from rooms_core.domain.journal import AccountKind, PostingKind
from rooms_core.domain.status import RoomStatus
from rooms_core.domain.withdrawal import WithdrawalState
from rooms_store import codes
from rooms_store.codes import Codes

ALL: list[tuple[Codes[Any], type[StrEnum]]] = [
    (codes.ACCOUNT_KINDS, AccountKind),
    (codes.POSTING_KINDS, PostingKind),
    (codes.ROOM_STATUSES, RoomStatus),
    (codes.EVENT_KINDS, EventKind),
    (codes.DEPOSIT_STATES, DepositState),
    (codes.WITHDRAWAL_STATES, WithdrawalState),
    (codes.ATTEMPT_STATES, AttemptState),
]


@pytest.mark.parametrize("numbers, words", ALL)
def test_every_word_has_a_number_of_its_own(numbers: Codes[Any], words: type[StrEnum]) -> None:
    """Nothing the core can say is unknown to the tables, and each number leads back to its word."""
    assert frozenset(words) == numbers.words()
    assert list(words) == [numbers.word(numbers.number(word)) for word in words]


def test_two_words_never_share_a_number() -> None:
    """A number that meant two things could not be read back."""
    with pytest.raises(ValueError, match="share a number"):
        Codes({RoomStatus.OPEN: 1, RoomStatus.LOCKED: 1})


def test_numbers_come_in_order() -> None:
    """A list of words is a list of numbers, the smallest first."""
    assert [2, 3] == codes.ROOM_STATUSES.numbers([RoomStatus.LOCKED, RoomStatus.OPEN])
