"""A token stays with its pool: the pool may follow its curve, and any other is no price."""

from __future__ import annotations

import json

import pytest

from rooms_core.domain.market import PoolDepth
from rooms_core.ports.oracle import TickReport
from rooms_core.result import Ok
from rooms_oracle.checker import check_records
from rooms_oracle.heard import Heard, PoolState, Quote
from rooms_oracle.oracle import ConsensusOracle
from rooms_oracle.pins import OTHER_POOL, kept_to
from rooms_oracle.quotes import COIN_UNIT
from rooms_oracle.testing.table_feeds import TableFeeds

CURVE, POOL = "curve", "amm"
CAP = 10**6 * 10**10
QUOTES = [Quote(name, "pool", 1, 0, 10, 0, 0) for name in ("chain", "jupiter")]


def state(address: str, *, on_curve: bool) -> PoolState:
    """A pool at an address."""
    return PoolState(10**6, 6, 1_000, 10_000, on_curve, None, address, 7)


@pytest.mark.parametrize(
    "pinned, read, kept",
    [
        ((CURVE, True), (CURVE, True), True),
        ((CURVE, True), (POOL, False), True),
        ((POOL, False), (POOL, False), True),
        ((POOL, False), (CURVE, True), False),
        ((POOL, False), ("other", False), False),
        ((CURVE, True), ("other", True), False),
        (("", True), (CURVE, True), True),
        ((POOL, False), ("", True), True),
        (None, (CURVE, True), True),
    ],
)
def test_a_pool_becomes_what_follows_it_or_nothing(
    pinned: tuple[str, bool] | None, read: tuple[str, bool], kept: bool
) -> None:
    """A graduated coin is never on its curve again, whatever a node that lags may say."""
    known = None if pinned is None else PoolDepth(1, 2, 3, pinned[1], pinned[0])
    said = Heard(QUOTES, state(read[0], on_curve=read[1]), {"dexscreener": "TIMEOUT"})

    if kept:
        assert said == kept_to(known, said)
    else:
        silent = {"dexscreener": "TIMEOUT", "chain": OTHER_POOL}
        assert Heard(QUOTES[1:], None, silent) == kept_to(known, said)


def test_what_was_not_read_is_not_judged() -> None:
    """A tick without the chain's word is what it is."""
    said = Heard(QUOTES[1:], None)

    assert said == kept_to(PoolDepth(1, 2, 3, True, CURVE), said)


async def story(*reads: tuple[str, bool]) -> tuple[ConsensusOracle, list[TickReport]]:
    """Ticks of a token whose pool is read where these say, one after the other from the first minute on."""
    feeds = TableFeeds()
    feeds.add("SOL/USD")
    feeds.add("pump:M", rates=("SOL/USD",), pool=True)
    oracle = ConsensusOracle(feeds)
    oracle.poll("pump:M")
    reports = []
    for number, (address, on_curve) in enumerate(reads):
        tick_ms = 3_000 * number
        feeds.say("SOL/USD", tick_ms, COIN_UNIT)
        read = state(address, on_curve=on_curve) if address else None
        feeds.say("pump:M", tick_ms, CAP, quote="SOL", pool=read)
        match await oracle.tick(tick_ms):
            case Ok(report):
                reports.append(report)
            case failed:
                pytest.fail(str(failed))
    return oracle, reports


async def test_a_move_is_written_down_from_both_sides() -> None:
    """The last tick in the old pool and the first in the new one, though neither is sampled; a checker accepts them."""
    oracle, reports = await story((CURVE, True), (CURVE, True), ("", True), (POOL, False), (POOL, False))
    records = [record for report in reports for record in report.records]
    token = [record for record in records if record.instrument == "pump:M"]
    pools = [(record.tick_ms, json.loads(record.body)["pool"]["address"]) for record in token]
    depth = oracle.depth("pump:M")

    assert [(0, CURVE), (3_000, CURVE), (9_000, POOL)] == pools
    assert depth is not None
    assert (POOL, False, token[-1].hash) == (depth.pool, depth.on_curve, depth.evidence)
    assert isinstance(check_records([record.body for record in records]), Ok)


async def test_a_pool_that_comes_back_is_no_price() -> None:
    """The tick is refused under its own name, and the pool that is known stays."""
    oracle, reports = await story((POOL, False), (CURVE, True))
    depth = oracle.depth("pump:M")

    assert [(), (("pump:M", "NO_QUORUM"),)] == [report.refused for report in reports]
    assert depth is not None
    assert POOL == depth.pool


async def test_a_restarted_oracle_goes_on_with_the_pool_of_the_row() -> None:
    """And with the record in which it was seen."""
    first, reports = await story((POOL, False))
    (row,) = reports[0].states
    known = first.depth("pump:M")
    assert row.depth == known
    feeds = TableFeeds()
    feeds.add("SOL/USD")
    feeds.add("pump:M", rates=("SOL/USD",), pool=True)
    oracle = ConsensusOracle(feeds)
    oracle.poll("pump:M")
    oracle.resume(row)
    for tick_ms, address in ((3_000, CURVE), (6_000, POOL)):
        feeds.say("SOL/USD", tick_ms, COIN_UNIT)
        feeds.say("pump:M", tick_ms, CAP, quote="SOL", pool=state(address, on_curve=address == CURVE))
        await oracle.tick(tick_ms)

    assert known == oracle.depth("pump:M")
