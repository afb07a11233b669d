"""Each check fails when what it promises is broken: a played day is forged in one place, and that check says so."""

from __future__ import annotations

import asyncio
import copy
import shutil
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import pytest

from rooms_cli.demo import checks, room_checks
from rooms_cli.demo.bank import Bank
from rooms_cli.demo.checks import check_all
from rooms_cli.demo.crash import KILLED
from rooms_cli.demo.day import Day
from rooms_cli.demo.findings import Check, RoomEnd, read_ends
from rooms_cli.demo.stage import Played
from rooms_core.domain import entries
from rooms_core.domain.bet import Bet
from rooms_core.domain.ids import RoomId, WithdrawalId
from rooms_core.domain.journal import OPERATING, PostingKind
from rooms_core.domain.market import NO, YES
from rooms_core.domain.money import Lamports
from rooms_core.domain.status import RoomStatus
from rooms_core.domain.terms import VoidReason
from rooms_core.domain.withdrawal import WithdrawalState
from rooms_core.ports.books import Books
from rooms_core.ports.evidence import EvidenceRecord
from rooms_core.ports.store import StoreFailed
from rooms_core.result import Err, Ok, Result
from rooms_core.testing.clock import ManualClock
from rooms_store.opening import OpenBooks, open_books

Work = Callable[[OpenBooks], Any]


class ShortDay(Protocol):
    """A played day (see conftest)."""

    day: Day
    bank: Bank
    database: Path


@dataclass(slots=True, kw_only=True)
class Forged:
    """A played day that may be changed in any place before it is checked."""

    played: Played
    ends: list[RoomEnd]
    bank: Bank
    database: Path
    missing: tuple[str, ...] = ()
    killed_with: int | None = KILLED

    def end(self, name: str, **changes: Any) -> RoomEnd:
        """Change how a room ended."""
        (place,) = (number for number, end in enumerate(self.ends) if end.name == name)
        self.ends[place] = replace(self.ends[place], **changes)
        return self.ends[place]

    def room(self, name: str, **changes: Any) -> None:
        """Change the room that the books told."""
        self.end(name, room=replace(self.end(name).room, **changes))

    def plan(self, name: str, **changes: Any) -> None:
        """Change what the story expects of a room."""
        self.end(name, plan=replace(self.end(name).plan, **changes))

    def figures(self, name: str, **more: int) -> None:
        """Add to the figures of a settled room."""
        row = self.end(name).row
        assert row is not None
        assert row.figures is not None
        figures = row.figures
        changed = {key: Lamports(getattr(figures, key).value + amount) for key, amount in more.items()}
        self.end(name, row=replace(row, figures=replace(figures, **changed)))

    def banked(self, **changes: Any) -> None:
        """Change what the bank remembers."""
        self.bank.banked = replace(self.bank.banked, **changes)

    def sql(self, statement: str) -> None:
        """Change the books behind everybody's back, once their guards are gone."""
        with sqlite3.connect(self.database) as books:
            guards = books.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
            for (name,) in guards:
                books.execute(f'DROP TRIGGER "{name}"')
            assert books.execute(statement).rowcount
        books.close()

    def check(self, before: Work | None = None) -> list[Check]:
        """Every check, as the demo makes it."""

        async def work() -> list[Check]:
            async with open_books(self.database, ManualClock(), migrate=False) as store:
                if before is not None:
                    await before(store)
                return await check_all(
                    store,
                    self.played,
                    self.ends,
                    self.bank,
                    missing=self.missing,
                    killed_with=self.killed_with,
                )

        return asyncio.run(work())

    def broken(self, before: Work | None = None) -> set[tuple[str, str]]:
        """The rule and the first words of each check that does not hold."""
        return {
            (check.rule, " ".join(check.what.split()[:3])) for check in self.check(before) if not check.holds
        }


@pytest.fixture
def forged(short_day: ShortDay, tmp_path: Path) -> Forged:
    """The short day, as it was played."""
    bank = copy.copy(short_day.bank)
    bank.banked = replace(bank.banked)
    played = replace(
        short_day.day.played,
        bets=list(short_day.day.played.bets),
        notes=list(short_day.day.played.notes),
        stuck=list(short_day.day.played.stuck),
    )
    return Forged(
        played=played,
        ends=list(short_day.day.ends),
        bank=bank,
        database=Path(shutil.copy(short_day.database, tmp_path / "day.sqlite")),
    )


def test_an_honest_day_holds(forged: Forged) -> None:
    """Checked once more, all invariants from I1 to I16 have been looked at, and hold."""
    found = forged.check()

    assert [] == [check for check in found if not check.holds]
    assert {f"I{number}" for number in range(1, 17)} <= {check.rule for check in found}
    assert found == sorted(found, key=lambda check: int(check.rule[1:]) if check.rule[1:] else 99)


RECEIPT = ("I8", "every receipt is")
FORGERY = ("I8", "a receipt with")
SHARES = ("I9", "winners have their")
ONCE = ("I5", "the same bet")
SETTLERS = ("I5", "a second settler")
CRASH = ("I5", "a settler killed")
GUARDS = ("I6", "the database refuses")
TOLD = ("I7", "every room ended")
VOID = ("I10", "void rooms gave")
IN_TIME = ("I11", "no stake was")
EVIDENCE = ("I12", "every answer rests")
CAP = ("R6", "rooms on a")
LANDED = ("I13", "each withdrawal landed")
WRITTEN = ("I14", "nothing was sent")
RESERVED = ("I15", "what was reserved")
DEPOSITS = ("I16", "each deposit was")
SOLVENT = ("I18", "what the chain")
MISHAPS = ("–", "nothing went wrong")


def _receipt(end: RoomEnd) -> dict[str, Any]:
    assert end.receipt is not None
    return copy.deepcopy(end.receipt)


def _forged_figure(day: Forged) -> None:
    receipt = _receipt(day.end("touch up"))
    receipt["header"]["figures"]["takeout"] = str(int(receipt["header"]["figures"]["takeout"]) + 1)
    day.end("touch up", receipt=receipt)


def _forged_payout(day: Forged) -> None:
    receipt = _receipt(day.end("touch up"))
    line = next(line for line in receipt["lines"] if line["payout"] != "0")
    line["payout"] = str(int(line["payout"]) - 1)
    day.end("touch up", receipt=receipt)


def _missing_receipt(day: Forged) -> None:
    day.end("touch up", receipt=None)


def _missing_receipt_of_a_void_room(day: Forged) -> None:
    day.end("one-sided", receipt=None)


def _breakage_of_many_lamports(day: Forged) -> None:
    day.figures("touch up", breakage=1_000, paid=-1_000)


def _bet_at_the_lock(day: Forged) -> None:
    bet = _bet_in(day, "one-sided")
    locked = replace(bet, placed_at_ms=day.end("one-sided").room.lock_at_ms)
    day.played.bets = [locked if each is bet else each for each in day.played.bets]


def _late_stake_that_stayed(day: Forged) -> None:
    day.figures("late stakes", late_refunds=-1, staked=-1)


def _posting_without_a_bet(day: Forged) -> None:
    del day.played.bets[0]


def _bet_without_a_posting(day: Forged) -> None:
    day.played.bets.append(_bet_in(day, "one-sided"))


def _bet_in(day: Forged, name: str) -> Bet:
    return next(bet for bet in day.played.bets if bet.room == day.end(name).room.id)


def _another_winner(day: Forged) -> None:
    day.plan("touch up", winner=NO)


def _another_end(day: Forged) -> None:
    day.plan("touch up", ends=RoomStatus.VOIDED)


def _another_reason(day: Forged) -> None:
    day.plan("one-sided", because=VoidReason.NO_PRICE)


def _refunds_that_never_came(day: Forged) -> None:
    day.plan("touch up", refunds=True)


def _refund_cut(day: Forged) -> None:
    flow = day.end("one-sided").flow
    cut = [
        replace(each, amount=each.amount - Lamports(1)) if each.kind is PostingKind.VOID_REFUND else each
        for each in flow
    ]
    day.end("one-sided", flow=tuple(cut))


def _takeout_from_a_void_room(day: Forged) -> None:
    flow = day.end("one-sided").flow
    day.end("one-sided", flow=(*flow, replace(flow[0], kind=PostingKind.PROTOCOL, into_room=False)))


def _evidence_nobody_has(day: Forged) -> None:
    answer = day.end("touch up").room.resolution
    assert answer is not None
    day.room("touch up", resolution=replace(answer, evidence=(*answer.evidence, "sha256:" + "0" * 64)))


def _touch_without_evidence(day: Forged) -> None:
    answer = day.end("touch up").room.resolution
    assert answer is not None
    day.room("touch up", resolution=replace(answer, evidence=()))


def _thin_room_past_its_cap(day: Forged) -> None:
    day.room("pump.fun", pool=day.end("pump.fun").room.pool.plus(YES, Lamports(10**12)))


def _settler_that_survived(day: Forged) -> None:
    day.killed_with = 0


def _settler_never_sent(day: Forged) -> None:
    day.killed_with = None


def _withdrawal_unfinished(day: Forged) -> None:
    first, *others = day.bank.banked.ended
    day.banked(ended=[replace(first, state=WithdrawalState.SENT), *others])


def _withdrawal_forgotten(day: Forged) -> None:
    day.banked(ended=day.bank.banked.ended[1:])


def _withdrawal_never_paid(day: Forged) -> None:
    asked = day.bank.banked.withdrawals
    day.banked(withdrawals=[*asked, replace(asked[0], id=WithdrawalId(2))])


def _withdrawal_of_another_amount(day: Forged) -> None:
    first, *others = day.bank.banked.withdrawals
    day.banked(withdrawals=[replace(first, amount=first.amount + Lamports(1)), *others])


def _transfer_nobody_wrote_down(day: Forged) -> None:
    day.banked(unwritten=["2: a signature"])


def _deposit_credited_twice(day: Forged) -> None:
    day.banked(credited=day.bank.banked.credited + 1)


def _chain_holds_too_little(day: Forged) -> None:
    day.banked(surplus=-1)


def _solvency_never_read(day: Forged) -> None:
    day.banked(surplus=None)


def _bank_refused(day: Forged) -> None:
    day.banked(refusals=["BalanceTooLow"])


def _noted(day: Forged) -> None:
    day.played.notes.append("the same order was answered twice")


def _stuck(day: Forged) -> None:
    day.played.stuck.append("the database is away")


def _room_missing(day: Forged) -> None:
    day.missing = ("touch down",)


@pytest.mark.parametrize(
    "forge, broken",
    [
        (_forged_figure, {RECEIPT}),
        (_forged_payout, {RECEIPT, SHARES}),
        (_missing_receipt, {RECEIPT}),
        (_missing_receipt_of_a_void_room, {RECEIPT, TOLD}),
        (_breakage_of_many_lamports, {SHARES}),
        (_bet_at_the_lock, {IN_TIME}),
        (_late_stake_that_stayed, {IN_TIME}),
        (_posting_without_a_bet, {ONCE}),
        (_bet_without_a_posting, {ONCE}),
        (_another_winner, {TOLD}),
        (_another_end, {TOLD}),
        (_another_reason, {TOLD}),
        (_refunds_that_never_came, {TOLD}),
        (_refund_cut, {VOID}),
        (_takeout_from_a_void_room, {VOID}),
        (_evidence_nobody_has, {EVIDENCE}),
        (_touch_without_evidence, {EVIDENCE}),
        (_thin_room_past_its_cap, {CAP}),
        (_settler_that_survived, {CRASH}),
        (_settler_never_sent, {CRASH}),
        (_withdrawal_unfinished, {RESERVED}),
        (_withdrawal_forgotten, {RESERVED}),
        (_withdrawal_never_paid, {LANDED, RESERVED}),
        (_withdrawal_of_another_amount, {LANDED}),
        (_transfer_nobody_wrote_down, {WRITTEN}),
        (_deposit_credited_twice, {DEPOSITS}),
        (_chain_holds_too_little, {SOLVENT}),
        (_solvency_never_read, {SOLVENT}),
        (_bank_refused, {MISHAPS}),
        (_noted, {MISHAPS}),
        (_stuck, {MISHAPS}),
        (_room_missing, {MISHAPS}),
    ],
)
def test_a_forged_day_does_not_hold(
    forged: Forged, forge: Callable[[Forged], None], broken: set[tuple[str, str]]
) -> None:
    """Whatever is forged, the check of that very promise fails, and no other."""
    forge(forged)

    assert broken == forged.broken()


def test_a_day_without_rooms_proves_nothing(forged: Forged) -> None:
    """A check that found nothing to look at does not hold."""
    forged.ends, forged.played.bets = [], []

    assert {ONCE, TOLD, RECEIPT, FORGERY, SHARES, VOID, IN_TIME, CAP} <= forged.broken()


@pytest.mark.parametrize(
    "statement, rules",
    [
        ("UPDATE account SET balance = balance + 1 WHERE owner > 0 AND balance > 0", {"I1", "I2", "I6"}),
        ("UPDATE posting SET amount = amount + 1", {"I2", "I6"}),
        ("DELETE FROM settlement", {"I12"}),
    ],
)
def test_books_that_were_changed_are_found(forged: Forged, statement: str, rules: set[str]) -> None:
    """Whoever takes the guards away and edits a row is found by the ledger, and the missing guards by their check."""
    forged.sql(statement)

    assert rules <= {rule for rule, _ in forged.broken()}


def test_a_record_that_was_changed_is_found(forged: Forged) -> None:
    """Evidence in which one digit differs cannot be worked out again."""
    forged.sql(
        """UPDATE evidence SET body = replace(body, '"age_ms":"400"', '"age_ms":"401"')
        WHERE id = (SELECT min(id) FROM evidence)"""
    )

    assert {EVIDENCE, GUARDS} == forged.broken()


def test_what_an_operator_wrote_is_sealed_too(forged: Forged) -> None:
    """The evidence of a void by hand is no price, but its hash is of its text."""

    async def add(store: OpenBooks) -> None:
        async def work(books: Books) -> Result[None, None]:
            await books.evidence.add([EvidenceRecord("room:2", 0, "sha256:" + "0" * 64, None, "{}")])
            return Ok(None)

        assert isinstance(await store.run(work), Ok)

    assert {EVIDENCE} == forged.broken(add)


def test_a_room_that_can_be_settled_again_is_found(forged: Forged, monkeypatch: pytest.MonkeyPatch) -> None:
    """Were a second settlement accepted, or a refused one left a trace, the check would say so."""

    class Lenient:
        def __init__(self, *, store: OpenBooks) -> None:
            self._store = store

        async def __call__(self, room: RoomId) -> Result[None, None]:
            return Ok(None)

    class Clumsy(Lenient):
        async def __call__(self, room: RoomId) -> Result[None, None]:
            async def work(books: Books) -> Result[None, None]:
                await books.journal.post(entries.fund(OPERATING, Lamports(1), key=f"again {room}"))
                return Ok(None)

            await self._store.run(work)
            return Err(None)

    monkeypatch.setattr(checks, "SettleRoom", Lenient)
    lenient = forged.broken()
    monkeypatch.setattr(checks, "SettleRoom", Clumsy)
    clumsy = forged.broken()

    assert {SETTLERS} == lenient == clumsy


def test_a_verifier_that_accepts_everything_is_found(forged: Forged, monkeypatch: pytest.MonkeyPatch) -> None:
    """The receipts' own check is checked: a lamport more must not verify."""

    def accepts(_: Mapping[str, Any]) -> Result[None, None]:
        return Ok(None)

    monkeypatch.setattr(room_checks, "verify_receipt", accepts)

    assert {FORGERY} == forged.broken()


@pytest.mark.parametrize("question, rule", [("verify", "I2"), ("evidence_log", "I12")])
def test_books_that_cannot_be_read_hold_nothing(
    forged: Forged, monkeypatch: pytest.MonkeyPatch, question: str, rule: str
) -> None:
    """Silence of the database is no proof."""

    async def away(*_words: Any, **_named: Any) -> Result[None, StoreFailed]:
        return Err(StoreFailed("the database is away"))

    async def silence(store: OpenBooks) -> None:
        monkeypatch.setattr(type(store.queries), question, away)

    found = forged.check(silence)

    assert [(rule, ("the database is away",))] == [
        (check.rule, check.wrong) for check in found if not check.holds
    ]


async def test_a_room_that_is_not_in_the_books_is_noted(forged: Forged) -> None:
    """What was played and cannot be read back is a mishap, and not one room less."""
    forged.played.rooms = {RoomId(2): forged.end("touch up").plan}
    async with open_books(forged.database, ManualClock(), migrate=False) as store:
        assert [] == await read_ends(store, forged.played)

    assert ["room touch up could not be read back"] == forged.played.notes


def test_the_rule_of_a_check_needs_something_to_look_at() -> None:
    """Nothing looked at holds nothing."""
    assert Check("I1", "sums", 1).holds
    assert not Check("I1", "sums", 0).holds
    assert not Check("I1", "sums", 1, ("wrong",)).holds
