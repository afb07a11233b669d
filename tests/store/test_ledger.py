"""Proving the books."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from rooms_core.domain import entries
from rooms_core.domain.ids import UserId, WithdrawalId
from rooms_core.domain.journal import BREAKAGE, OPERATING, PostingKind, available, pot
from rooms_core.domain.money import Lamports
from rooms_core.domain.status import RoomStatus
from rooms_core.ports.books import Books
from rooms_core.ports.queries import LedgerDifference, LedgerReport
from rooms_core.result import Err, Ok
from rooms_core.services.settle_room import SettleRoom
from rooms_core.testing.bookkeeper import Bookkeeper
from rooms_core.testing.builders import a_bet, a_resolution, a_room, sols
from rooms_store.guards import APPEND_ONLY
from rooms_store.opening import OpenBooks

SETTLED, VOIDED, OPEN = (a_room(number, host=2) for number in (1_000, 1_002, 1_004))


@pytest.fixture
async def lived(store: OpenBooks, keeper: Bookkeeper) -> OpenBooks:
    """Books in which everything has happened once: a settled, a voided and an open room, money in and out."""
    await keeper.people(2, 4, each=sols("200"))
    bet = 102
    for room, answer in ((SETTLED, "YES"), (VOIDED, "YES"), (OPEN, None)):
        sides = ("YES", "NO") if room is not VOIDED else ("NO", "NO")
        stakes = [a_bet(bet + 2 * n, 2 + 2 * n, sides[n], sols("10"), room=room.id) for n in (0, 1)]
        bet += 4
        await keeper.opened(room, *stakes)
        if answer is not None:
            await keeper.do(lambda books, room=room, answer=answer: end(books, room.id, answer))  # type: ignore[misc]
            assert isinstance(await SettleRoom(store=store)(room.id), Ok)

    async def money(books: Books) -> None:
        await books.journal.post(entries.fund(OPERATING, sols("1"), key="1"))
        await books.journal.post(entries.network_fee("s", Lamports(5_000)))
        await books.journal.post(entries.reserve(WithdrawalId(900), UserId(2), sols("3")))
        await books.journal.post(entries.spend(WithdrawalId(900), UserId(2), sols("3")))

    await keeper.do(money)
    return store


async def end(books: Books, room_id: int, answer: str) -> None:
    """Bring a room to its answer."""
    (room,) = (await books.rooms.lock([a_room(room_id).id])).values()
    for status in (RoomStatus.OPEN, RoomStatus.LOCKED):
        assert await books.rooms.save(room.moved(status), was=room.status)
        room = room.moved(status)
    answered = a_room(room_id, status=RoomStatus.SETTLING, resolution=a_resolution(answer))
    assert await books.rooms.save(answered, was=room.status)


async def proven(store: OpenBooks) -> LedgerReport:
    """What recomputing the ledger found."""
    match await store.queries.verify():
        case Ok(report):
            return report
        case Err(why):
            pytest.fail(str(why))


@pytest.fixture
def forge(place: Path) -> Callable[..., None]:
    """Somebody with the file in his hands, who takes the guards off first."""

    def forged(*statements: str) -> None:
        with closing(sqlite3.connect(place, isolation_level=None)) as connection:
            connection.execute("PRAGMA ignore_check_constraints = ON")
            for table in APPEND_ONLY:
                for verb in ("update", "delete"):
                    connection.execute(f"DROP TRIGGER IF EXISTS {table}_no_{verb}")
            for statement in statements:
                connection.execute(statement)

    return forged


async def test_honest_books_hold(lived: OpenBooks) -> None:
    """Every balance is the fold of its postings, every rule holds, and the totals say where money came from."""
    report = await proven(lived)

    assert [] == [check for check in report.checks if not check.holds]
    assert report.first_difference is None
    assert report.holds
    assert (sols("400"), sols("60"), sols("20"), sols("3")) == tuple(
        report.totals[kind]
        for kind in (PostingKind.DEPOSIT, PostingKind.STAKE, PostingKind.VOID_REFUND, PostingKind.SPEND)
    )
    assert {"I1", "I2", "I3", "I4", "I5", "I8", "I10", "I12"} == {check.rule for check in report.checks}


async def test_empty_books_hold(store: OpenBooks) -> None:
    """Nothing has happened: five accounts of the house, all at zero."""
    report = await proven(store)

    assert (True, 5, 0) == (report.holds, report.accounts, report.postings)


async def test_the_first_account_that_differs_is_named(lived: OpenBooks, forge: Callable[..., None]) -> None:
    """A balance that was helped along is found, with what it should be; accounts come by number."""
    forge("UPDATE account SET balance = balance + 1 WHERE id IN (2, 4)")

    report = await proven(lived)

    right = report.first_difference.recomputed if report.first_difference else 0
    assert (
        LedgerDifference(account=available(UserId(2)), stored=right + 1, recomputed=right)
        == report.first_difference
    )
    assert ["I1", "I4"] == [check.rule for check in report.checks if not check.holds]
    assert not report.holds


async def test_the_progress_is_told(lived: OpenBooks) -> None:
    """Whoever waits sees how many accounts are done."""
    told: list[tuple[int, int]] = []

    await lived.queries.verify(lambda done, of: told.append((done, of)))

    assert (12, 12) == told[-1]
    assert sorted(told) == told


@pytest.mark.parametrize(
    "forgery, rule, named",
    [
        (f"UPDATE account SET balance = -1 WHERE id = {-6}", "I3", f"{BREAKAGE} holds -1"),
        (
            "INSERT INTO posting VALUES (-9, 8, 9999, 5, 18, 8, 1)",
            "I3",
            "account 9999 has postings and no balance",
        ),
        (
            "INSERT INTO posting VALUES (9999, 8, -9, 5, 18, 8, 1)",
            "I3",
            "account 9999 has postings and no balance",
        ),
        ("DELETE FROM posting WHERE kind = 1", "I4", "-400000000000 lamports away"),
        ("UPDATE pool SET total = total + 1 WHERE room_id = 1004 AND outcome = 0", "I2", "1004"),
        ("UPDATE pool SET bets = bets + 1 WHERE room_id = 1004 AND outcome = 1", "I2", "1004"),
        ("UPDATE bet SET stake = 7 WHERE id = 110", "I5", "110"),
        ("DELETE FROM posting WHERE kind = 2 AND id = 112", "I5", "112"),
        ("INSERT INTO posting VALUES (-9, 8, -8, 5, 18, 8, 1)", "I5", "8"),
        ("DELETE FROM bet WHERE id = 110", "I5", "110"),
        ("UPDATE settlement SET paid = paid + 1 WHERE room_id = 1000", "I8", "1000"),
        ("UPDATE settlement SET staked = staked + 1 WHERE room_id = 1000", "I8", "1000"),
        ("UPDATE posting SET amount = amount + 1 WHERE kind = 7", "I8", "1000"),
        ("DELETE FROM posting WHERE kind = 6 AND target = 2", "I10", "1002"),
        ("UPDATE account SET balance = 1 WHERE id = 1000", "I12", "1000"),
        ("INSERT INTO account VALUES (1003, 4, 1002, 5, 0, 0, 0)", "I12", "1002"),
        ("DELETE FROM settlement WHERE room_id = 1000", "I12", "1000"),
        ("UPDATE room SET status = 5 WHERE id = 1004", "I12", "1004"),
        ("UPDATE room SET status = 5 WHERE id = 1002", "I12", "1002"),
    ],
)
async def test_every_forgery_is_found_by_the_rule_it_breaks(
    lived: OpenBooks, forge: Callable[..., None], forgery: str, rule: str, named: str
) -> None:
    """Whoever has the file in his hands cannot move a lamport unseen."""
    forge(forgery)

    report = await proven(lived)

    assert (rule, named) in [(check.rule, each) for check in report.checks for each in check.wrong]


async def test_sums_past_63_bits_are_told_exactly(lived: OpenBooks, forge: Callable[..., None]) -> None:
    """What an account has moved over the years may be more than it can ever hold."""
    forge(
        *(
            f"INSERT INTO posting VALUES ({source}, {8 + 2 * n}, {target}, {2**63 - 1}, 18, 8, 1)"
            for n, (source, target) in enumerate([(-9, -8), (-8, -9)] * 3)
        )
    )

    report = await proven(lived)

    assert report.first_difference is None
    assert 6 * (2**63 - 1) + sols("1").value == report.totals[PostingKind.FUNDING].value


async def test_pots_hold_what_open_rooms_owe(lived: OpenBooks) -> None:
    """Only the open room still has money in it."""
    held = await lived.queries.balances([pot(room.id) for room in (SETTLED, VOIDED, OPEN)])

    assert isinstance(held, Ok)
    assert [0, 0, 20 * 10**9] == list(held.value.values())
