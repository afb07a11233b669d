"""The promises of `ports.books.Markets` and `Evidence`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from rooms_core.domain.market import MarketState, PoolDepth
from rooms_core.ports.evidence import EvidenceRecord
from rooms_core.result import Ok
from rooms_core.testing.bookkeeper import Bookkeeper
from rooms_core.testing.builders import a_market_state, a_reading
from rooms_core.testing.memory_store import MemoryStore
from rooms_store.evidence_log import Made, read_evidence, read_market
from rooms_store.opening import OpenBooks

SOL = a_market_state(a_reading(200 * 10**12, lo=1, hi=2), range_ppm=77, gap_from_ms=5)
BTC = a_market_state(replace(a_reading(10**17, instrument="BTC/USD"), hit_up=None, hit_down=10**17 + 1))
PUMP = MarketState("pump:m", a_reading(10**18, instrument="pump:m"), 0, None, PoolDepth(2**50, 10_000, 2**60))


async def test_market_rows_come_back_as_they_were_written(keeper: Bookkeeper) -> None:
    """With gap and depth, in instrument order; unknown ones are left out."""
    await keeper.do(lambda books: books.markets.save([SOL, PUMP, BTC]))

    found = await keeper.do(lambda books: books.markets.lock(["pump:m", "SOL/USD", "x", "BTC/USD"]))

    assert [("BTC/USD", BTC), ("SOL/USD", SOL), ("pump:m", PUMP)] == list(found.items())
    assert {} == await keeper.do(lambda books: books.markets.lock([]))


async def test_a_market_row_is_replaced_as_a_whole(keeper: Bookkeeper) -> None:
    """The newest tick stands for what was there before."""
    newer = a_market_state(a_reading(9, tick_ms=SOL.last.tick_ms + 3_000))
    await keeper.do(lambda books: books.markets.save([SOL, BTC]))
    await keeper.do(lambda books: books.markets.save([newer]))
    await keeper.do(lambda books: books.markets.save([]))

    assert {"BTC/USD": BTC, "SOL/USD": newer} == await keeper.do(
        lambda books: books.markets.lock(["SOL/USD", "BTC/USD"])
    )


def record(
    name: str, tick_ms: int, *, instrument: str = "SOL/USD", prev: str | None = None
) -> EvidenceRecord:
    """A record of the oracle."""
    return EvidenceRecord(instrument, tick_ms, f"sha256:{name}", prev, f'{{"name":"{name}"}}')


FIRST = record("aa", 3_000)
SECOND = record("ff", 6_000, prev="sha256:aa")
SAME_TICK = record("bb", 6_000, prev="sha256:ff")
OTHER = record("cc", 9_000, instrument="BTC/USD")


async def test_records_are_kept_once_each(keeper: Bookkeeper) -> None:
    """A record that comes again is passed over, within a call and between units of work."""
    await keeper.do(lambda books: books.evidence.add([FIRST, SECOND, FIRST]))
    await keeper.do(lambda books: books.evidence.add([SECOND, SAME_TICK, OTHER]))
    await keeper.do(lambda books: books.evidence.add([]))

    hashes = ["sha256:ff", "sha256:none", "sha256:cc", "sha256:aa", "sha256:aa"]
    assert [OTHER, FIRST, SECOND] == await keeper.do(lambda books: books.evidence.get(hashes))
    assert [] == await keeper.do(lambda books: books.evidence.get([]))


@pytest.mark.parametrize(
    "added, newest",
    [
        ([], None),
        ([OTHER], None),
        ([FIRST, SECOND], SECOND),
        ([SECOND, FIRST], FIRST),
        ([SECOND, SAME_TICK, SECOND], SAME_TICK),
        ([SAME_TICK, SECOND], SECOND),
    ],
)
async def test_the_last_record_is_the_one_that_was_added_last(
    keeper: Bookkeeper, added: list[EvidenceRecord], newest: EvidenceRecord | None
) -> None:
    """Chains grow in the order in which records are made, whatever ticks they are about; known ones count once."""
    for each in added:
        await keeper.do(lambda books, each=each: books.evidence.add([each]))  # type: ignore[misc]

    assert newest == await keeper.do(lambda books: books.evidence.last("SOL/USD"))


async def test_the_log_of_evidence_comes_in_pages_in_the_order_it_was_added(
    keeper: Bookkeeper,
) -> None:
    """An offline checker reads all records oldest first, of all instruments together."""
    for each in (SECOND, OTHER, FIRST, OTHER):
        await keeper.do(lambda books, each=each: books.evidence.add([each]))  # type: ignore[misc]

    assert Ok([SECOND, OTHER, FIRST]) == await keeper.store.queries.evidence_log()
    assert Ok([OTHER]) == await keeper.store.queries.evidence_log(skip=1, limit=1)
    assert Ok([]) == await keeper.store.queries.evidence_log(skip=3)


async def test_the_log_can_be_streamed_from_every_database(keeper: Bookkeeper) -> None:
    """Part by part in the order of writing, as far as it is wanted; the memory store needs no such thing."""
    if isinstance(keeper.store, MemoryStore):
        return
    assert isinstance(keeper.store, OpenBooks)
    queries, found = keeper.store.queries, list[EvidenceRecord]()
    await keeper.do(lambda books: books.markets.save([SOL]))
    for each in (SECOND, OTHER, SAME_TICK):
        await keeper.do(lambda books, each=each: books.evidence.add([each]))  # type: ignore[misc]
        keeper.clock.advance(seconds=1)

    def take(block: Sequence[Made]) -> bool:
        found.extend([made.record for made in block])
        return len(found) < 4

    assert Ok(3) == await read_evidence(queries, take)
    assert Ok(2) == await read_evidence(queries, take, instruments=["SOL/USD"])
    assert [SECOND, OTHER, SAME_TICK, SECOND, SAME_TICK] == found
    assert Ok(2) == await read_evidence(queries, take)
    assert Ok(0) == await read_evidence(queries, take, until_ms=0)
    assert (Ok(SOL), Ok(None)) == (await read_market(queries, "SOL/USD"), await read_market(queries, "x"))
