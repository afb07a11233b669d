"""Statements of account: what a bank would send, from the postings alone."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from rooms_core.domain import entries
from rooms_core.domain.ids import UserId, WithdrawalId
from rooms_core.domain.journal import OPERATING, OUTSIDE, PostingKind, available
from rooms_core.domain.money import ZERO, Lamports
from rooms_core.ports.movements import Period, Statement, StatementLine
from rooms_core.testing.bookkeeper import Bookkeeper
from rooms_core.testing.builders import sols
from rooms_core.testing.clock import NOON_MS

ANN, BEN = UserId(2), UserId(4)
HOUR = 3_600_000
MINE = available(ANN)


@pytest.fixture
async def morning(keeper: Bookkeeper) -> Bookkeeper:
    """Ann: at noon +10, at one −1 and −2 reserved, at two −3 reserved, at three these back."""
    await keeper.people(ANN, BEN, each=sols("10"))
    for entry in (
        entries.reserve(WithdrawalId(900), ANN, sols("1")),
        entries.reserve(WithdrawalId(902), ANN, sols("2")),
        entries.reserve(WithdrawalId(904), ANN, sols("3")),
        entries.release(WithdrawalId(904), ANN, sols("3")),
    ):
        if entry.key != "reserve:902":
            keeper.clock.advance(seconds=3_600)
        await keeper.do(lambda books, entry=entry: books.journal.post(entry))  # type: ignore[misc]
    return keeper


async def asked(keeper: Bookkeeper, since: int, until: int, **page: int) -> Statement:
    """Ann's statement, in hours after noon."""
    period = Period(since_ms=NOON_MS + since * HOUR, until_ms=NOON_MS + until * HOUR)
    limits: Mapping[str, int] = page
    return await keeper.ask(lambda ask: ask.statement(MINE, period, **limits))


@pytest.mark.parametrize(
    "since, until, opening, credited, debited, closing",
    [
        (0, 4, "0", "13", "6", "7"),
        (-9, 1, "0", "10", "0", "10"),
        (0, 0, "0", "0", "0", "0"),
        (1, 2, "10", "0", "3", "7"),
        (1, 3, "10", "0", "6", "4"),
        (2, 9, "7", "3", "3", "7"),
        (4, 9, "7", "0", "0", "7"),
        (-9, -8, "0", "0", "0", "0"),
    ],
)
async def test_opening_plus_movements_is_closing(
    morning: Bookkeeper, since: int, until: int, opening: str, credited: str, debited: str, closing: str
) -> None:
    """The first instant of a period belongs to it, the last one to the next."""
    found = await asked(morning, since, until)

    assert (sols(opening).value, sols(credited), sols(debited)) == (
        found.opening,
        found.credited,
        found.debited,
    )
    assert found.closing == found.opening + found.credited.value - found.debited.value
    assert found.closing == (found.lines[-1].balance if found.lines else found.opening)
    assert sols(closing).value == found.closing


async def test_each_line_has_the_balance_after_it(morning: Bookkeeper) -> None:
    """Oldest first: what the movement was, and what was there then."""
    found = await asked(morning, 0, 4)

    assert [
        (PostingKind.DEPOSIT, sols("10").value),
        (PostingKind.RESERVE, sols("9").value),
        (PostingKind.RESERVE, sols("7").value),
        (PostingKind.RESERVE, sols("4").value),
        (PostingKind.RELEASE, sols("7").value),
    ] == [(line.movement.kind, line.balance) for line in found.lines]
    history = await morning.ask(lambda ask: ask.history(MINE))
    assert history[::-1] == [line.movement for line in found.lines]
    assert await morning.balance(MINE) == found.closing


async def test_a_statement_is_read_page_by_page(morning: Bookkeeper) -> None:
    """The sums are those of the whole period on every page, and balances run on."""
    whole = await asked(morning, 1, 4)
    lines: list[StatementLine] = []
    page = await asked(morning, 1, 4, limit=1)
    while page.lines:
        assert (whole.opening, whole.closing) == (page.opening, page.closing)
        lines += page.lines
        page = await asked(morning, 1, 4, limit=1, after=page.lines[-1].movement.id)

    assert list(whole.lines) == lines
    assert 4 == len(lines)


async def test_an_account_that_never_moved(morning: Bookkeeper) -> None:
    """Has an empty statement."""
    period = Period(since_ms=NOON_MS, until_ms=NOON_MS + HOUR)
    found = await morning.ask(lambda ask: ask.statement(OPERATING, period))

    assert (
        Statement(account=OPERATING, period=period, opening=0, credited=ZERO, debited=ZERO, lines=()) == found
    )


async def test_the_outside_world_owes(morning: Bookkeeper) -> None:
    """Its balances are below zero, as everywhere."""
    period = Period(since_ms=NOON_MS, until_ms=NOON_MS + HOUR)
    found = await morning.ask(lambda ask: ask.statement(OUTSIDE, period))

    assert (0, ZERO, sols("20"), -sols("20").value) == (
        found.opening,
        found.credited,
        found.debited,
        found.closing,
    )
    assert [-sols("10").value, -sols("20").value] == [line.balance for line in found.lines]


async def test_turnover_past_what_a_balance_can_hold(keeper: Bookkeeper) -> None:
    """What came and went may add up to more than 63 bits; the balance never does."""
    most = Lamports(2**63 - 1)
    await keeper.people(ANN, each=most)
    for number in (900, 902, 904):
        await keeper.do(
            lambda books, n=number: books.journal.post(entries.reserve(WithdrawalId(n), ANN, most))  # type: ignore[misc]
        )
        await keeper.do(
            lambda books, n=number: books.journal.post(entries.release(WithdrawalId(n), ANN, most))  # type: ignore[misc]
        )

    found = await asked(keeper, 0, 1)

    assert (4 * most.value, 3 * most.value, most.value) == (
        found.credited.value,
        found.debited.value,
        found.closing,
    )
