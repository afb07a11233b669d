"""Proving the books in memory: balances recomputed from the postings, and the rules of money checked over them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rooms_core.domain.ids import RoomId
from rooms_core.domain.journal import OUTSIDE, Account, Posting, PostingKind, fold, pot, room_subsidy
from rooms_core.domain.money import STORED_MAX, Lamports
from rooms_core.domain.tally import Figures
from rooms_core.ports.queries import LedgerCheck, LedgerDifference, LedgerReport
from rooms_core.testing.memory.tables import Tables

_SHOWN = 5
_BROUGHT = {
    PostingKind.DEPOSIT: 1,
    PostingKind.FUNDING: 1,
    PostingKind.SPEND: -1,
    PostingKind.NETWORK_FEE: -1,
}


def verify(tables: Tables) -> LedgerReport:
    """Recompute every balance, find the first that differs, and check the rules."""
    postings = [posting for key in tables.entries for posting in tables.postings[key]]
    totals = _by_kind(postings)
    return LedgerReport(
        accounts=len(tables.balances),
        postings=len(postings),
        first_difference=_first_difference(tables, postings),
        checks=(
            _check("I1", "all balances together are zero", _away(sum(tables.balances.values()))),
            _check("I3", "no balance is negative or past 63 bits", _outside_bounds(tables)),
            _check(
                "I4",
                "deposits + funding − withdrawals − network fees = all balances but the outside world's",
                _away(_world(tables, totals)),
            ),
            _check("I2", "a pool is the sum of its bets", _pools(tables)),
            _check("I8", "a settled room paid what its figures say", _figures(tables)),
            _check("I10", "a voided room gave back what was staked", _voids(tables)),
            _check("I12", "an ended room holds nothing", _pots(tables)),
            _check("I12", "a room has a settlement row exactly when it has ended", _endings(tables)),
        ),
        totals={kind: Lamports(amount) for kind, amount in totals.items()},
    )


def room_postings(tables: Tables, room: RoomId) -> Iterator[tuple[bool, Posting]]:
    """What went into a room's pot and subsidy account (True) or came out of it, without what moved between the two."""
    own = (pot(room), room_subsidy(room))
    for key in tables.entries:
        for posting in tables.postings[key]:
            if (posting.target in own) != (posting.source in own):
                yield posting.target in own, posting


def _check(rule: str, what: str, wrong: Iterable[object]) -> LedgerCheck:
    return LedgerCheck(rule=rule, what=what, wrong=tuple(map(str, wrong))[:_SHOWN])


def _by_kind(postings: Iterable[Posting]) -> dict[PostingKind, int]:
    totals: dict[PostingKind, int] = {}
    for posting in postings:
        totals[posting.kind] = totals.get(posting.kind, 0) + posting.amount.value
    return totals


def _first_difference(tables: Tables, postings: Iterable[Posting]) -> LedgerDifference | None:
    folded = fold(postings)
    for account in sorted({*folded, *tables.balances}):
        stored, recomputed = tables.balances.get(account, 0), folded.get(account, 0)
        if stored != recomputed:
            return LedgerDifference(account=account, stored=stored, recomputed=recomputed)
    return None


def _away(lamports: int) -> list[str]:
    return [f"{lamports} lamports away"] if lamports else []


def _outside_bounds(tables: Tables) -> list[str]:
    def within(account: Account, balance: int) -> bool:
        return account == OUTSIDE or 0 <= balance <= STORED_MAX

    return [f"{each} holds {held}" for each, held in tables.balances.items() if not within(each, held)]


def _world(tables: Tables, totals: dict[PostingKind, int]) -> int:
    """By how much what came in and is still here differs from what all accounts hold (I4)."""
    here = sum(balance for account, balance in tables.balances.items() if account != OUTSIDE)
    return sum(sign * totals.get(kind, 0) for kind, sign in _BROUGHT.items()) - here


def _pools(tables: Tables) -> list[RoomId]:
    def staked(room: RoomId) -> dict[str, int]:
        sums: dict[str, int] = {}
        for bet in tables.bets[room]:
            sums[bet.outcome] = sums.get(bet.outcome, 0) + bet.stake.value
        return sums

    return [
        room.id
        for room in tables.rooms.values()
        if {outcome: stake.value for outcome, stake in room.pool.stakes if stake} != staked(room.id)
    ]


def _figures(tables: Tables) -> list[RoomId]:
    def moved(figures: Figures) -> dict[PostingKind, int]:
        amounts = {
            PostingKind.STAKE: figures.staked,
            PostingKind.PAYOUT: figures.paid,
            PostingKind.LATE_REFUND: figures.late_refunds,
            PostingKind.MATCH_REFUND: figures.match_refunds,
            PostingKind.HOST: figures.host,
            PostingKind.COMMISSION: figures.commissions,
            PostingKind.PROTOCOL: figures.protocol,
            PostingKind.BREAKAGE: figures.breakage,
        }
        return {kind: amount.value for kind, amount in amounts.items() if amount}

    aside = (PostingKind.SUBSIDY_SET_ASIDE, PostingKind.SUBSIDY_RETURNED)
    return [
        row.room
        for row in tables.settlements.values()
        if row.figures is not None
        and moved(row.figures)
        != _by_kind(each for _, each in room_postings(tables, row.room) if each.kind not in aside)
    ]


def _voids(tables: Tables) -> list[RoomId]:
    def came_back(room: RoomId) -> bool:
        totals = _by_kind(posting for _, posting in room_postings(tables, room))
        return totals.get(PostingKind.STAKE, 0) == totals.get(PostingKind.VOID_REFUND, 0)

    return [
        row.room for row in tables.settlements.values() if row.figures is None and not came_back(row.room)
    ]


def _pots(tables: Tables) -> list[RoomId]:
    return [
        room.id
        for room in tables.rooms.values()
        if room.status.final
        and any(tables.balances.get(account, 0) for account in (pot(room.id), room_subsidy(room.id)))
    ]


def _endings(tables: Tables) -> list[RoomId]:
    """Rooms whose status and settlement row tell different stories."""
    ended = {row.room: row.status for row in tables.settlements.values()}
    return [
        room.id
        for room in tables.rooms.values()
        if ended.get(room.id) != (room.status if room.status.final else None)
    ]
