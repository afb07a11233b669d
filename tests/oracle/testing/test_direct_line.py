"""The feed server asked without a network answers what a client would have made of it."""

from __future__ import annotations

import pytest

from rooms_core.result import Err, Ok
from rooms_core.testing.clock import NOON_MS, ManualClock
from rooms_oracle.generated import GeneratedFeeds
from rooms_oracle.testing.direct_line import DirectLine
from rooms_oracle.testing.faults import Fault
from rooms_oracle.testing.feed_server import FeedServer


@pytest.mark.parametrize(
    "fault, answer",
    [
        (Fault.TIMEOUT, "Timeout"),
        (Fault.DRIP, "Timeout"),
        (Fault.HANG_UP, "Unreachable"),
        (Fault.CUT, "Malformed"),
        (Fault.BOMB, "Malformed"),
        (Fault.HUGE, "Malformed"),
        (Fault.BUSY, 503),
        (None, 200),
    ],
)
async def test_a_fault_of_the_wire_is_a_value(fault: Fault | None, answer: str | int) -> None:
    """The same as over HTTP, at once."""
    server = FeedServer(GeneratedFeeds(7), ManualClock(NOON_MS))
    if fault is not None:
        server.faults["okx"] = fault
    line = DirectLine(server, "okx")
    match await line.get("/api/v5/market/tickers", (), {}, within_ms=1):
        case Ok(reply):
            assert answer == reply.status
        case Err(why):
            assert answer == type(why).__name__
    await line.close()
