"""Filters of rooms, as words."""

from __future__ import annotations

import pytest

from rooms_cli.errors import CommandError
from rooms_cli.room_choice import amount, is_token, page_behind, statuses_named, word
from rooms_core.domain.ids import RoomId
from rooms_core.domain.market import Mode
from rooms_core.domain.status import RoomStatus
from rooms_core.ports.room_filter import RoomFilter, RoomOrder
from rooms_core.ports.store import StoreFailed
from rooms_core.result import Err, Ok
from rooms_core.testing.bookkeeper import Bookkeeper
from rooms_core.testing.builders import a_room, sols
from rooms_core.testing.clock import ManualClock
from rooms_core.testing.memory_store import MemoryStore


def test_words_are_read_in_any_case() -> None:
    """With a dash where the value has an underscore."""
    assert RoomOrder.BIGGEST_POT == word("order", "Biggest-Pot", RoomOrder)
    assert Mode.AT_CLOSE == word("mode", "at-close", Mode)
    assert {RoomStatus.OPEN, RoomStatus.VOIDED} == statuses_named(["open", "VOIDED"])
    assert [True, False] == [is_token("token"), is_token("Coin")]
    assert sols("0.5") == amount("0.5")


@pytest.mark.parametrize(
    "read, hint",
    [
        (lambda: word("order", "bigest-pot", RoomOrder), "Did you mean biggest-pot?"),
        (lambda: word("mode", "x", Mode), "There are: touch, at-close."),
        (lambda: is_token("coins"), "Did you mean coin?"),
        (lambda: amount("-1"), "Write it as 10 or 0.001."),
    ],
)
def test_other_words_are_wrong_usage(read: object, hint: str) -> None:
    """The nearest, or all there are, are named."""
    with pytest.raises(CommandError) as refused:
        read()  # type: ignore[operator]

    assert (2, hint) == (refused.value.status, refused.value.hint)


async def test_a_page_begins_behind_a_room() -> None:
    """As that room stands now; behind a room that is not there is nothing."""
    clock = ManualClock()
    keeper = Bookkeeper(MemoryStore(clock), clock)
    for number, minutes in ((1_000, 30), (1_002, 10), (1_004, 20)):
        await keeper.opened(a_room(number, settle_at_ms=clock.now_ms() + minutes * 60_000))
    wanted = RoomFilter(order=RoomOrder.ENDING_SOONEST)
    queries = keeper.store.queries

    async def behind(last: int | None) -> list[int]:
        page = await page_behind(queries, wanted, None if last is None else RoomId(last))
        return [room.id for room in page.value] if isinstance(page, Ok) else []

    assert [[1_002, 1_004, 1_000], [1_004, 1_000], [1_000], [], []] == [
        await behind(last) for last in (None, 1_002, 1_004, 1_000, 9_998)
    ]


async def test_a_silent_store_is_passed_on() -> None:
    """The room that the page begins behind is asked for first."""

    class Silent:
        async def room(self, _room: RoomId) -> Err[StoreFailed]:
            return Err(StoreFailed("no"))

    failed = await page_behind(Silent(), RoomFilter(), RoomId(2))  # type: ignore[arg-type]

    assert Err(StoreFailed("no")) == failed
