"""What must be true after the day: invariants I1 to I16, each looked at in the books, the receipts and the chain."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from json import loads
from typing import Any, Final

from rooms_cli.demo.bank import Bank
from rooms_cli.demo.crash import KILLED
from rooms_cli.demo.plan import RoomPlan
from rooms_cli.demo.stage import Played
from rooms_core.domain.journal import PostingKind
from rooms_core.domain.market import Mode
from rooms_core.domain.room import Room
from rooms_core.domain.status import RoomStatus
from rooms_core.domain.withdrawal import WithdrawalState
from rooms_core.ports.books import SettlementRow
from rooms_core.ports.evidence import EvidenceRecord
from rooms_core.ports.queries import CashFlow
from rooms_core.proofs.canonical import canonical_hash
from rooms_core.proofs.receipt_check import verify_receipt
from rooms_core.result import Err, Ok
from rooms_core.services.read_receipt import ReadReceipt
from rooms_core.services.settle_room import SettleRoom
from rooms_oracle.checker import check_records
from rooms_store.opening import OpenBooks

_ROOM_KINDS: Final = frozenset({PostingKind.STAKE, PostingKind.VOID_REFUND})


@dataclass(frozen=True, slots=True)
class Check:
    """One promise: the invariant's number, the sentence, how much was looked at, and what breaks it."""

    rule: str
    what: str
    looked_at: int
    wrong: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether something was looked at and nothing breaks it."""
        return self.looked_at > 0 and not self.wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomEnd:
    """How one room ended: as planned, as stored, its money, and its receipt."""

    plan: RoomPlan
    room: Room
    row: SettlementRow | None
    flow: tuple[CashFlow, ...]
    receipt: dict[str, Any] | None

    @property
    def name(self) -> str:
        """The room's name in the story."""
        return self.plan.name


async def read_ends(store: OpenBooks, played: Played) -> list[RoomEnd]:
    """Read every room of the story back from the books."""
    ends: list[RoomEnd] = []
    for room_id, plan in played.rooms.items():
        room = await store.queries.room(room_id)
        row = await store.queries.settlement(room_id)
        flow = await store.queries.cash_flow(room_id)
        receipt = await ReadReceipt(queries=store.queries)(room_id)
        if isinstance(room, Err) or room.value is None or isinstance(row, Err) or isinstance(flow, Err):
            played.notes.append(f"room {plan.name} could not be read back")
            continue
        ends.append(
            RoomEnd(
                plan=plan,
                room=room.value,
                row=row.value,
                flow=tuple(flow.value),
                receipt=None if isinstance(receipt, Err) else receipt.value,
            )
        )
    return ends


async def check_all(
    store: OpenBooks,
    played: Played,
    ends: list[RoomEnd],
    bank: Bank,
    *,
    missing: tuple[str, ...],
    killed_with: int | None,
) -> list[Check]:
    """Every check, in the order of the invariants' numbers."""
    checks = [
        *await _ledger(store),
        Check(
            "I5",
            "the same bet twice is one bet, in one posting",
            len(played.bets),
            tuple(_bets_once(played, ends)),
        ),
        await _settled_once(store, played, ends),
        *await _append_only(store),
        Check("I7", "every room ended as its story says", len(ends), tuple(_as_told(ends))),
        Check("I8", "every receipt is what the core works out, offline", len(ends), tuple(_receipts(ends))),
        _changed_receipts(ends),
        Check("I9", "winners have their exact share, rounded down once", *_shares(ends)),
        Check("I10", "void rooms gave every stake back and took nothing", *_voided(ends)),
        Check(
            "I11",
            "no stake was taken at or after the lock, none placed too late stayed",
            *_in_time(played, ends),
        ),
        await _evidence(store, ends),
        Check("R6", "rooms on a thin token held no more than moving its price would cost", *_caps(ends)),
        *_custody(bank),
        _crash(killed_with),
        Check("–", "nothing went wrong on the way", 1, _mishaps(played, bank, missing)),
    ]
    return sorted(checks, key=lambda check: int(check.rule[1:]) if check.rule[1:] else 99)


async def _ledger(store: OpenBooks) -> list[Check]:
    """I1 to I4, I8, I10 and I12, from the postings alone."""
    verified = await store.queries.verify()
    if isinstance(verified, Err):
        return [Check("I2", "the ledger can be read", 1, (verified.why.message,))]
    report = verified.value
    first = report.first_difference
    wrong = (
        () if first is None else (f"{first.account}: stored {first.stored}, recomputed {first.recomputed}",)
    )
    return [
        Check("I2", "every balance is the sum of its postings", report.accounts, wrong),
        *[Check(each.rule, each.what, report.postings, each.wrong) for each in report.checks],
    ]


def _bets_once(played: Played, ends: list[RoomEnd]) -> list[str]:
    told: dict[int, int] = {}
    for bet in played.bets:
        told[bet.room] = told.get(bet.room, 0) + bet.stake.value
    found = []
    for end in ends:
        stakes = sum(each.amount.value for each in end.flow if each.kind is PostingKind.STAKE)
        if stakes != told.get(end.room.id, 0):
            found.append(f"{end.name}: told {told.get(end.room.id, 0)}, posted {stakes}")
    return found


async def _settled_once(store: OpenBooks, played: Played, ends: list[RoomEnd]) -> Check:
    """Settle everything once more: each attempt must be refused and change nothing."""
    before = await store.queries.verify()
    wrong = []
    for end in ends:
        again = await SettleRoom(store=store)(end.room.id)
        if isinstance(again, Ok):
            wrong.append(f"{end.name} could be settled again")
    after = await store.queries.verify()
    if before != after:
        wrong.append("a refused settlement changed the books")
    return Check(
        "I5",
        "a second settler is refused and changes nothing",
        len(ends) + played.second_settlers,
        tuple(wrong),
    )


async def _append_only(store: OpenBooks) -> list[Check]:
    refused = await store.rewrites_refused()
    wrong = tuple(f"{table} can be changed" for table, stays in refused.items() if not stays)
    return [Check("I6", "the database refuses to change or delete what was written", len(refused), wrong)]


def _as_told(ends: list[RoomEnd]) -> list[str]:
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


def _receipts(ends: list[RoomEnd]) -> list[str]:
    found = []
    for end in ends:
        verified = Err("no receipt") if end.receipt is None else verify_receipt(end.receipt)
        if isinstance(verified, Err):
            found.append(f"{end.name}: {verified.why}")
    return found


def _changed_receipts(ends: list[RoomEnd]) -> Check:
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


def _shares(ends: list[RoomEnd]) -> tuple[int, tuple[str, ...]]:
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


def _caps(ends: list[RoomEnd]) -> tuple[int, tuple[str, ...]]:
    """The stake cap by the depth the room was created with (decision R6); the demo's pool keeps its depth."""
    thin = [(end, end.room.thin) for end in ends if end.room.thin is not None]
    wrong = []
    for end, pool in thin:
        if end.room.pool.gross > pool.cap(pool.created):
            wrong.append(f"{end.name}: {end.room.pool.gross} staked, the cap is {pool.cap(pool.created)}")
    return len(thin), tuple(wrong)


def _voided(ends: list[RoomEnd]) -> tuple[int, tuple[str, ...]]:
    void = [end for end in ends if end.room.status is RoomStatus.VOIDED]
    wrong = []
    for end in void:
        staked = sum(each.amount.value for each in end.flow if each.kind is PostingKind.STAKE)
        back = sum(each.amount.value for each in end.flow if each.kind is PostingKind.VOID_REFUND)
        others = {each.kind for each in end.flow} - _ROOM_KINDS
        if staked != back or others:
            wrong.append(f"{end.name}: {staked} in, {back} back, and {sorted(others)}")
    return len(void), tuple(wrong)


def _in_time(played: Played, ends: list[RoomEnd]) -> tuple[int, tuple[str, ...]]:
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


async def _evidence(store: OpenBooks, ends: list[RoomEnd]) -> Check:
    """The answer used is the one in the evidence, and every record can be worked out again from what it holds."""
    wrong: list[str] = []
    looked_at = 0
    bodies: list[str] = []
    seen = 0
    while True:
        page = await store.queries.evidence_log(skip=seen)
        if isinstance(page, Err):
            return Check("I12", "the evidence can be read", 1, (page.why.message,))
        if not page.value:
            break
        seen += len(page.value)
        for record in page.value:
            if record.instrument.startswith("room:"):
                wrong += _by_hand(record)
            else:
                bodies.append(record.body)
    checked = check_records(bodies)
    if isinstance(checked, Err):
        wrong.append(f"record {checked.why.position}: {checked.why.reason}")
    else:
        looked_at += checked.value
    for end in ends:
        answer = end.room.resolution
        if answer is None:
            continue
        found = await store.queries.evidence(answer.evidence)
        if isinstance(found, Err) or len(found.value) != len(set(answer.evidence)):
            wrong.append(f"{end.name}: its evidence is incomplete")
        elif end.room.market.mode is Mode.TOUCH and not answer.evidence:
            wrong.append(f"{end.name}: touched without evidence")
    return Check(
        "I12", "every answer rests on evidence that can be worked out again, offline", looked_at, tuple(wrong)
    )


def _by_hand(record: EvidenceRecord) -> list[str]:
    """What an operator wrote down is no price, but its hash is of its words."""
    return [] if record.hash == canonical_hash(loads(record.body)) else [f"{record.instrument}: another text"]


def _custody(bank: Bank) -> list[Check]:
    banked, chain = bank.banked, bank.chain
    paid_wrong = [
        f"withdrawal {each.id} landed {len(chain.paid(each.id))} times"
        for each in banked.withdrawals
        if len(chain.paid(each.id)) != 1
    ]
    amount_wrong = [
        f"withdrawal {each.id} paid another amount or address"
        for each in banked.withdrawals
        for landing in chain.paid(each.id)
        if landing.changes.get(each.destination) != each.amount.value
    ]
    states = {each.id: "not in the books" for each in banked.withdrawals}
    states |= {each.id: each.state for each in banked.ended}
    unfinished = [
        f"withdrawal {each}: {state}" for each, state in states.items() if state != WithdrawalState.DONE
    ]
    uncredited = f"arrived {banked.deposited}, credited {banked.credited}"
    solvent = banked.surplus is not None and banked.surplus >= 0
    asked = len(banked.withdrawals)
    return [
        Check("I13", "each withdrawal landed once, exactly as asked", asked, (*paid_wrong, *amount_wrong)),
        Check("I14", "nothing was sent that was not written before", asked, tuple(banked.unwritten)),
        Check("I15", "what was reserved ended spent or released, never both", asked, tuple(unfinished)),
        Check(
            "I16",
            "each deposit was credited once",
            banked.arrivals,
            () if banked.credited == banked.deposited else (uncredited,),
        ),
        Check(
            "I18",
            "what the chain holds covers what is owed",
            1,
            () if solvent else (f"surplus {banked.surplus}",),
        ),
    ]


def _mishaps(played: Played, bank: Bank, missing: tuple[str, ...]) -> tuple[str, ...]:
    """What nobody planned, in the words of whoever met it."""
    nowhere = (f"no room {name}: these prices do not offer it" for name in missing)
    return (*played.notes, *played.stuck, *bank.banked.refusals, *nowhere)


def _crash(killed_with: int | None) -> Check:
    wrong = () if killed_with == KILLED else (f"the settler ended with {killed_with}",)
    return Check("I5", "a settler killed before its COMMIT left nothing, and another one settled", 1, wrong)
