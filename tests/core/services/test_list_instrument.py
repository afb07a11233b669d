"""Listing an instrument: once, by somebody, over what he saw."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rooms_core.domain.listing import Listed, Listing, ListingRevision
from rooms_core.domain.listing_check import REASON_MAX, RateUnknown
from rooms_core.ports.books import Books
from rooms_core.ports.store import StoreFailed
from rooms_core.result import Err, Ok, Result
from rooms_core.services.list_instrument import (
    ListingOvertaken,
    ListInstrument,
    WordsMissing,
    Written,
)
from rooms_core.testing.clock import NOON_MS, ManualClock
from rooms_core.testing.memory_store import MemoryStore

USDT = Listing(name="USDT/USD", listed=(Listed("coinbase", "USDT-USD"),))
SOL = Listing(name="SOL/USD", listed=(Listed("binance", "SOLUSDT", "USDT"), Listed("coinbase", "SOL-USD")))
LESS = replace(SOL, listed=SOL.listed[1:])
FIRST = ListingRevision(listing=SOL, number=1, by="ann", at_ms=NOON_MS)


@pytest.fixture
def store() -> MemoryStore:
    """An empty store, at noon."""
    return MemoryStore(ManualClock())


@pytest.fixture
def add(store: MemoryStore) -> ListInstrument:
    """The use case, where the Tether is built in."""
    return ListInstrument(store=store, built_in=(USDT,))


async def written(store: MemoryStore) -> list[ListingRevision]:
    """All that is in force."""

    async def work(books: Books) -> Result[list[ListingRevision], StoreFailed]:
        return Ok(await books.listings.newest())

    answer = await store.run(work)
    assert isinstance(answer, Ok)
    return answer.value


async def test_the_first_row_of_a_name_is_its_first_revision(store: MemoryStore, add: ListInstrument) -> None:
    """With who and when."""
    assert Ok(Written(FIRST, None, new=True)) == await add(SOL, seen=0, by="ann")
    assert [FIRST] == await written(store)


async def test_the_same_again_changes_nothing(store: MemoryStore, add: ListInstrument) -> None:
    """Whoever says it, and whatever he had seen: it is in force already."""
    await add(SOL, seen=0, by="ann")

    assert Ok(Written(FIRST, None, new=False)) == await add(SOL, seen=0, by="bob", reason="again")
    assert [FIRST] == await written(store)


async def test_a_change_keeps_what_was_before(store: MemoryStore, add: ListInstrument) -> None:
    """The new revision says why, and that nobody asked the feeds."""
    await add(SOL, seen=0, by="ann")
    second = ListingRevision(
        listing=LESS, number=2, by="bob", at_ms=NOON_MS, reason="they have gone", unprobed=True
    )

    done = await add(LESS, seen=1, by="bob", reason="they have gone", unprobed=True)
    assert Ok(Written(second, FIRST, new=True)) == done
    assert Ok(Written(second, FIRST, new=False)) == await add(LESS, seen=2, by="ann")
    assert [second] == await written(store)


async def test_who_saw_another_revision_is_refused(store: MemoryStore, add: ListInstrument) -> None:
    """What he looked at is not what he would change."""
    await add(SOL, seen=0, by="ann")

    assert Err(ListingOvertaken("SOL/USD", 1)) == await add(LESS, seen=0, by="bob")
    assert Err(ListingOvertaken("BTC/USD", 0)) == await add(replace(SOL, name="BTC/USD"), seen=1, by="bob")
    assert [FIRST] == await written(store)


async def test_of_two_at_the_same_moment_one_is_refused(store: MemoryStore) -> None:
    """The number is taken when the second one writes."""

    class Late:
        """A store in which somebody else's row comes in between."""

        async def run(self, work):  # type: ignore[no-untyped-def]
            async def hurried(books):  # type: ignore[no-untyped-def]
                history = books.listings.history

                async def nothing_yet(_name):  # type: ignore[no-untyped-def]
                    return []

                await books.listings.add(replace(FIRST, listing=LESS))
                books.listings.history = nothing_yet
                try:
                    return await work(books)
                finally:
                    books.listings.history = history

            return await store.run(hurried)

    late = ListInstrument(store=Late(), built_in=(USDT,))  # type: ignore[arg-type]

    assert Err(ListingOvertaken("SOL/USD", 1)) == await late(SOL, seen=0, by="bob")
    assert [] == await written(store)


async def test_a_row_that_breaks_a_rule_is_not_written(store: MemoryStore) -> None:
    """It is judged beside what is in force."""
    alone = ListInstrument(store=store)

    assert Err(RateUnknown("USDT/USD")) == await alone(SOL, seen=0, by="ann")
    await alone(USDT, seen=0, by="ann")
    assert isinstance(await alone(SOL, seen=0, by="ann"), Ok)


@pytest.mark.parametrize(
    "by, reason, unprobed, missing",
    [
        ("", "", False, "by"),
        ("  ", "", False, "by"),
        ("a" * (REASON_MAX + 1), "", False, "by"),
        ("ann\n", "", False, "by"),
        ("ann", "", True, "reason"),
        ("ann", "\x1b[2J", False, "reason"),
        ("ann", "r" * (REASON_MAX + 1), True, "reason"),
    ],
)
async def test_somebody_answers_for_every_row(
    store: MemoryStore, add: ListInstrument, by: str, reason: str, unprobed: bool, missing: str
) -> None:
    """By name, and with a reason where the feeds were not asked."""
    refused = await add(SOL, seen=0, by=by, reason=reason, unprobed=unprobed)

    assert Err(WordsMissing(missing, REASON_MAX)) == refused
    assert [] == await written(store)
