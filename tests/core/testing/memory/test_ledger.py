"""The proof of the books in memory finds what is planted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from rooms_core.domain.ids import RoomId, UserId
from rooms_core.domain.journal import OPERATING, OUTSIDE, SUBSIDY, Posting, PostingKind, available, pot
from rooms_core.domain.money import STORED_MAX, Lamports
from rooms_core.domain.status import RoomStatus
from rooms_core.ports.queries import LedgerDifference, LedgerReport
from rooms_core.services.settle_room import SettleRoom
from rooms_core.testing.bookkeeper import Bookkeeper
from rooms_core.testing.builders import a_bet, a_resolution, a_room, sols
from rooms_core.testing.clock import ManualClock
from rooms_core.testing.memory.ledger import verify
from rooms_core.testing.memory.tables import Tables
from rooms_core.testing.memory_store import MemoryStore

ANN, PAID, VOIDED, OPEN = UserId(2), RoomId(1_000), RoomId(1_002), RoomId(1_004)


@pytest.fixture
async def tables() -> Tables:
    """The tables of an evening with a settled, a voided and an open room."""
    clock = ManualClock()
    store = MemoryStore(clock)
    keeper = Bookkeeper(store, clock)
    await keeper.people(ANN, 4, each=sols("100"))
    await keeper.funded(OPERATING, sols("1"))
    for room, other in ((PAID, "NO"), (VOIDED, "YES"), (OPEN, "NO")):
        settling = a_room(room, status=RoomStatus.SETTLING, resolution=a_resolution("YES"))
        bets = [a_bet(room * 10 + 2 * each, each, "YES", sols("5"), room=room) for each in (2, 4)]
        await keeper.opened(settling, *bets, a_bet(room * 10, 4, other, sols("6"), room=room))
        if room != OPEN:
            await SettleRoom(store=store)(room)
    return store._tables


def broken(report: LedgerReport) -> set[str]:
    """The rules that do not hold."""
    return {check.rule for check in report.checks if not check.holds}


def test_an_honest_evening_is_in_order(tables: Tables) -> None:
    """Nothing is wrong, and what moved is summed up by kind."""
    report = verify(tables)

    assert report.holds
    assert sols("48") == report.totals[PostingKind.STAKE]
    assert sols("16") == report.totals[PostingKind.VOID_REFUND]


def test_a_balance_that_is_not_its_postings_is_named(tables: Tables) -> None:
    """The account, what is stored and what it should be (I2)."""
    honest = tables.balances[available(ANN)]
    tables.balances.put(available(ANN), honest + 1)

    report = verify(tables)

    assert LedgerDifference(account=available(ANN), stored=honest + 1, recomputed=honest) == (
        report.first_difference
    )
    assert {"I1", "I4"} == broken(report)
    assert not report.holds


def _overdrawn(tables: Tables) -> None:
    tables.balances.put(SUBSIDY, -1)
    tables.balances.put(OPERATING, STORED_MAX + 1)


def _invented(tables: Tables) -> None:
    tables.balances.put(OPERATING, tables.balances[OPERATING] + 5)
    tables.balances.put(OUTSIDE, tables.balances[OUTSIDE] - 5)


def _wrong_pool(tables: Tables) -> None:
    tables.rooms.put(OPEN, replace(tables.rooms[OPEN], pool=a_room().pool))


def _paid_more_than_it_says(tables: Tables) -> None:
    tables.postings.append(
        f"settle:{PAID}", Posting(PostingKind.PAYOUT, pot(PAID), available(ANN), Lamports(1))
    )


def _gave_back_less(tables: Tables) -> None:
    tables.postings.append(
        f"bet:{VOIDED * 10}", Posting(PostingKind.STAKE, available(ANN), pot(VOIDED), Lamports(1))
    )


def _left_in_the_pot(tables: Tables) -> None:
    tables.balances.put(pot(PAID), 1)


def _ended_without_a_row(tables: Tables) -> None:
    tables.settlements.drop(VOIDED)


def _row_without_an_end(tables: Tables) -> None:
    tables.rooms.put(PAID, replace(tables.rooms[PAID], status=RoomStatus.SETTLING))


@pytest.mark.parametrize(
    "plant, rules",
    [
        (_overdrawn, {"I1", "I3", "I4"}),
        (_invented, {"I4"}),
        (_wrong_pool, {"I2"}),
        (_paid_more_than_it_says, {"I8"}),
        (_gave_back_less, {"I10"}),
        (_left_in_the_pot, {"I1", "I4", "I12"}),
        (_ended_without_a_row, {"I12"}),
        (_row_without_an_end, {"I12"}),
    ],
)
def test_each_rule_is_looked_at(tables: Tables, plant: Callable[[Tables], None], rules: set[str]) -> None:
    """Every planted fault breaks the rule that is there for it."""
    plant(tables)

    assert rules == broken(verify(tables))
