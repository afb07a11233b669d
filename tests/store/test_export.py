"""A room's records, handed over in blocks."""

from __future__ import annotations

from collections.abc import Sequence

from rooms_core.domain.bet import Bet
from rooms_core.domain.ids import RoomId
from rooms_core.domain.room import Room
from rooms_core.domain.tally import Position
from rooms_core.ports.queries import Movement
from rooms_core.result import Ok
from rooms_core.testing.bookkeeper import Bookkeeper
from rooms_core.testing.builders import a_bet, a_room, sols
from rooms_store.export import Exported, export_room
from rooms_store.opening import OpenBooks

ROOM = a_room()


async def test_memory_holds_one_block(store: OpenBooks, keeper: Bookkeeper) -> None:
    """Seven bets come in blocks of two, in the order of their ids, and so do positions and postings."""
    await keeper.people(*range(2, 16, 2), each=sols("10"))
    await keeper.opened(ROOM, *(a_bet(100 + user, user, "YES", sols("1")) for user in range(14, 0, -2)))
    blocks: list[Sequence[Exported]] = []
    seen: list[tuple[int, int]] = []
    answer = await export_room(
        store.queries, ROOM.id, blocks.append, lambda done, whole: seen.append((done, whole))
    )
    kinds = [type(record) for block in blocks for record in block]

    assert Ok(True) == answer
    assert max(map(len, blocks)) == 2
    assert [Room] + [Position] * 7 + [Bet] * 7 + [Movement] * 7 == kinds
    assert [102, 104, 106, 108, 110, 112, 114] == [
        record.id for block in blocks for record in block if isinstance(record, Bet)
    ]
    assert (14, 14) == seen[-1]


async def test_a_room_that_is_not_there_has_no_records(store: OpenBooks) -> None:
    """It is said, and nothing is handed over."""
    blocks: list[Sequence[Exported]] = []

    assert Ok(False) == await export_room(store.queries, RoomId(998), blocks.append)
    assert [] == blocks
