"""How an instrument stands: two families left of five show while there is still a price, or just gone."""

from __future__ import annotations

import pytest

from rooms_core.domain.ids import RoomId
from rooms_core.domain.market import Direction
from rooms_core.ports.oracle import WatchedRoom
from rooms_core.result import Ok
from rooms_core.testing.clock import NOON_MS
from rooms_oracle.heard import TICK_MS, Heard
from rooms_oracle.instrument_standing import InstrumentStanding
from rooms_oracle.oracle import ConsensusOracle
from rooms_oracle.testing.table_feeds import TableFeeds

COIN = "SOL/USD"
PRICE = 165 * 10**12


@pytest.fixture
def table() -> TableFeeds:
    """Three families that know one coin."""
    feeds = TableFeeds()
    feeds.add(COIN)
    return feeds


async def standing(oracle: ConsensusOracle, ticks: int) -> InstrumentStanding:
    """After so many ticks from noon."""
    for number in range(ticks):
        assert isinstance(await oracle.tick(NOON_MS + number * TICK_MS), Ok)
    (found,) = oracle.standings()
    return found


async def test_before_its_first_tick_nothing_is_known(table: TableFeeds) -> None:
    """What is polled is named all the same."""
    oracle = ConsensusOracle(table)
    oracle.poll(COIN)
    found = await standing(oracle, 0)

    assert (COIN, False) == (found.name, found.single_pool)
    assert (None, None, None) == (found.tick_ms, found.accepted_ms, found.gap_from_ms)
    assert (0, 0, 0) == (found.families, found.agreed, found.watched)


async def test_families_are_those_of_the_newest_tick(table: TableFeeds) -> None:
    """With two of three the price is gone, and it shows that two were there; after 6 s a gap is owed."""
    for number in range(4):
        table.say(COIN, NOON_MS + number * TICK_MS, PRICE)
        if number:
            said = table.ticks[COIN, NOON_MS + number * TICK_MS]
            table.ticks[COIN, NOON_MS + number * TICK_MS] = Heard(said.quotes[:2])
    oracle = ConsensusOracle(table)
    oracle.poll(COIN)
    oracle.watch(
        WatchedRoom(
            room=RoomId(1_000),
            instrument=COIN,
            direction=Direction.UP,
            target=2 * PRICE,
            since_ms=NOON_MS,
            settle_at_ms=NOON_MS + 3_600_000,
        )
    )
    first = await standing(oracle, 1)
    last = await standing(oracle, 4)

    assert (3, 3, 1) == (first.families, first.agreed, first.watched)
    assert (2, 0) == (last.families, last.agreed)
    assert (NOON_MS + 3 * TICK_MS, NOON_MS, NOON_MS) == (last.tick_ms, last.accepted_ms, last.gap_from_ms)
