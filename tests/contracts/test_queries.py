"""The promises of `ports.queries.Queries`, on one evening: a settled, a subsidised, a voided and a held room."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace

import pytest

from rooms_core.domain import entries
from rooms_core.domain.ids import RoomId, UserId, WithdrawalId
from rooms_core.domain.journal import (
    OPERATING,
    OUTSIDE,
    PROTOCOL,
    SUBSIDY,
    Account,
    PostingKind,
    available,
    pot,
    reserved,
    room_subsidy,
)
from rooms_core.domain.market import CoinPrice
from rooms_core.domain.money import ZERO, Lamports
from rooms_core.domain.room import Hold, Room
from rooms_core.domain.rules import HouseRules
from rooms_core.domain.status import RoomStatus
from rooms_core.domain.wallet import Wallet
from rooms_core.ports.books import Bets, Books, SettlementRow
from rooms_core.ports.evidence import EvidenceRecord
from rooms_core.ports.queries import CashFlow, Movement, ReferralEarnings, RoomFilter
from rooms_core.ports.store import StoreFailed
from rooms_core.result import Err, Ok, Result
from rooms_core.services.settle_room import SettleRoom
from rooms_core.testing.bookkeeper import Bookkeeper
from rooms_core.testing.builders import a_bet, a_market, a_resolution, a_room, a_user, populate, sols
from rooms_core.testing.clock import NOON_MS

ANN, BEN, HOST = UserId(2), UserId(4), UserId(6)
SETTLED, TOTE, VOIDED, HELD = RoomId(1_000), RoomId(1_002), RoomId(1_004), RoomId(1_006)
TOTE_RULES = HouseRules.preset("us-tote", subsidy_max=sols("9"))
RECORD = EvidenceRecord("SOL/USD", NOON_MS, "sha256:aa", None, "{}")


@pytest.fixture
async def evening(keeper: Bookkeeper) -> Bookkeeper:
    """Ann brought Ben; they bet 100 : 50 in a hosted room, 10 : 2 in a tote's, 10 on one side of a third."""
    people = {a_user(ANN): sols("300"), a_user(BEN, ANN): sols("300"), a_user(HOST): ZERO}
    await populate(keeper.store, people)
    await keeper.funded(SUBSIDY, sols("20"))
    await keeper.funded(OPERATING, sols("1"))
    await keeper.do(lambda books: books.journal.post(entries.network_fee("sig", Lamports(5_000))))
    await keeper.do(lambda books: books.journal.post(entries.set_subsidy_aside(TOTE, sols("9"))))
    await keeper.do(lambda books: books.journal.post(entries.reserve(WithdrawalId(900), ANN, sols("7"))))
    await keeper.do(lambda books: books.journal.post(entries.spend(WithdrawalId(900), ANN, sols("7"))))
    await keeper.do(lambda books: books.evidence.add([RECORD]))
    await end(
        keeper, a_room(SETTLED, host=HOST), stakes={(ANN, "YES"): "90", (BEN, "YES"): "10", (BEN, "NO"): "50"}
    )
    keeper.clock.advance(seconds=1)
    await end(keeper, a_room(TOTE, rules=TOTE_RULES), stakes={(ANN, "YES"): "10", (BEN, "NO"): "2"})
    await end(keeper, a_room(VOIDED), stakes={(BEN, "YES"): "10"})
    held = a_room(HELD, market=a_market(subject=CoinPrice("BTC")), hold=Hold("odd", NOON_MS))
    await keeper.opened(held, a_bet(300, ANN, "NO", sols("2"), room=HELD))
    return keeper


async def end(keeper: Bookkeeper, room: Room, *, stakes: Mapping[tuple[UserId, str], str]) -> None:
    """Bets placed, then YES; what settling makes of it."""
    bets = [
        a_bet(room.id * 10 + 2 * place, bettor, outcome, sols(stake), room=room.id)
        for place, ((bettor, outcome), stake) in enumerate(stakes.items())
    ]
    await keeper.opened(replace(room, status=RoomStatus.LOCKED), *bets)
    settling = replace(room, status=RoomStatus.SETTLING, resolution=a_resolution("YES"))
    assert await keeper.do(lambda books: books.rooms.save(settling, was=RoomStatus.LOCKED))
    assert isinstance(await SettleRoom(store=keeper.store)(room.id), Ok)


@pytest.mark.parametrize(
    "wanted, found",
    [
        (RoomFilter(), [HELD, VOIDED, TOTE, SETTLED]),
        (RoomFilter(limit=2), [HELD, VOIDED]),
        (RoomFilter(before=TOTE), [SETTLED]),
        (RoomFilter(before=HELD, limit=1), [VOIDED]),
        (RoomFilter(statuses=frozenset({RoomStatus.SETTLED, RoomStatus.QUEUING})), [HELD, TOTE, SETTLED]),
        (RoomFilter(instrument="BTC/USD"), [HELD]),
        (RoomFilter(instrument="BTC/USD", statuses=frozenset({RoomStatus.OPEN})), []),
        (RoomFilter(host=HOST), [SETTLED]),
        (RoomFilter(held=True), [HELD]),
        (RoomFilter(held=False), [VOIDED, TOTE, SETTLED]),
    ],
)
async def test_rooms_are_listed_newest_first(
    evening: Bookkeeper, wanted: RoomFilter, found: list[RoomId]
) -> None:
    """Page by page, and only those that were asked for."""
    assert found == [room.id for room in await evening.ask(lambda ask: ask.rooms(wanted))]


async def test_a_room_is_shown_with_its_pool(evening: Bookkeeper) -> None:
    """As the books have it; an unknown one is None."""
    shown = await evening.ask(lambda ask: ask.room(SETTLED))

    assert await evening.room(a_room(SETTLED)) == shown
    assert [shown] == await evening.ask(lambda ask: ask.rooms(RoomFilter(host=HOST)))
    assert None is await evening.ask(lambda ask: ask.room(RoomId(9_998)))


async def test_a_wallet_is_shown_to_who_joined(evening: Bookkeeper) -> None:
    """The very one that units of work read."""
    assert await evening.wallet(ANN) == await evening.ask(lambda ask: ask.wallet(ANN))
    assert None is await evening.ask(lambda ask: ask.wallet(UserId(9_998)))


async def test_balances_are_signed(evening: Bookkeeper) -> None:
    """All that was asked for, 0 where nothing ever moved."""
    asked: list[Account] = [OUTSIDE, PROTOCOL, available(HOST), reserved(ANN), pot(HELD), pot(RoomId(9_998))]

    balances = await evening.ask(lambda ask: ask.balances(asked))

    assert {account: await evening.balance(account) for account in asked} == balances
    assert balances[OUTSIDE] == -sols("614").value + 5_000
    assert [sols("1.5").value, 0, sols("2").value, 0] == [balances[each] for each in asked[2:]]


async def test_a_history_is_read_page_by_page(evening: Bookkeeper) -> None:
    """Newest first; the last id of a page asks for the next one."""
    first = await evening.ask(lambda ask: ask.history(available(ANN), limit=3))
    second = await evening.ask(lambda ask: ask.history(available(ANN), before=first[-1].id))
    everything = await evening.ask(lambda ask: ask.history(available(ANN)))

    assert first + second == everything
    assert sorted((each.id for each in everything), reverse=True) == [each.id for each in everything]
    assert {
        ("deposit:first:2:address", PostingKind.DEPOSIT, sols("300")),
        ("reserve:900", PostingKind.RESERVE, sols("7")),
        ("bet:10000", PostingKind.STAKE, sols("90")),
        ("settle:1000", PostingKind.PAYOUT, sols("130.95")),
        ("settle:1000", PostingKind.COMMISSION, sols("0.27")),
        ("bet:10020", PostingKind.STAKE, sols("10")),
        ("settle:1002", PostingKind.PAYOUT, sols("10.5")),
        ("bet:300", PostingKind.STAKE, sols("2")),
    } == {(each.entry, each.kind, each.amount) for each in everything}
    assert [] == await evening.ask(lambda ask: ask.history(available(UserId(9_998))))


async def test_a_movement_tells_where_money_came_from_and_went(evening: Bookkeeper) -> None:
    """Source, target and time, as they were posted."""
    (fee,) = await evening.ask(lambda ask: ask.history(available(HOST)))

    expected = Movement(
        id=fee.id,
        entry="settle:1000",
        kind=PostingKind.HOST,
        source=pot(SETTLED),
        target=available(HOST),
        amount=sols("1.5"),
        at_ms=NOON_MS,
    )
    assert expected == fee


async def test_the_cash_flow_of_a_room(evening: Bookkeeper) -> None:
    """What came in first, then what went out, by kind; it adds up to nothing."""
    flows = await evening.ask(lambda ask: ask.cash_flow(SETTLED))

    assert [
        CashFlow(kind=PostingKind.STAKE, into_room=True, amount=sols("150"), postings=3),
        CashFlow(kind=PostingKind.PAYOUT, into_room=False, amount=sols("145.5"), postings=2),
        CashFlow(kind=PostingKind.HOST, into_room=False, amount=sols("1.5"), postings=1),
        CashFlow(kind=PostingKind.COMMISSION, into_room=False, amount=sols("0.27"), postings=1),
        CashFlow(kind=PostingKind.PROTOCOL, into_room=False, amount=sols("2.73"), postings=1),
    ] == flows
    assert [] == await evening.ask(lambda ask: ask.cash_flow(RoomId(9_998)))


async def test_a_subsidy_within_a_room_is_no_cash_flow(evening: Bookkeeper) -> None:
    """What was set aside came in and what was not needed went back; what moved between the two is nobody's."""
    flows = await evening.ask(lambda ask: ask.cash_flow(TOTE))

    assert [
        (PostingKind.STAKE, True, sols("12")),
        (PostingKind.SUBSIDY_SET_ASIDE, True, sols("9")),
        (PostingKind.PAYOUT, False, sols("10.5")),
        (PostingKind.PROTOCOL, False, sols("2.16")),
        (PostingKind.SUBSIDY_RETURNED, False, sols("8.34")),
    ] == [(flow.kind, flow.into_room, flow.amount) for flow in flows]
    assert 0 == await evening.balance(room_subsidy(TOTE))


async def test_how_a_room_ended(evening: Bookkeeper) -> None:
    """Its settlement row, or None while its money is still in the pot."""

    async def stored(books: Books) -> SettlementRow | None:
        return await books.settlements.get(VOIDED)

    row = await evening.ask(lambda ask: ask.settlement(VOIDED))

    assert await evening.do(stored) == row
    assert row is not None
    assert RoomStatus.VOIDED is row.status
    assert None is await evening.ask(lambda ask: ask.settlement(HELD))


async def test_bets_are_read_again_at_one_moment(evening: Bookkeeper) -> None:
    """The lines of a receipt are derived from this stream; an `Err` of the work comes back as it is."""

    async def lines(bets: Bets) -> Result[list[tuple[int, str]], StoreFailed]:
        return Ok(
            [
                (each.bettor, each.outcome)
                async for block in bets.positions(SETTLED, late_after_ms=None)
                for each in block
            ]
        )

    async def refuse(_bets: Bets) -> Result[None, str]:
        return Err("no")

    assert [(ANN, "YES"), (BEN, "YES"), (BEN, "NO")] == await evening.ask(lambda ask: ask.with_bets(lines))
    assert Err("no") == await evening.store.queries.with_bets(refuse)


async def test_nothing_is_placed_by_reading(evening: Bookkeeper) -> None:
    """The bets of the read side cannot be written."""

    async def place(bets: Bets) -> Result[None, str]:
        await bets.place([a_bet(400, ANN, "NO", sols("1"), room=HELD)])
        return Ok(None)

    answer = await evening.store.queries.with_bets(place)

    assert isinstance(answer, Err)
    assert isinstance(answer.why, StoreFailed)
    assert sols("2").value == await evening.balance(pot(HELD))


async def test_what_a_code_has_brought(evening: Bookkeeper) -> None:
    """Commissions over all the owner's life, and how many came by his code directly."""
    expected = ReferralEarnings(earned=sols("0.27"), commissions=1, referred=1)
    nothing = ReferralEarnings(earned=ZERO, commissions=0, referred=0)

    assert [expected, nothing, nothing] == [
        await evening.ask(lambda ask, user=user: ask.earnings(user))  # type: ignore[misc]
        for user in (ANN, BEN, UserId(9_998))
    ]


async def test_evidence_is_shown(evening: Bookkeeper) -> None:
    """By its hashes."""
    assert [RECORD] == await evening.ask(lambda ask: ask.evidence(["sha256:aa", "sha256:bb"]))


async def test_the_books_are_proven(evening: Bookkeeper) -> None:
    """Every balance is the fold of its postings, and every rule holds; the accounts are counted on the way."""
    told: list[tuple[int, int]] = []

    report = await evening.ask(lambda ask: ask.verify(lambda done, of: told.append((done, of))))

    assert report.holds, report.checks
    assert {"I1", "I2", "I3", "I4", "I8", "I10", "I12"} <= {check.rule for check in report.checks}
    assert (report.accounts, report.accounts) == told[-1]
    assert sols("621") == report.totals[PostingKind.DEPOSIT] + report.totals[PostingKind.FUNDING]
    assert sols("10") == report.totals[PostingKind.VOID_REFUND]
    assert report == await evening.ask(lambda ask: ask.verify())


async def test_empty_books_are_in_order(keeper: Bookkeeper) -> None:
    """Nothing is wrong before anything has happened."""
    report = await keeper.ask(lambda ask: ask.verify())

    assert (True, 0, {}) == (report.holds, report.postings, dict(report.totals))


async def test_reading_sees_what_was_committed_only(keeper: Bookkeeper) -> None:
    """Nobody is shown money that may yet be rolled back."""
    await keeper.people(ANN, each=sols("5"))
    moved, go_on = asyncio.Event(), asyncio.Event()

    async def work(books: Books) -> bool:
        await books.journal.post(entries.reserve(WithdrawalId(900), ANN, sols("5")))
        moved.set()
        await go_on.wait()
        return True

    writing = asyncio.ensure_future(keeper.undo(work))
    await moved.wait()
    reading = asyncio.ensure_future(keeper.ask(lambda ask: ask.wallet(ANN)))
    await asyncio.wait([reading], timeout=0.05)
    go_on.set()

    assert await writing
    assert Wallet(available=sols("5")) == await reading
