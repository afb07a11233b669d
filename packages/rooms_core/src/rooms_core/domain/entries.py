"""Every way money can move. Nothing else in ROOMS makes a posting.

Each function answers the journal entry, or the block of postings, of one business event: source → target. Whose the
accounts are stands in `journal`. Who calls them: `services/closing` at the end of a room, `books.bets.place` of the
store for stakes (a store may write the rows of a whole batch by itself, and its tests hold them against `stake`), and
the services of deposits and withdrawals.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from rooms_core.domain.bet import Bet
from rooms_core.domain.ids import RoomId, UserId, WithdrawalId
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
from rooms_core.domain.money import Lamports
from rooms_core.domain.tally import Figures, Line


def deposit(user: UserId, amount: Lamports, *, signature: str, address: str) -> JournalEntry:
    """A finalized deposit, once per (signature, address)."""
    return _entry(
        f"deposit:{signature}:{address}", Posting(PostingKind.DEPOSIT, OUTSIDE, available(user), amount)
    )


def stake(bet: Bet) -> JournalEntry:
    """A bet: from the bettor's balance into the room's pot. Its own unique key guards it (I5)."""
    return _entry(
        f"bet:{bet.id}", Posting(PostingKind.STAKE, available(bet.bettor), pot(bet.room), bet.stake)
    )


def settle_key(room: RoomId) -> str:
    """The key of a settled room's entry."""
    return f"settle:{room}"


def void_key(room: RoomId) -> str:
    """The key of a voided room's entry."""
    return f"void:{room}"


def line(room: RoomId, paid: Line[UserId]) -> list[Posting]:
    """One position of a settled room: what is paid, and what goes back because it was late or unmatched."""
    return lines(room, (paid,))


def lines(room: RoomId, block: Iterable[Line[UserId]]) -> list[Posting]:
    """The same for a block of positions; a settlement makes one posting for each winner here, so it is quick."""
    source, postings = pot(room), list[Posting]()
    for paid in block:
        position = paid.position
        payout, late, unmatched = paid.payout, position.late, position.unmatched
        if payout.value:
            postings.append(Posting(PostingKind.PAYOUT, source, available(position.bettor), payout))
        if late.value:
            postings.append(Posting(PostingKind.LATE_REFUND, source, available(position.bettor), late))
        if unmatched.value:
            postings.append(Posting(PostingKind.MATCH_REFUND, source, available(position.bettor), unmatched))
    return postings


def takings(
    room: RoomId, figures: Figures, *, host: UserId | None, commissions: Mapping[UserId, Lamports]
) -> Iterator[Posting]:
    """What a settled room pays besides its lines: host, referrers, protocol, breakage; a subsidy comes in."""
    yield from _some(PostingKind.SUBSIDY, room_subsidy(room), pot(room), figures.subsidy)
    if host is not None:
        yield from _some(PostingKind.HOST, pot(room), available(host), figures.host)
    yield from commission(room, commissions)
    yield from _some(PostingKind.PROTOCOL, pot(room), PROTOCOL, figures.protocol)
    yield from _some(PostingKind.BREAKAGE, pot(room), BREAKAGE, figures.breakage)


def commission(room: RoomId, earned: Mapping[UserId, Lamports]) -> Iterator[Posting]:
    """What referrers earn of a settled room; those of a large one are booked in parts."""
    for referrer, amount in earned.items():
        yield from _some(PostingKind.COMMISSION, pot(room), available(referrer), amount)


def refund(room: RoomId, bettor: UserId, staked: Lamports) -> Iterable[Posting]:
    """A bettor's stakes in a void room, in full."""
    return _some(PostingKind.VOID_REFUND, pot(room), available(bettor), staked)


def set_subsidy_aside(room: RoomId, amount: Lamports) -> JournalEntry:
    """When a room is created whose dividends can need a subsidy: the most it may need."""
    return _entry(
        f"set_aside:{room}", Posting(PostingKind.SUBSIDY_SET_ASIDE, SUBSIDY, room_subsidy(room), amount)
    )


def return_subsidy(room: RoomId, unused: Lamports) -> Iterator[Posting]:
    """When such a room ends: what it did not need."""
    yield from _some(PostingKind.SUBSIDY_RETURNED, room_subsidy(room), SUBSIDY, unused)


def reserve(withdrawal: WithdrawalId, user: UserId, amount: Lamports) -> JournalEntry:
    """A withdrawal is asked for: the money can no longer be bet (decision M9)."""
    return _entry(
        f"reserve:{withdrawal}", Posting(PostingKind.RESERVE, available(user), reserved(user), amount)
    )


def spend(withdrawal: WithdrawalId, user: UserId, amount: Lamports) -> JournalEntry:
    """A withdrawal is final on chain."""
    return _entry(f"end:{withdrawal}", Posting(PostingKind.SPEND, reserved(user), OUTSIDE, amount))


def release(withdrawal: WithdrawalId, user: UserId, amount: Lamports) -> JournalEntry:
    """A withdrawal is cancelled or has provably failed. It shares its key with `spend`: never both (I15)."""
    return _entry(f"end:{withdrawal}", Posting(PostingKind.RELEASE, reserved(user), available(user), amount))


def network_fee(signature: str, amount: Lamports) -> JournalEntry:
    """What the chain took for one of our transfers: the house's expense, never a user's (decision M9)."""
    return _entry(f"fee:{signature}", Posting(PostingKind.NETWORK_FEE, OPERATING, OUTSIDE, amount))


def fund(account: Account, amount: Lamports, *, key: str) -> JournalEntry:
    """The operator's own money into the operating or the subsidy account. Raises ValueError for other accounts."""
    if account not in (OPERATING, SUBSIDY):
        raise ValueError(f"only the operating and the subsidy account are funded, not {account}")
    return _entry(f"fund:{key}", Posting(PostingKind.FUNDING, OUTSIDE, account, amount))


def _entry(key: str, *postings: Posting) -> JournalEntry:
    return JournalEntry(key, postings)


def _some(kind: PostingKind, source: Account, target: Account, amount: Lamports) -> Iterable[Posting]:
    """One posting, or none where there is nothing to move."""
    return (Posting(kind, source, target, amount),) if amount else ()
