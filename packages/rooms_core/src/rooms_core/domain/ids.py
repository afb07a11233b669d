"""Names for things: time-sorted 63-bit integers made by the application, shown as strings (decision E4).

Layout, high to low: 41 bits of ms since `EPOCH_MS`, 10 bits worker, 11 bits counter, and a lowest bit that is
always 0. The lowest bit leaves room for a *twin*: the second account of the same owner (`twin(user)` is the
account of what he has reserved), so that no table has to be asked for it.
"""

from __future__ import annotations

from typing import Final, NewType

UserId = NewType("UserId", int)
RoomId = NewType("RoomId", int)
BetId = NewType("BetId", int)
WithdrawalId = NewType("WithdrawalId", int)

EPOCH_MS: Final = 1_577_836_800_000
"""1 January 2020, 00:00 UTC: ids last until 2089."""
WORKERS: Final = 1 << 10
COUNTERS: Final = 1 << 11


def make_id(at_ms: int, *, worker: int, counter: int) -> int:
    """An id for the given ms, worker (0 … 1,023) and counter (0 … 2,047). Raises ValueError outside of these."""
    elapsed = at_ms - EPOCH_MS
    if not (0 <= elapsed < 1 << 41 and 0 <= worker < WORKERS and 0 <= counter < COUNTERS):
        raise ValueError(f"no id for ms {at_ms}, worker {worker}, counter {counter}")
    return (elapsed << 22) | (worker << 12) | (counter << 1)


def id_made_ms(some_id: int) -> int:
    """The ms at which an id was made."""
    return (some_id >> 22) + EPOCH_MS


def twin(some_id: int) -> int:
    """The id's companion: the same with the lowest bit set."""
    return some_id | 1
