"""What must be true after the day: invariants I1 to I16, each looked at in the books, the receipts and the chain."""

from __future__ import annotations

from json import loads

from rooms_cli.demo.bank import Bank
from rooms_cli.demo.crash import KILLED
from rooms_cli.demo.findings import Check, RoomEnd
from rooms_cli.demo.room_checks import (
    as_told,
    bets_once,
    caps,
    changed_receipts,
    in_time,
    receipts,
    shares,
    voided,
)
from rooms_cli.demo.stage import Played
from rooms_core.domain.market import Mode
from rooms_core.domain.withdrawal import WithdrawalState
from rooms_core.ports.evidence import EvidenceRecord
from rooms_core.proofs.canonical import canonical_hash
from rooms_core.result import Err, Ok
from rooms_core.services.settle_room import SettleRoom
from rooms_oracle.checker import check_records
from rooms_store.opening import OpenBooks


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
            tuple(bets_once(played, ends)),
        ),
        await _settled_once(store, played, ends),
        *await _append_only(store),
        Check("I7", "every room ended as its story says", len(ends), tuple(as_told(ends))),
        Check("I8", "every receipt is what the core works out, offline", len(ends), tuple(receipts(ends))),
        changed_receipts(ends),
        Check("I9", "winners have their exact share, rounded down once", *shares(ends)),
        Check("I10", "void rooms gave every stake back and took nothing", *voided(ends)),
        Check(
            "I11",
            "no stake was taken at or after the lock, none placed too late stayed",
            *in_time(played, ends),
        ),
        await _evidence(store, ends),
        Check("R6", "rooms on a thin token held no more than moving its price would cost", *caps(ends)),
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
