"""Many rows at once."""

from __future__ import annotations

from rooms_core.domain.bet import Bet
from rooms_core.domain.ids import RoomId, UserId
from rooms_core.domain.market import YES
from rooms_core.domain.money import Lamports
from rooms_core.domain.tally import Position
from rooms_core.ports.books import Books
from rooms_core.testing.bookkeeper import Bookkeeper
from rooms_core.testing.builders import a_bet, a_room, sols

ROOM = a_room()


async def begun(keeper: Bookkeeper) -> None:
    """A room with five bets."""
    await keeper.people(2, 4, each=sols("1"))
    await keeper.opened(ROOM, *(a_bet(n, 2, "YES", Lamports(n)) for n in (102, 104, 106, 108, 110)))


async def test_a_stream_that_nobody_reads_to_its_end_is_closed(keeper: Bookkeeper) -> None:
    """A settlement takes only the newest bets it needs; the rest is not waited for."""
    await begun(keeper)

    async def work(books: Books) -> list[Bet]:
        async for block in books.bets.newest_first(ROOM.id, YES, late_after_ms=None):
            return list(block)
        return []

    assert [110, 108] == [bet.id for bet in await keeper.do(work)]
    assert 5 == len(await keeper.do(whole))


async def whole(books: Books) -> list[Bet]:
    """All bets on YES."""
    found: list[Bet] = []
    async for block in books.bets.newest_first(ROOM.id, YES, late_after_ms=None):
        found += block
    return found


async def test_a_stream_goes_on_while_others_write(keeper: Bookkeeper) -> None:
    """A settlement reads positions and writes postings at the same time, on the same connection."""
    await begun(keeper)
    await keeper.opened(a_room(1_002), a_bet(112, 4, "NO", Lamports(7), room=1_002))

    async def work(books: Books) -> list[int]:
        seen: list[int] = []
        async for block in books.bets.newest_first(ROOM.id, YES, late_after_ms=None):
            seen += [bet.id for bet in block]
            await books.bets.place([a_bet(1_000 + 2 * len(seen), 4, "YES", Lamports(1), room=1_002)])
        return seen

    assert [110, 108, 106, 104, 102] == await keeper.do(work)


async def test_a_room_that_does_not_exist_has_no_positions(keeper: Bookkeeper) -> None:
    """An empty stream ends at once, and again when it is asked again."""

    async def work(books: Books) -> list[list[Position[UserId]]]:
        blocks = books.bets.positions(RoomId(4_000), late_after_ms=None)
        return [[each async for block in blocks for each in block] for _ in range(2)]

    assert [[], []] == await keeper.do(work)


async def test_placing_nothing_and_noting_nothing_changes_nothing(keeper: Bookkeeper) -> None:
    """Empty lists are asked for by batches in which every order was refused."""

    async def work(books: Books) -> None:
        await books.bets.place([])
        await books.outbox.add([])
        await books.evidence.add([])
        await books.markets.save([])

    await keeper.do(work)

    assert [] == await keeper.do(lambda books: books.outbox.waiting(5))
