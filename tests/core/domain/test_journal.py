"""Accounts, postings and their fold: imbalance cannot be written down."""

from __future__ import annotations

import pytest

from rooms_core.domain.ids import RoomId, UserId
from rooms_core.domain.invariants import InvariantBroken
from rooms_core.domain.journal import (
    BREAKAGE,
    OPERATING,
    OUTSIDE,
    PROTOCOL,
    ROOM_CREDITS,
    SUBSIDY,
    Account,
    AccountKind,
    Posting,
    PostingKind,
    available,
    fold,
    pot,
    reserved,
    room_subsidy,
)
from rooms_core.domain.money import ZERO, Lamports

USER, ROOM = UserId(7), RoomId(9)


@pytest.mark.parametrize(
    "account, kind, owner, text",
    [
        (available(USER), AccountKind.AVAILABLE, 7, "available:7"),
        (reserved(USER), AccountKind.RESERVED, 7, "reserved:7"),
        (pot(ROOM), AccountKind.POT, 9, "pot:9"),
        (room_subsidy(ROOM), AccountKind.ROOM_SUBSIDY, 9, "room_subsidy:9"),
        (PROTOCOL, AccountKind.PROTOCOL, 0, "protocol"),
        (BREAKAGE, AccountKind.BREAKAGE, 0, "breakage"),
        (SUBSIDY, AccountKind.SUBSIDY, 0, "subsidy"),
        (OPERATING, AccountKind.OPERATING, 0, "operating"),
        (OUTSIDE, AccountKind.OUTSIDE, 0, "outside"),
    ],
)
def test_whose_money_it_is(account: Account, kind: AccountKind, owner: int, text: str) -> None:
    """Users and rooms own accounts; of the house's there is one each."""
    assert (Account(kind, owner), text) == (account, str(account))


def test_a_posting_moves_money_between_two_accounts() -> None:
    """No posting of nothing, and none from an account to itself (I1)."""
    with pytest.raises(InvariantBroken, match=r"^I1: a posting moves money: stake$"):
        Posting(PostingKind.STAKE, available(USER), pot(ROOM), ZERO)
    with pytest.raises(InvariantBroken, match=r"^I1: a posting has two ends: pot:9$"):
        Posting(PostingKind.STAKE, pot(ROOM), pot(ROOM), Lamports(1))


def test_balances_are_the_fold_of_postings() -> None:
    """Each posting takes from its source and gives to its target; the sum over all accounts is zero (I1, I2)."""
    postings = [
        Posting(PostingKind.DEPOSIT, OUTSIDE, available(USER), Lamports(100)),
        Posting(PostingKind.STAKE, available(USER), pot(ROOM), Lamports(40)),
        Posting(PostingKind.PAYOUT, pot(ROOM), available(USER), Lamports(5)),
    ]

    assert {OUTSIDE: -100, available(USER): 65, pot(ROOM): 35} == fold(postings)
    assert {} == fold([])


def test_an_unbalanced_fold_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sum is checked each time, whatever the postings are (I1)."""
    monkeypatch.setattr("builtins.sum", lambda _: 1)

    with pytest.raises(InvariantBroken, match=r"^I1: postings sum to zero$"):
        fold([])


def test_credits_from_rooms() -> None:
    """What waits ten minutes before it may be withdrawn: all that a room pays to people (M9)."""
    kinds = {"payout", "late_refund", "match_refund", "void_refund", "host", "commission"}

    assert kinds == {str(kind) for kind in ROOM_CREDITS}
