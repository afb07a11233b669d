"""The replay in small, on made-up minutes: what the recorded days are held to, these are too."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from itertools import count
from pathlib import Path
from random import Random

import pytest
from tests.replay.made_days import made_feeds
from tests.replay.over_http import over_http
from tests.replay.play import Books, Play, in_memory
from tests.replay.proofs import RecordTrial
from tests.replay.stage import ALL_PAIRS, DOLLARS, FIRST_MS
from tests.replay.tally import Tally

from rooms_core.domain.listing import Listing
from rooms_core.ports.store import Store
from rooms_core.testing.clock import ManualClock
from rooms_store.opening import open_books

TICKS = 600


async def played(
    weather: str,
    *,
    seed: int = 7,
    share_ppm: int = 10_000,
    ticks: int = TICKS,
    listings: tuple[Listing, ...] = DOLLARS,
    books: Books = in_memory,
) -> Tally:
    """A stretch of made-up minutes."""
    feeds = made_feeds(FIRST_MS, ticks // 20 + 2, seed)
    play = Play(
        source=feeds,
        listings=listings,
        from_ms=FIRST_MS,
        ticks=ticks,
        weather=weather,
        share_ppm=share_ppm,
        seed=seed,
        rooms_a_minute=4,
        longest_min=8,
        closes=listings is DOLLARS,
        books=books,
    )
    return await play.run()


async def test_thousandfold_prices_cost_ticks_and_move_none() -> None:
    """A price of three families stands or there is none: the liar is named each time, and touches have witnesses."""
    tally = await played("thousandfold", share_ppm=40_000)

    assert [] == tally.wrong
    assert (TICKS, TICKS) == (tally.full, tally.accepted)
    assert 10 <= tally.faulted == tally.named
    assert TICKS - tally.faulted == tally.accepted_with_faults
    assert tally.faulted == tally.reasons["OUTLIER"] == tally.refusals_with_faults["NO_CONSENSUS"]
    assert 0 == tally.moved
    assert sum(tally.witnesses.values()) >= 10
    assert 0 == tally.witnesses["0 honest venues"] + tally.witnesses["1 honest venues"]


async def test_every_fault_that_passes_is_named_or_does_nothing() -> None:
    """A tenth of the ticks, any of the faults, for up to 24 s: accepted prices stay within the tolerance."""
    tally = await played("weather", share_ppm=100_000)

    assert [] == tally.wrong
    assert tally.faulted == tally.named + tally.harmless + tally.within
    assert tally.named > tally.faulted // 2
    assert {"THROTTLED", "MUTED", "MALFORMED", "BACKING_OFF"} <= set(tally.reasons)


async def test_a_venue_that_leans_touches_nothing_alone() -> None:
    """Within the tolerance nobody is refused; still an honest venue has seen whatever was touched."""
    tally = await played("lean", share_ppm=300_000)

    assert [] == tally.wrong
    assert 0 == tally.witnesses["0 honest venues"]
    assert 0 < tally.moved_most_of_tolerance <= 1


async def test_all_pairs_are_played_by_the_rates_of_their_coins() -> None:
    """Eleven series, each venue's pairs in its family; a feed that lies spoils rates too, and is named."""
    tally = await played("thousandfold", ticks=300, listings=ALL_PAIRS, share_ppm=60_000)

    assert [] == tally.wrong
    assert tally.accepted >= 295
    assert tally.named == tally.faulted > 5


async def test_books_in_a_file_hold_the_same(tmp_path: Path) -> None:
    """SQLite in place of memory changes no figure."""
    numbers = count(1)

    def files(clock: ManualClock) -> AbstractAsyncContextManager[Store]:
        return open_books(tmp_path / f"{next(numbers)}.sqlite3", clock)

    ticks = 300
    assert (await played("none", ticks=ticks)).record() == (
        await played("none", ticks=ticks, books=files)
    ).record()


@pytest.mark.parametrize("listings", [DOLLARS, ALL_PAIRS], ids=["dollars", "all"])
async def test_the_line_in_the_process_says_what_http_says(listings: tuple[Listing, ...]) -> None:
    """Each tick is judged the same."""
    found = await over_http(made_feeds(FIRST_MS, 5, 7), listings, FIRST_MS, 60)

    assert (60, 0) == (found.ticks, found.differ)
    assert found.accepted >= 55


async def test_every_digit_of_a_record_counts() -> None:
    """Any place, any other digit."""
    tally = await played("none", ticks=100)

    assert tally.digits_changed == tally.records > 0
    assert 0 == tally.digits_unnoticed
    assert tally.resealed_refused > 0 < tally.resealed_linked
    assert RecordTrial(Random(1)).taken == 0
