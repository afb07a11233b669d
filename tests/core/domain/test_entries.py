"""Every way money can move, source → target, with its reason and its key."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rooms_core.domain import entries
from rooms_core.domain.bet import Bet
from rooms_core.domain.ids import BetId, RoomId, UserId, WithdrawalId
from rooms_core.domain.journal import (
    BREAKAGE,
    OPERATING,
    OUTSIDE,
    PROTOCOL,
    SUBSIDY,
    Account,
    JournalEntry,
    Posting,
    PostingKind,
    available,
    pot,
    reserved,
    room_subsidy,
)
from rooms_core.domain.market import YES
from rooms_core.domain.money import ZERO, Lamports
from rooms_core.domain.tally import Figures, Line, Position

ANN, BOB, HOST = UserId(2), UserId(4), UserId(6)
ROOM, WITHDRAWAL = RoomId(8), WithdrawalId(10)
SEVEN = Lamports(7)


def entry(key: str, kind: PostingKind, source: Account, target: Account) -> JournalEntry:
    """An entry with one posting of seven lamports."""
    return JournalEntry(key, (Posting(kind, source, target, SEVEN),))


BET = Bet(id=BetId(12), key="k", room=ROOM, bettor=ANN, outcome=YES, stake=SEVEN, placed_at_ms=0)


@pytest.mark.parametrize(
    "make, expected",
    [
        (
            lambda: entries.deposit(ANN, SEVEN, signature="sig", address="addr"),
            entry("deposit:sig:addr", PostingKind.DEPOSIT, OUTSIDE, available(ANN)),
        ),
        (lambda: entries.stake(BET), entry("bet:12", PostingKind.STAKE, available(ANN), pot(ROOM))),
        (
            lambda: entries.set_subsidy_aside(ROOM, SEVEN),
            entry("set_aside:8", PostingKind.SUBSIDY_SET_ASIDE, SUBSIDY, room_subsidy(ROOM)),
        ),
        (
            lambda: entries.reserve(WITHDRAWAL, ANN, SEVEN),
            entry("reserve:10", PostingKind.RESERVE, available(ANN), reserved(ANN)),
        ),
        (
            lambda: entries.spend(WITHDRAWAL, ANN, SEVEN),
            entry("end:10", PostingKind.SPEND, reserved(ANN), OUTSIDE),
        ),
        (
            lambda: entries.release(WITHDRAWAL, ANN, SEVEN),
            entry("end:10", PostingKind.RELEASE, reserved(ANN), available(ANN)),
        ),
        (
            lambda: entries.network_fee("sig", SEVEN),
            entry("fee:sig", PostingKind.NETWORK_FEE, OPERATING, OUTSIDE),
        ),
        (
            lambda: entries.fund(OPERATING, SEVEN, key="k"),
            entry("fund:k", PostingKind.FUNDING, OUTSIDE, OPERATING),
        ),
        (
            lambda: entries.fund(SUBSIDY, SEVEN, key="k"),
            entry("fund:k", PostingKind.FUNDING, OUTSIDE, SUBSIDY),
        ),
    ],
)
def test_one_business_event_one_entry(make: Callable[[], JournalEntry], expected: JournalEntry) -> None:
    """Each event moves its money once, under a key of its own; `spend` and `release` share theirs (I5, I15)."""
    assert expected == make()


@pytest.mark.parametrize("account", [PROTOCOL, BREAKAGE, OUTSIDE, available(ANN), pot(ROOM)])
def test_only_the_houses_own_accounts_are_funded(account: Account) -> None:
    """The operator's money goes to the operating and the subsidy account, to nobody's balance."""
    with pytest.raises(
        ValueError, match=f"^only the operating and the subsidy account are funded, not {account}$"
    ):
        entries.fund(account, SEVEN, key="k")


def test_a_room_is_settled_or_voided_under_its_own_key() -> None:
    """The same room never settles twice (I5)."""
    assert ("settle:8", "void:8") == (entries.settle_key(ROOM), entries.void_key(ROOM))


def line(payout: int, late: int, unmatched: int) -> Line[UserId]:
    """A line of Ann's position of 100."""
    position = Position(
        bettor=ANN, outcome=YES, staked=Lamports(100), late=Lamports(late), unmatched=Lamports(unmatched)
    )
    return Line(position, Lamports(payout))


@pytest.mark.parametrize(
    "payout, late, unmatched, moved",
    [
        (0, 0, 0, []),
        (5, 0, 0, [(PostingKind.PAYOUT, 5)]),
        (0, 3, 0, [(PostingKind.LATE_REFUND, 3)]),
        (0, 0, 2, [(PostingKind.MATCH_REFUND, 2)]),
        (5, 3, 2, [(PostingKind.PAYOUT, 5), (PostingKind.LATE_REFUND, 3), (PostingKind.MATCH_REFUND, 2)]),
    ],
)
def test_a_line_pays_and_gives_back(
    payout: int, late: int, unmatched: int, moved: list[tuple[PostingKind, int]]
) -> None:
    """From the pot to the bettor: what he won, what was late, what nothing stood against, each by its name."""
    assert [Posting(kind, pot(ROOM), available(ANN), Lamports(amount)) for kind, amount in moved] == list(
        entries.line(ROOM, line(payout, late, unmatched))
    )


def test_a_block_of_lines_is_its_lines() -> None:
    """Posting by posting, in the order of the lines."""
    block = [line(5, 0, 0), line(0, 0, 0), line(0, 3, 2)]

    assert [posting for each in block for posting in entries.line(ROOM, each)] == entries.lines(ROOM, block)
    assert 3 == len(entries.lines(ROOM, block))


FIGURES = Figures(
    staked=Lamports(100),
    gross=Lamports(100),
    takeout=Lamports(20),
    host=Lamports(5),
    protocol=Lamports(8),
    commissions=Lamports(7),
    paid=Lamports(77),
    breakage=Lamports(3),
    subsidy=ZERO,
)


def test_what_a_settled_room_pays_besides_its_lines() -> None:
    """Host, referrers, protocol and breakage, from the pot; together with what is paid, all of gross (I8, I12)."""
    made = list(entries.takings(ROOM, FIGURES, host=HOST, commissions={BOB: Lamports(4), ANN: Lamports(3)}))

    assert [
        Posting(PostingKind.HOST, pot(ROOM), available(HOST), Lamports(5)),
        Posting(PostingKind.COMMISSION, pot(ROOM), available(BOB), Lamports(4)),
        Posting(PostingKind.COMMISSION, pot(ROOM), available(ANN), Lamports(3)),
        Posting(PostingKind.PROTOCOL, pot(ROOM), PROTOCOL, Lamports(8)),
        Posting(PostingKind.BREAKAGE, pot(ROOM), BREAKAGE, Lamports(3)),
    ] == made
    assert 100 == 77 + sum(posting.amount.value for posting in made)


def test_a_subsidy_comes_into_the_pot_first() -> None:
    """From what was set aside for the room, before the pot pays out; without a host nobody has his share (M4)."""
    figures = Figures(
        staked=Lamports(100),
        gross=Lamports(100),
        takeout=ZERO,
        host=ZERO,
        protocol=ZERO,
        commissions=ZERO,
        paid=Lamports(105),
        breakage=ZERO,
        subsidy=Lamports(5),
    )

    assert [Posting(PostingKind.SUBSIDY, room_subsidy(ROOM), pot(ROOM), Lamports(5))] == list(
        entries.takings(ROOM, figures, host=None, commissions={})
    )
    assert [] == [
        posting
        for posting in entries.takings(ROOM, figures, host=HOST, commissions={})
        if posting.kind is PostingKind.HOST
    ]


def test_a_void_room_gives_stakes_back() -> None:
    """From the pot to the bettor, in full; nothing where there is nothing (I10)."""
    assert [Posting(PostingKind.VOID_REFUND, pot(ROOM), available(ANN), SEVEN)] == list(
        entries.refund(ROOM, ANN, SEVEN)
    )
    assert [] == list(entries.refund(ROOM, ANN, ZERO))


def test_an_unused_subsidy_goes_home() -> None:
    """When a room ends, what it did not need returns to the subsidy account (M4)."""
    assert [Posting(PostingKind.SUBSIDY_RETURNED, room_subsidy(ROOM), SUBSIDY, SEVEN)] == list(
        entries.return_subsidy(ROOM, SEVEN)
    )
    assert [] == list(entries.return_subsidy(ROOM, ZERO))
