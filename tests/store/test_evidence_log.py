"""The oracle's records, handed over in blocks."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from rooms_core.ports.evidence import EvidenceRecord
from rooms_core.result import Ok
from rooms_core.testing.bookkeeper import Bookkeeper
from rooms_core.testing.builders import a_market_state, a_reading
from rooms_core.testing.clock import NOON_MS
from rooms_store.evidence_log import Made, read_evidence, read_market
from rooms_store.opening import OpenBooks

NAMES = ("a", "b", "c", "d", "e", "f", "g")


def a_record(name: str) -> EvidenceRecord:
    """One of SOL, or of BTC where the name is a vowel; its tick says nothing about when it was written."""
    instrument = "BTC/USD" if name in "ae" else "SOL/USD"
    return EvidenceRecord(instrument, 1_000 - ord(name), f"sha256:{name}", None, "{}")


@pytest.fixture
async def written(keeper: Bookkeeper) -> None:
    """Seven records, one in each second since noon."""
    for name in NAMES:
        await keeper.do(lambda books, name=name: books.evidence.add([a_record(name)]))  # type: ignore[misc]
        keeper.clock.advance(seconds=1)


@pytest.mark.usefixtures("written")
async def test_all_records_come_in_the_order_of_writing(store: OpenBooks) -> None:
    """In blocks, with the time at which each was written, and told how far it has come."""
    blocks: list[Sequence[Made]] = []
    seen: list[tuple[int, int]] = []

    def take(block: Sequence[Made]) -> bool:
        blocks.append(block)
        return True

    done = await read_evidence(
        store.queries,
        take,
        progress=lambda done, whole: seen.append((done, whole)),
    )
    made = [each for block in blocks for each in block]

    assert Ok(7) == done
    assert [a_record(name) for name in NAMES] == [each.record for each in made]
    assert [NOON_MS + 1_000 * number for number in range(7)] == [each.at_ms for each in made]
    assert max(map(len, blocks)) == 2
    assert (7, 7) == seen[-1]


@pytest.mark.usefixtures("written")
@pytest.mark.parametrize(
    "since, until, instruments, names",
    [
        (2, None, None, "cdefg"),
        (None, 2, None, "ab"),
        (2, 5, None, "cde"),
        (2, 5, ["BTC/USD"], "e"),
        (None, None, ["SOL/USD", "BTC/USD"], "abcdefg"),
        (None, None, ["x"], ""),
        (-(10**9), 10**12, None, "abcdefg"),
        (5, 2, None, ""),
    ],
)
async def test_a_part_of_them(
    store: OpenBooks, since: int | None, until: int | None, instruments: list[str] | None, names: str
) -> None:
    """Those written from a second on and before another one, of some instruments."""
    found: list[str] = []

    def take(block: Sequence[Made]) -> bool:
        found.extend([each.record.hash.removeprefix("sha256:") for each in block])
        return True

    done = await read_evidence(
        store.queries,
        take,
        since_ms=None if since is None else NOON_MS + 1_000 * since,
        until_ms=None if until is None else NOON_MS + 1_000 * until,
        instruments=instruments,
    )

    assert (Ok(len(names)), list(names)) == (done, found)


@pytest.mark.usefixtures("written")
async def test_nothing_more_is_read_than_is_wanted(store: OpenBooks) -> None:
    """Whoever has seen enough says so, and the books can be asked again."""
    asked: list[int] = []

    def enough(block: Sequence[Made]) -> bool:
        asked.append(len(block))
        return False

    assert Ok(2) == await read_evidence(store.queries, enough)
    assert [2] == asked
    assert Ok(7) == await read_evidence(store.queries, lambda _: True)


async def test_the_row_of_a_market(store: OpenBooks, keeper: Bookkeeper) -> None:
    """As it was written last; None for a market nobody watched."""
    state = a_market_state(a_reading(9))
    await keeper.do(lambda books: books.markets.save([state]))

    assert Ok(state) == await read_market(store.queries, "SOL/USD")
    assert Ok(None) == await read_market(store.queries, "x")
