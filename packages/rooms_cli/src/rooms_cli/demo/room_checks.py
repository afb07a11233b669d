"""What must be true of each room of the day, from its bets, its cash flow and its receipt."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from rooms_cli.demo.findings import Check, RoomEnd
from rooms_cli.demo.stage import Played
from rooms_core.domain.journal import PostingKind
from rooms_core.domain.status import RoomStatus
from rooms_core.proofs.receipt_check import verify_receipt
from rooms_core.result import Err, Ok

_ROOM_KINDS: Final = frozenset({PostingKind.STAKE, PostingKind.VOID_REFUND})


def bets_once(played: Played, ends: list[RoomEnd]) -> list[str]:
    """What was told to be staked and what was posted differ (I5)."""
    told: dict[int, int] = {}
    for bet in played.bets:
        told[bet.room] = told.get(bet.room, 0) + bet.stake.value
    found = []
    for end in ends:
        stakes = sum(each.amount.value for each in end.flow if each.kind is PostingKind.STAKE)
        if stakes != told.get(end.room.id, 0):
            found.append(f"{end.name}: told {told.get(end.room.id, 0)}, posted {stakes}")
    return found


def as_told(ends: list[RoomEnd]) -> list[str]:
    """Rooms that ended otherwise than their story says (I7)."""
    found = []
    for end in ends:
        plan, room = end.plan, end.room
        if room.status is not plan.ends:
            found.append(f"{end.name}: {room.status}, not {plan.ends}")
        reason = end.receipt["header"]["reason"] if end.receipt else None
        if plan.because is not None and reason != plan.because:
            found.append(f"{end.name}: void for {reason}, not for {plan.because}")
        winning = room.resolution.winning if room.resolution else ()
        if plan.winner is not None and winning != (plan.winner,):
            found.append(f"{end.name}: won by {winning}, not by {plan.winner}")
        back = sum(
            each.amount.value
            for each in end.flow
            if each.kind in (PostingKind.LATE_REFUND, PostingKind.MATCH_REFUND, PostingKind.VOID_REFUND)
        )
        if plan.refunds and not back:
            found.append(f"{end.name}: nothing went back")
    return found


def receipts(ends: list[RoomEnd]) -> list[str]:
    """Receipts that do not verify offline (I8)."""
    found = []
    for end in ends:
        verified = Err("no receipt") if end.receipt is None else verify_receipt(end.receipt)
        if isinstance(verified, Err):
            found.append(f"{end.name}: {verified.why}")
    return found


def changed_receipts(ends: list[RoomEnd]) -> Check:
    """One lamport more for one bettor, and the receipt no longer verifies."""
    looked_at, wrong = 0, []
    for end in ends:
        if end.receipt is None or not end.receipt["lines"]:
            continue
        looked_at += 1
        first, *others = end.receipt["lines"]
        forged = {**end.receipt, "lines": [{**first, "payout": str(int(first["payout"]) + 1)}, *others]}
        if isinstance(verify_receipt(forged), Ok):
            wrong.append(f"{end.name}: a forged receipt verifies")
    return Check("I8", "a receipt with one lamport changed does not verify", looked_at, tuple(wrong))


def shares(ends: list[RoomEnd]) -> tuple[int, tuple[str, ...]]:
    """Payouts again, with fractions instead of the engine's integers."""
    looked_at, wrong = 0, []
    for end in ends:
        figures = end.row.figures if end.row else None
        if figures is None or end.receipt is None or end.room.resolution is None:
            continue
        winners = [line for line in end.receipt["lines"] if line["outcome"] in end.room.resolution.winning]
        inside = {id(line): int(line["staked"]) - int(line["refund"]) for line in winners}
        net, on_winner = figures.gross.value - figures.takeout.value, sum(inside.values())
        for line in winners:
            looked_at += 1
            fair = int(Fraction(inside[id(line)] * net, on_winner))
            if int(line["payout"]) != fair or fair < inside[id(line)]:
                wrong.append(f"{end.name}: {line['bettor']} has {line['payout']}, not {fair}")
        if not 0 <= figures.breakage.value < max(1, len(winners)):
            wrong.append(f"{end.name}: breakage {figures.breakage}")
    return looked_at, tuple(wrong)


def caps(ends: list[RoomEnd]) -> tuple[int, tuple[str, ...]]:
    """The stake cap by the depth the room was created with (decision R6); the demo's pool keeps its depth."""
    thin = [(end, end.room.thin) for end in ends if end.room.thin is not None]
    wrong = []
    for end, pool in thin:
        if end.room.pool.gross > pool.cap(pool.created):
            wrong.append(f"{end.name}: {end.room.pool.gross} staked, the cap is {pool.cap(pool.created)}")
    return len(thin), tuple(wrong)


def voided(ends: list[RoomEnd]) -> tuple[int, tuple[str, ...]]:
    """How many rooms are void, and which of them did not give exactly every stake back (I10)."""
    void = [end for end in ends if end.room.status is RoomStatus.VOIDED]
    wrong = []
    for end in void:
        staked = sum(each.amount.value for each in end.flow if each.kind is PostingKind.STAKE)
        back = sum(each.amount.value for each in end.flow if each.kind is PostingKind.VOID_REFUND)
        others = {each.kind for each in end.flow} - _ROOM_KINDS
        if staked != back or others:
            wrong.append(f"{end.name}: {staked} in, {back} back, and {sorted(others)}")
    return len(void), tuple(wrong)


def in_time(played: Played, ends: list[RoomEnd]) -> tuple[int, tuple[str, ...]]:
    """How many bets there were, and which were taken after the lock or stayed though they were late (I11)."""
    rooms = {end.room.id: end for end in ends}
    wrong = []
    late: dict[int, int] = {}
    for bet in played.bets:
        end = rooms.get(bet.room)
        if end is None:
            continue
        if bet.placed_at_ms >= end.room.lock_at_ms:
            wrong.append(f"{end.name}: bet {bet.id} was placed after the lock")
        after = end.room.resolution.late_after_ms if end.room.resolution else None
        if after is not None and bet.placed_at_ms > after:
            late[bet.room] = late.get(bet.room, 0) + bet.stake.value
    for end in ends:
        figures = end.row.figures if end.row else None
        if figures is not None and figures.late_refunds.value != late.get(end.room.id, 0):
            wrong.append(
                f"{end.name}: late refunds {figures.late_refunds}, placed late {late.get(end.room.id, 0)}"
            )
    return len(played.bets), tuple(wrong)
