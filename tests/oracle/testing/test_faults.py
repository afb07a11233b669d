"""Every fault of the feed server on every feed, over HTTP: the record names it, and nothing but a Result comes out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from rooms_core.domain.ids import RoomId
from rooms_core.domain.market import Direction
from rooms_core.ports.oracle import WatchedRoom
from rooms_core.result import Err, Ok, Result
from rooms_core.testing.clock import NOON_MS, ManualClock
from rooms_core.testing.rng import SeededRng
from rooms_oracle.aggregate import PPM
from rooms_oracle.checker import check_records
from rooms_oracle.client import FeedClient
from rooms_oracle.evidence import EvidenceLog
from rooms_oracle.failures import Malformed, Timeout, Unreachable
from rooms_oracle.feeds import VENDORS
from rooms_oracle.feeds.vendor import Vendor
from rooms_oracle.generated import GeneratedFeeds
from rooms_oracle.heard import TICK_MS
from rooms_oracle.held import write_down
from rooms_oracle.http import HttpTransport
from rooms_oracle.live import LiveFeeds
from rooms_oracle.oracle import ConsensusOracle
from rooms_oracle.script import Move
from rooms_oracle.settings import DEFAULTS
from rooms_oracle.testing.clocks import ManualPace
from rooms_oracle.testing.direct_line import DirectLine
from rooms_oracle.testing.faults import Fault
from rooms_oracle.testing.feed_server import FeedServer
from rooms_oracle.transport import Params, Reply, Transport

FEEDS = [vendor.name for vendor in VENDORS]
COIN = "SOL/USD"
OWN_TIMES = ("coinbase", "okx", "pyth", "coingecko", "cryptocompare")
SLOW = (Fault.TIMEOUT, Fault.DRIP)
CLOCKS = (Fault.AHEAD, Fault.BEHIND)
FROZEN_MS = 90_000


def client(vendor: Vendor, line: Transport, clock: ManualClock, *, total_ms: int = 1_500) -> FeedClient:
    """A feed that is on, on any line and a virtual clock."""
    own = {"enabled": True, "key": SecretStr("k"), "total_ms": total_ms, "body_most": 2**20, "every_ms": 0}
    return FeedClient(
        vendor,
        DEFAULTS[vendor.name].model_copy(update=own),
        line=line,
        clock=clock,
        pace=ManualPace(clock),
        rng=SeededRng(),
    )


def wired(server: FeedServer, clock: ManualClock, slow: str | None = None) -> LiveFeeds:
    """All nine feeds over HTTP; one that will not answer has little time for it."""
    clients = []
    for vendor in VENDORS:
        line = HttpTransport(server.address(vendor.name), connect_ms=5_000, body_most=2**20)
        clients.append(client(vendor, line, clock, total_ms=60 if vendor.name == slow else 1_500))
    return LiveFeeds(clients, clock=clock, pace=ManualPace(clock))


def record_of(oracle: ConsensusOracle) -> dict[str, Any]:
    """The record of the newest tick, which the checker accepts together with those it rests on."""
    held, log = oracle._trackers[COIN].held[-1], EvidenceLog()
    for tick in (held, *held.rates.values()):
        tick.record = None
    write_down(held, log)
    bodies = [record.body for record in log.drain()]
    assert isinstance(check_records(bodies), Ok)
    found: dict[str, Any] = json.loads(bodies[-1])
    return found


def said_of(record: Mapping[str, Any], feed: str) -> dict[str, str]:
    """What a record says against a feed: in place of a price, or of the price itself or its family."""
    named = {**record.get("silent", {}), **record["rejected"]}
    family = f"family:{DEFAULTS[feed].family}"
    return {source: why for source, why in named.items() if source.startswith(f"{feed}:") or source == family}


def harmless(fault: Fault, feed: str) -> bool:
    """A clock that is off changes nothing where no time is sent, and what stands still is as good as new at first."""
    if fault is Fault.FROZEN:
        return True
    return fault in CLOCKS and feed not in OWN_TIMES


@pytest.mark.parametrize("fault", list(Fault), ids=lambda fault: fault.name)
@pytest.mark.parametrize("feed", FEEDS)
async def test_the_record_of_a_tick_names_what_was_wrong(feed: str, fault: Fault) -> None:
    """Whatever a feed does, the price is the others', a Result comes back, and the record says why one is missing."""
    clock = ManualClock(NOON_MS)
    async with FeedServer(GeneratedFeeds(7), clock) as server:
        server.faults[feed] = fault
        feeds = wired(server, clock, slow=feed if fault in SLOW else None)
        oracle = ConsensusOracle(feeds)
        oracle.poll(COIN)
        ticked = await oracle.tick(NOON_MS)
        record = record_of(oracle)
        candles = await feeds.candles(COIN, NOON_MS - 60_000)
        await feeds.close()

    assert isinstance(ticked, Ok)
    assert "ACCEPTED" == record["result"]["status"]
    market = GeneratedFeeds(7).path(COIN, NOON_MS)
    assert abs(int(record["result"]["price"]) - market) * PPM <= 3_000 * market
    assert harmless(fault, feed) or said_of(record, feed)
    assert all(candle.low <= candle.open <= candle.high for candle in candles)


@pytest.mark.parametrize("feed", FEEDS)
async def test_a_feed_that_stands_still_is_named_in_time(feed: str) -> None:
    """By its own time it is too old after six seconds; without one it is frozen after a minute of others moving."""
    clock = ManualClock(NOON_MS)
    market = GeneratedFeeds(7, moves=[Move(instrument=COIN, from_ms=NOON_MS, by_ppm=20_000)])
    named = []
    async with FeedServer(market, clock) as server:
        server.faults[feed] = Fault.FROZEN
        feeds = wired(server, clock)
        oracle = ConsensusOracle(feeds)
        oracle.poll(COIN)
        for tick_ms in range(NOON_MS, NOON_MS + FROZEN_MS, TICK_MS):
            clock.set(max(tick_ms, clock.now_ms()))
            assert isinstance(await oracle.tick(tick_ms), Ok)
            assert oracle._trackers[COIN].held[-1].accepted
            named.append(set(said_of(record_of(oracle), feed).values()))
        await feeds.close()

    reason = "STALE" if feed in OWN_TIMES else "FROZEN"
    assert set() == named[0]
    assert {reason, "OUTLIER"} & named[-1]
    assert 20 >= next(number for number, why in enumerate(named) if {reason, "OUTLIER"} & why)


@dataclass(frozen=True, slots=True)
class WildLine:
    """A line that brings whatever was drawn, one after another: the server's answers under a fault, or anything."""

    direct: DirectLine
    drawn: list[Fault | Reply | None]

    async def get(
        self, path: str, params: Params, headers: Mapping[str, str], *, within_ms: int
    ) -> Result[Reply, Timeout | Unreachable | Malformed]:
        """The next answer; after the last one there is silence."""
        answer = self.drawn.pop(0) if self.drawn else None
        if isinstance(answer, Reply):
            return Ok(answer)
        if answer is None:
            return Err(Timeout())
        self.direct.server.faults[self.direct.feed] = answer
        return await self.direct.get(path, params, headers, within_ms=within_ms)

    async def close(self) -> None:
        """There is nothing to give back."""


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["error", "result", "data", "code", "bid", "time", "symbol"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)
REPLIES = st.builds(
    Reply,
    st.sampled_from([200, 200, 200, 204, 400, 404, 429, 500, 503]),
    st.dictionaries(
        st.sampled_from(["retry-after", "x-mbx-used-weight-1m"]), st.text(max_size=6), max_size=2
    ),
    st.binary(max_size=40) | JSON.map(lambda value: json.dumps(value).encode()),
)
ANSWERS = st.lists(st.sampled_from(list(Fault)) | REPLIES | st.none(), max_size=12)


@given(drawn=st.fixed_dictionaries(dict.fromkeys(FEEDS, ANSWERS)), silence=st.integers(0, 30))
async def test_nothing_is_raised_whatever_is_answered(
    drawn: dict[str, list[Fault | Reply | None]], silence: int
) -> None:
    """Ticks, prices, candles and answers at the settle time: each is a Result, on any answers of all feeds."""
    clock = ManualClock(NOON_MS)
    server = FeedServer(GeneratedFeeds(7), clock)
    feeds = LiveFeeds(
        [
            client(vendor, WildLine(DirectLine(server, vendor.name), drawn[vendor.name]), clock)
            for vendor in VENDORS
        ],
        clock=clock,
        pace=ManualPace(clock),
    )
    oracle = ConsensusOracle(feeds)
    oracle.poll(COIN)
    room = WatchedRoom(
        room=RoomId(2),
        instrument=COIN,
        direction=Direction.UP,
        target=170 * 10**12,
        since_ms=NOON_MS,
        settle_at_ms=NOON_MS + 120_000,
    )
    oracle.watch(room)
    tick_ms = NOON_MS
    results: list[Result[object, object]] = []
    for step in (1, 1, 1 + silence, 1, 1):
        clock.set(max(tick_ms, clock.now_ms()))
        results += [await oracle.tick(tick_ms), await oracle.price(COIN, now_ms=clock.now_ms())]
        tick_ms += step * TICK_MS
    settled_ms = NOON_MS + 140_000
    clock.set(max(settled_ms, clock.now_ms()))
    results.append(await oracle.close_price(COIN, settle_at_ms=room.settle_at_ms, now_ms=settled_ms))
    results.append(await oracle.touch_answer(room, now_ms=settled_ms))
    await feeds.close()

    assert 12 == len(results)
    assert all(isinstance(each, Ok | Err) for each in results)
