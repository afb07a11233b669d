"""Settling a room: exactly once, to the lamport, with a receipt (decisions R7, R8, M1–M7)."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from rooms_core.domain.bet import RoomUnknown
from rooms_core.domain.events import EventKind
from rooms_core.domain.ids import RoomId, UserId
from rooms_core.domain.invariants import InvariantBroken
from rooms_core.domain.journal import (
    BREAKAGE,
    PROTOCOL,
    SUBSIDY,
    JournalEntry,
    Posting,
    PostingKind,
    available,
    pot,
    room_subsidy,
)
from rooms_core.domain.market import Mode
from rooms_core.domain.money import Lamports
from rooms_core.domain.room import Room
from rooms_core.domain.rules import HouseRules
from rooms_core.domain.status import RoomStatus
from rooms_core.ports.books import Books, SettlementRow
from rooms_core.ports.store import StoreFailed
from rooms_core.proofs.receipt_check import verify_receipt
from rooms_core.result import Err, Ok
from rooms_core.services.settle_room import NotSettling
from rooms_core.testing.builders import a_bet, a_resolution, a_room, a_user, populate, sols
from rooms_core.testing.clock import NOON_MS
from rooms_core.testing.house import House, a_request
from rooms_core.testing.memory.undo import Crashed
from rooms_core.testing.memory_store import Fate

YOU, NINE, FIVE, HOST, ANN, BEN, CLEO = 20, 22, 24, 8, 6, 4, 2


async def the_sources_room(house: House) -> Room:
    """100 SOL on YES, 10 of them yours, 50 on NO; you were brought by ann, she by ben, he by cleo. YES has won."""
    people = {
        a_user(YOU, ANN, BEN, CLEO): sols("10"),
        a_user(NINE): sols("90"),
        a_user(FIVE): sols("50"),
        **{a_user(who): Lamports(0) for who in (HOST, ANN, BEN, CLEO)},
    }
    await populate(house.store, people)
    room = a_room(host=HOST, status=RoomStatus.SETTLING, resolution=a_resolution("YES"))
    await house.books.opened(
        room,
        a_bet(100, YOU, "YES", sols("10")),
        a_bet(102, NINE, "YES", sols("90")),
        a_bet(104, FIVE, "NO", sols("50")),
    )
    return room


async def balances(house: House, room: Room) -> dict[str, int]:
    """Where the money of the source's room is."""
    accounts = {
        "pot": pot(room.id),
        "protocol": PROTOCOL,
        "breakage": BREAKAGE,
        **{str(who): available(UserId(who)) for who in (YOU, NINE, FIVE, HOST, ANN, BEN, CLEO)},
    }
    return {name: await house.balance(account) for name, account in accounts.items()}


UNPAID = {
    "pot": 150_000_000_000,
    "protocol": 0,
    "breakage": 0,
    **{str(who): 0 for who in (YOU, NINE, FIVE, HOST, ANN, BEN, CLEO)},
}
PAID = {
    "pot": 0,
    "protocol": 2_934_000_000,
    "breakage": 0,
    str(YOU): 14_550_000_000,
    str(NINE): 130_950_000_000,
    str(FIVE): 0,
    str(HOST): 1_500_000_000,
    str(ANN): 45_000_000,
    str(BEN): 15_000_000,
    str(CLEO): 6_000_000,
}


async def test_the_sources_own_room_is_paid_to_the_lamport() -> None:
    """14.55 SOL for you; takeout 4.5: host 1.5, referrers 0.045, 0.015 and 0.006, the protocol keeps 2.934."""
    house = House()
    room = await the_sources_room(house)
    assert UNPAID == await balances(house, room)
    settled = await house.settle(room.id)

    assert isinstance(settled, Ok)
    assert PAID == await balances(house, room)
    assert settled.value.figures is not None
    assert sols("4.5") == settled.value.figures.takeout
    assert (RoomStatus.SETTLED, RoomStatus.SETTLED) == (
        settled.value.status,
        (await house.stands(room)).status,
    )


async def test_everybody_is_told_once() -> None:
    """Winners and losers hear how much they staked and have back, referrers what they earned."""
    house = House(block=1)
    room = await the_sources_room(house)
    await house.settle(room.id)
    told = {(event.kind, event.user): dict(event.facts) for event in await house.told()}

    assert {
        (EventKind.ROOM_SETTLED, YOU): {"staked": "10000000000", "paid": "14550000000", "refunded": "0"},
        (EventKind.ROOM_SETTLED, NINE): {"staked": "90000000000", "paid": "130950000000", "refunded": "0"},
        (EventKind.ROOM_SETTLED, FIVE): {"staked": "50000000000", "paid": "0", "refunded": "0"},
        (EventKind.COMMISSION_EARNED, ANN): {"amount": "45000000"},
        (EventKind.COMMISSION_EARNED, BEN): {"amount": "15000000"},
        (EventKind.COMMISSION_EARNED, CLEO): {"amount": "6000000"},
    } == told


@pytest.mark.parametrize("block", [1, 2, 500])
async def test_the_size_of_the_blocks_does_not_matter(block: int) -> None:
    """However the positions are streamed: the same figures, the same receipt, one notice for each bettor."""
    house = House(block=block)
    await house.books.people(2, 4, 6, each=sols("9"))
    room = a_room(status=RoomStatus.SETTLING, resolution=a_resolution("YES", late_after_ms=NOON_MS + 5))
    await house.books.opened(
        room,
        a_bet(100, 2, "YES", sols("1")),
        a_bet(102, 2, "NO", sols("2"), at_ms=NOON_MS + 1),
        a_bet(104, 4, "NO", sols("1"), at_ms=NOON_MS + 6),
        a_bet(106, 4, "YES", sols("1"), at_ms=NOON_MS + 2),
        a_bet(108, 6, "NO", sols("3"), at_ms=NOON_MS + 3),
    )
    settled = await house.settle(room.id)
    events = await house.told()

    assert isinstance(settled, Ok)
    assert isinstance(await house.receipt(room.id), Ok)  # its lines are those that were paid
    assert [(2, "3000000000", "3395000000", "0"), (4, "2000000000", "3395000000", "1000000000")] == [
        (event.user, event.facts["staked"], event.facts["paid"], event.facts["refunded"])
        for event in events
        if event.user < 6
    ]
    assert 3 == len(events)


async def test_settling_twice_is_refused_and_changes_nothing() -> None:
    """The second settler is told that the room is SETTLED (R7)."""
    house = House()
    room = await the_sources_room(house)
    await house.settle(room.id)
    commits = house.store.commits

    assert Err(NotSettling(room.id, RoomStatus.SETTLED)) == await house.settle(room.id)
    assert commits == house.store.commits
    assert PAID == await balances(house, room)


async def test_two_settlers_at_the_same_time_pay_once() -> None:
    """Whoever has the room first pays; the other one waits for it, and is told that it is over (R7)."""
    house = House()
    room = await the_sources_room(house)
    first, *others = await asyncio.gather(*[house.settle(room.id) for _ in range(3)])

    assert isinstance(first, Ok)
    assert [Err(NotSettling(room.id, RoomStatus.SETTLED))] * 2 == others
    assert PAID == await balances(house, room)


async def test_a_lost_answer_to_commit_is_no_second_payment() -> None:
    """The settler does not know whether it paid; asking again it learns that it has (R7)."""
    house = House()
    room = await the_sources_room(house)
    house.store.plan(Fate.UNKNOWN)

    assert Err(StoreFailed("the answer to COMMIT was lost")) == await house.settle(room.id)
    assert Err(NotSettling(room.id, RoomStatus.SETTLED)) == await house.settle(room.id)
    assert PAID == await balances(house, room)


async def test_a_commit_that_failed_paid_nobody() -> None:
    """Nothing is half done, and the next try pays."""
    house = House()
    room = await the_sources_room(house)
    house.store.plan(Fate.FAILED)
    assert isinstance(await house.settle(room.id), Err)
    assert UNPAID == await balances(house, room)

    assert isinstance(await house.settle(room.id), Ok)
    assert PAID == await balances(house, room)


async def test_a_repeated_unit_of_work_pays_once() -> None:
    """After a serialization failure all of it runs again, and only the second run stands."""
    house = House()
    room = await the_sources_room(house)
    house.store.plan(Fate.AGAIN)

    assert isinstance(await house.settle(room.id), Ok)
    assert PAID == await balances(house, room)
    assert 6 == len(await house.told())


async def test_wherever_it_crashes_the_room_is_paid_once() -> None:
    """The process dies after each single write in turn: before COMMIT nothing was paid, after it all was."""
    whole = House()
    await whole.settle((await the_sources_room(whole)).id)

    for writes in range(whole.store.writes + 1):
        house = House()
        room = await the_sources_room(house)
        house.store.crash_after(writes)
        with pytest.raises(Crashed):
            await house.settle(room.id)
        committed = writes == whole.store.writes
        assert (PAID if committed else UNPAID) == await balances(house, room)
        assert isinstance(await house.settle(room.id), Err if committed else Ok)
        assert PAID == await balances(house, room)


@pytest.mark.parametrize("status", [each for each in RoomStatus if each is not RoomStatus.SETTLING])
async def test_a_room_without_an_answer_is_not_settled(status: RoomStatus) -> None:
    """Only SETTLING rooms are; the refusal says where the room stands."""
    house = House()
    room = a_room(status=status)
    await house.books.opened(room)

    assert Err(NotSettling(room.id, status)) == await house.settle(room.id)


async def test_settling_needs_the_answer_itself() -> None:
    """A status alone is no answer."""
    house = House()
    room = a_room(status=RoomStatus.SETTLING)
    await house.books.opened(room)

    assert Err(NotSettling(room.id, RoomStatus.SETTLING)) == await house.settle(room.id)
    assert Err(RoomUnknown(RoomId(8))) == await house.settle(RoomId(8))


async def ended(house: House, room: Room, *sides: tuple[int, str, str, int]) -> SettlementRow:
    """The room after these bets (who, on what, how much, when) and its settlement."""
    await house.books.people(*sorted({who for who, *_ in sides}), each=sols("100"))
    bets = [
        a_bet(100 + 2 * number, who, side, sols(stake), at_ms=NOON_MS + at)
        for number, (who, side, stake, at) in enumerate(sides)
    ]
    await house.books.opened(room, *bets)
    settled = await house.settle(room.id)
    assert isinstance(settled, Ok)
    return settled.value


@pytest.mark.parametrize(
    "winner, late_after_ms, reason",
    [
        ("YES", NOON_MS + 5, "ONE_SIDED"),  # the only NO was late
        ("YES", NOON_MS - 1, "ONE_SIDED"),  # all of it was late
        ("MAYBE", None, "EMPTY_WINNER"),
    ],
)
async def test_an_answer_without_a_contest_voids_the_room(
    winner: str, late_after_ms: int | None, reason: str
) -> None:
    """One-sided is judged again after late refunds, and a winner nobody chose pays nobody: all stakes go back (M5)."""
    house = House()
    room = a_room(
        outcomes=("YES", "NO", "MAYBE"),
        host=2,
        status=RoomStatus.SETTLING,
        resolution=a_resolution(winner, late_after_ms=late_after_ms),
    )
    row = await ended(house, room, (2, "YES", "10", 0), (4, "NO", "7", 6))

    assert (RoomStatus.VOIDED, None) == (row.status, row.figures)
    assert f'"reason":"{reason}"' in row.header
    assert [sols("100").value] * 2 == [await house.balance(available(UserId(who))) for who in (2, 4)]
    assert [0, 0] == [await house.balance(account) for account in (pot(room.id), PROTOCOL)]
    assert [("10000000000", "10000000000"), ("7000000000", "7000000000")] == [
        (event.facts["staked"], event.facts["refunded"]) for event in await house.told()
    ]


async def test_late_stakes_go_back_and_a_stake_at_the_edge_stays() -> None:
    """What was placed after the edge leaves the pool on any outcome, before anything is computed (R4)."""
    house = House()
    room = a_room(status=RoomStatus.SETTLING, resolution=a_resolution("YES", late_after_ms=NOON_MS + 5))
    row = await ended(
        house, room, (2, "YES", "10", 0), (4, "NO", "10", 5), (6, "YES", "40", 6), (8, "NO", "30", 7)
    )

    assert row.figures is not None
    assert (sols("70"), sols("20"), sols("0.6")) == (
        row.figures.late_refunds,
        row.figures.gross,
        row.figures.takeout,
    )
    assert [sols(each).value for each in ("109.4", "90", "100", "100")] == [
        await house.balance(available(UserId(who))) for who in (2, 4, 6, 8)
    ]


@pytest.mark.parametrize("block", [1, 500])
async def test_what_nothing_stands_against_goes_back_newest_first(block: int) -> None:
    """1 SOL matches 32: of 50 on YES 18 go back, the newest 15 in full and 3 of the one before (M6)."""
    house = House(block=block)
    room = a_room(status=RoomStatus.SETTLING, resolution=a_resolution("NO"))
    row = await ended(
        house, room, (2, "YES", "20", 0), (4, "NO", "1", 1), (6, "YES", "15", 2), (2, "YES", "15", 3)
    )

    assert row.figures is not None
    assert (sols("18"), sols("33")) == (row.figures.match_refunds, row.figures.gross)
    assert [sols(each).value for each in ("80", "131.01", "88")] == [
        await house.balance(available(UserId(who))) for who in (2, 4, 6)
    ]


@pytest.mark.parametrize("winner", ["YES", "NO"])
async def test_what_was_set_aside_comes_back(winner: str) -> None:
    """Of 1 SOL set aside a room uses what the promised 1.05 costs, and the rest goes back to the account (M4)."""
    house = House(HouseRules.preset("us-tote", subsidy_max=sols("1")))
    await house.books.funded(SUBSIDY, sols("3"))
    await house.books.people(2, 4, each=sols("1"))
    room = await house.room(a_request(now_ms=house.now_ms, mode=Mode.AT_CLOSE))
    await house.bet(2, "NO", sols("0.01"), room)
    await house.bet(4, "YES", sols("0.1"), room)
    await answered(house, room, winner)
    settled = await house.settle(room.id)

    assert isinstance(settled, Ok)
    assert settled.value.figures is not None
    subsidy = sols("0.0148") if winner == "YES" else Lamports(0)  # 0.105 − 0.0902
    assert subsidy == settled.value.figures.subsidy
    assert sols("3").value - subsidy.value == await house.balance(SUBSIDY)
    assert [0, 0] == [await house.balance(account) for account in (room_subsidy(room.id), pot(room.id))]


async def answered(house: House, room: Room, *winning: str) -> None:
    """The room has its answer."""

    async def work(books: Books) -> None:
        stands = (await books.rooms.lock([room.id]))[room.id]
        settling = replace(stands, status=RoomStatus.SETTLING, resolution=a_resolution(*winning))
        await books.rooms.save(settling, was=stands.status)

    await house.books.do(work)


async def test_a_void_room_gives_all_that_was_set_aside_back() -> None:
    """Nothing is paid, so nothing is needed (M4)."""
    house = House(HouseRules.preset("us-tote", subsidy_max=sols("1")))
    await house.books.funded(SUBSIDY, sols("3"))
    room = await house.room()
    await house.moves(room.lock_at_ms)

    assert RoomStatus.VOIDED is (await house.stands(room)).status
    assert [sols("3").value, 0] == [await house.balance(each) for each in (SUBSIDY, room_subsidy(room.id))]


@pytest.mark.parametrize("winner", ["YES", "NO", "MAYBE"])
async def test_every_settlement_leaves_a_receipt_that_verifies(winner: str) -> None:
    """With late and match refunds, referrals and a host, settled or void: the core re-runs it from the receipt (R8)."""
    house = House()
    room = a_room(
        outcomes=("YES", "NO", "MAYBE"),
        host=2,
        status=RoomStatus.SETTLING,
        resolution=a_resolution(winner, late_after_ms=NOON_MS + 5),
    )
    await populate(house.store, {a_user(4): sols("1"), a_user(6, 4): sols("99"), a_user(2): sols("9")})
    await house.books.opened(
        room,
        a_bet(100, 6, "YES", sols("80")),
        a_bet(102, 4, "NO", sols("1"), at_ms=NOON_MS + 1),
        a_bet(104, 6, "NO", sols("0.5"), at_ms=NOON_MS + 2),
        a_bet(106, 2, "YES", sols("9"), at_ms=NOON_MS + 6),
    )
    settled = await house.settle(room.id)
    read = await house.receipt(room.id)

    assert isinstance(settled, Ok)
    assert isinstance(read, Ok)
    verified = verify_receipt(read.value)
    assert isinstance(verified, Ok), verified
    assert (settled.value.receipt_hash, settled.value.status) == (verified.value.hash, verified.value.state)


async def test_money_missing_from_the_pot_stops_the_settlement() -> None:
    """Sums that do not agree roll everything back: nobody is paid, somebody is woken (R7)."""
    house = House()
    room = await the_sources_room(house)

    async def steal(books: Books) -> None:
        lost = Posting(PostingKind.PROTOCOL, pot(room.id), BREAKAGE, Lamports(1))
        await books.journal.post(JournalEntry("theft", (lost,)))

    await house.books.do(steal)
    with pytest.raises(InvariantBroken, match="I3"):
        await house.settle(room.id)
    assert {**UNPAID, "pot": UNPAID["pot"] - 1, "breakage": 1} == await balances(house, room)


async def test_rooms_that_wait_are_listed() -> None:
    """By id; those without an answer or already paid are not among them."""
    house = House()
    for number, status in [
        (1_000, RoomStatus.SETTLING),
        (998, RoomStatus.SETTLING),
        (996, RoomStatus.LOCKED),
    ]:
        await house.books.opened(a_room(number, status=status))

    assert Ok([RoomId(998), RoomId(1_000)]) == await house.settle.due()
    house.store.plan(Fate.FAILED)
    assert isinstance(await house.settle.due(), Err)
