"""The read side."""

from __future__ import annotations

from typing import TypeVar

import pytest

from rooms_core.domain import entries
from rooms_core.domain.ids import RoomId, UserId
from rooms_core.domain.journal import OPERATING, PostingKind, available, pot
from rooms_core.domain.market import CoinPrice
from rooms_core.domain.money import Lamports
from rooms_core.domain.room import Hold
from rooms_core.domain.status import RoomStatus
from rooms_core.domain.wallet import Wallet
from rooms_core.ports.books import Bets, Books
from rooms_core.ports.evidence import EvidenceRecord
from rooms_core.ports.queries import CashFlow, ReferralEarnings, RoomFilter
from rooms_core.ports.store import StoreFailed
from rooms_core.result import Err, Ok, Result
from rooms_core.services.settle_room import SettleRoom
from rooms_core.testing.bookkeeper import Bookkeeper
from rooms_core.testing.builders import a_bet, a_market, a_resolution, a_room, a_user, sols
from rooms_store.opening import OpenBooks

T = TypeVar("T")
ROOM = a_room(1_000, host=2)


def seen(answer: Result[T, StoreFailed]) -> T:
    """What a query found."""
    assert isinstance(answer, Ok), answer
    return answer.value


async def settled(store: OpenBooks, keeper: Bookkeeper) -> None:
    """The source's own room, settled: YES 100, NO 50; 6 was brought by 4, and 2 is the host."""
    await keeper.people(2, 4, each=sols("200"))

    async def join(books: Books) -> None:
        await books.users.add(a_user(6, 4))
        await books.journal.post(entries.deposit(UserId(6), sols("200"), signature="s", address="a"))

    await keeper.do(join)
    await keeper.opened(
        ROOM,
        a_bet(102, 4, "YES", sols("90")),
        a_bet(104, 6, "YES", sols("10")),
        a_bet(106, 2, "NO", sols("50")),
    )

    async def end(books: Books) -> None:
        room = (await books.rooms.lock([ROOM.id]))[ROOM.id]
        for status in (RoomStatus.OPEN, RoomStatus.LOCKED):
            assert await books.rooms.save(room.moved(status), was=room.status)
            room = room.moved(status)
        answered = a_room(1_000, host=2, status=RoomStatus.SETTLING, resolution=a_resolution("YES"))
        assert await books.rooms.save(answered, was=room.status)

    await keeper.do(end)
    assert isinstance(await SettleRoom(store=store)(ROOM.id), Ok)


async def test_a_rooms_cash_flow_tells_every_lamport(store: OpenBooks, keeper: Bookkeeper) -> None:
    """What came in equals what went out, by kind."""
    await settled(store, keeper)

    flows = seen(await store.queries.cash_flow(ROOM.id))

    assert [
        CashFlow(kind=PostingKind.STAKE, into_room=True, amount=sols("150"), postings=3),
        CashFlow(kind=PostingKind.PAYOUT, into_room=False, amount=sols("145.5"), postings=2),
        CashFlow(kind=PostingKind.HOST, into_room=False, amount=sols("1.5"), postings=1),
        CashFlow(kind=PostingKind.COMMISSION, into_room=False, amount=sols("0.045"), postings=1),
        CashFlow(kind=PostingKind.PROTOCOL, into_room=False, amount=sols("2.955"), postings=1),
    ] == flows


async def test_a_referrer_sees_what_his_code_has_brought(store: OpenBooks, keeper: Bookkeeper) -> None:
    """Commissions over all his life, and how many joined by him."""
    await settled(store, keeper)

    assert ReferralEarnings(earned=sols("0.045"), commissions=1, referred=1) == seen(
        await store.queries.earnings(UserId(4))
    )
    assert ReferralEarnings(earned=Lamports(0), commissions=0, referred=0) == seen(
        await store.queries.earnings(UserId(2))
    )


async def test_history_pages_by_key(store: OpenBooks, keeper: Bookkeeper) -> None:
    """Newest first, what came and what went in one list, each page from the last id of the one before."""
    await settled(store, keeper)
    account = available(UserId(4))

    pages, before = [], None
    while page := seen(await store.queries.history(account, before=before, limit=1)):
        pages += page
        before = page[-1].id

    assert [PostingKind.COMMISSION, PostingKind.PAYOUT, PostingKind.DEPOSIT, PostingKind.STAKE] == [
        each.kind for each in pages
    ]
    assert ["settle:1000", "settle:1000", "deposit:first:4:address", "bet:102"] == [
        each.entry for each in pages
    ]
    assert (pot(ROOM.id), account) == (pages[0].source, pages[0].target)
    assert pages == seen(await store.queries.history(account))


async def test_how_a_room_ended_is_one_row(store: OpenBooks, keeper: Bookkeeper) -> None:
    """Figures and the receipt's header, or nothing while the money is in the pot."""
    await settled(store, keeper)

    row = seen(await store.queries.settlement(ROOM.id))

    assert row is not None
    assert row.figures is not None
    assert sols("145.5") == row.figures.paid
    assert seen(await store.queries.settlement(RoomId(4_000))) is None


async def test_rooms_are_listed_newest_first_by_what_is_asked(store: OpenBooks, keeper: Bookkeeper) -> None:
    """Each filter narrows the list; pages go by the last id."""
    bonk = a_market(subject=CoinPrice("BONK"))
    rooms = [
        a_room(1_000, host=2),
        a_room(1_002, status=RoomStatus.OPEN, market=bonk),
        a_room(1_004, status=RoomStatus.OPEN, hold=Hold("audit", 5)),
    ]
    for room in rooms:
        await keeper.opened(room)

    async def listed(wanted: RoomFilter) -> list[int]:
        return [room.id for room in seen(await store.queries.rooms(wanted))]

    assert [1_004, 1_002, 1_000] == await listed(RoomFilter())
    assert [1_004, 1_002] == await listed(RoomFilter(statuses=frozenset({RoomStatus.OPEN})))
    assert [1_002] == await listed(RoomFilter(instrument="BONK/USD"))
    assert [1_000] == await listed(RoomFilter(host=UserId(2)))
    assert [1_004] == await listed(RoomFilter(held=True))
    assert [1_002, 1_000] == await listed(RoomFilter(held=False))
    assert [1_002] == await listed(RoomFilter(before=RoomId(1_004), limit=1))
    assert rooms[2] == seen(await store.queries.room(RoomId(1_004)))
    assert seen(await store.queries.room(RoomId(4_000))) is None


async def test_balances_are_read_without_locks(store: OpenBooks, keeper: Bookkeeper) -> None:
    """A wallet of somebody who never joined is nothing; an account that never moved holds 0."""
    await keeper.people(2, each=sols("3"))

    assert Wallet(available=sols("3")) == seen(await store.queries.wallet(UserId(2)))
    assert seen(await store.queries.wallet(UserId(4))) is None
    accounts = [available(UserId(2)), available(UserId(4)), OPERATING]
    assert [3 * 10**9, 0, 0] == list(seen(await store.queries.balances(accounts)).values())


async def test_evidence_is_found_by_its_hash(store: OpenBooks, keeper: Bookkeeper) -> None:
    """Whoever holds a receipt can ask for the records it names."""
    record = EvidenceRecord("SOL/USD", 3_000, "sha256:1", None, "{}")
    await keeper.do(lambda books: books.evidence.add([record]))

    assert [record] == seen(await store.queries.evidence(["sha256:1", "sha256:2"]))


async def test_the_bets_of_one_moment_can_be_read_again(store: OpenBooks, keeper: Bookkeeper) -> None:
    """A receipt's lines are derived from them, whatever has happened since; refusals come back as they are."""
    await settled(store, keeper)

    async def look(bets: Bets) -> Result[list[int], str]:
        blocks = bets.positions(ROOM.id, late_after_ms=None)
        return Ok([position.bettor async for block in blocks for position in block])

    async def refuse(bets: Bets) -> Result[None, str]:
        return Err(f"{len(await bets.bettors(ROOM.id))} are enough")

    assert Ok([2, 4, 6]) == await store.queries.with_bets(look)
    assert Err("3 are enough") == await store.queries.with_bets(refuse)


async def test_nothing_can_be_placed_through_a_query(store: OpenBooks, keeper: Bookkeeper) -> None:
    """The connection itself refuses to write."""
    await settled(store, keeper)

    async def forge(bets: Bets) -> Result[None, None]:
        await bets.place([a_bet(108, 2, "NO", sols("1"))])
        return Ok(None)

    match await store.queries.with_bets(forge):
        case Err(StoreFailed(message=message, retryable=retryable)):
            assert ("readonly" in message, retryable) == (True, False)
        case other:
            pytest.fail(str(other))
