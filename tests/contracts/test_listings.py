"""The promises of `ports.listings.Listings`."""

from __future__ import annotations

from dataclasses import replace

from rooms_core.domain.listing import Listed, Listing, ListingRevision, RuleChoices
from rooms_core.testing.bookkeeper import Bookkeeper
from rooms_core.testing.clock import NOON_MS

SOL = ListingRevision(
    listing=Listing(
        name="SOL/USD",
        listed=(Listed("binance", "SOLUSDT", "USDT"), Listed("coinbase", "SOL-USD")),
        rule=RuleChoices(quorum=2, max_age_ms=4_000),
    ),
    number=1,
    by="Änne",
    at_ms=NOON_MS,
)
SOL_AGAIN = replace(
    SOL,
    listing=replace(SOL.listing, listed=SOL.listing.listed[:1]),
    number=2,
    at_ms=NOON_MS + 1,
    reason="delisted „there“",
    unprobed=True,
)
BONK = replace(SOL, listing=Listing(name="BONK/USD", listed=(Listed("kraken", "BONKUSD"),)))


async def test_the_newest_revision_of_each_name_is_in_force(keeper: Bookkeeper) -> None:
    """By name, with places, parameters, author and reason as they were written."""
    for each in (SOL, SOL_AGAIN, BONK):
        assert await keeper.do(lambda books, each=each: books.listings.add(each))  # type: ignore[misc]

    assert [BONK, SOL_AGAIN] == await keeper.do(lambda books: books.listings.newest())


async def test_what_was_listed_before_can_be_told(keeper: Bookkeeper) -> None:
    """All revisions of a name, oldest first; a name nobody listed has none."""
    for each in (SOL, BONK, SOL_AGAIN):
        await keeper.do(lambda books, each=each: books.listings.add(each))  # type: ignore[misc]

    assert [SOL, SOL_AGAIN] == await keeper.do(lambda books: books.listings.history("SOL/USD"))
    assert [] == await keeper.do(lambda books: books.listings.history("sol/usd"))


async def test_a_number_is_given_once(keeper: Bookkeeper) -> None:
    """The second writer of a revision is told so, and what the first one wrote stands."""
    other = replace(SOL_AGAIN, number=1)

    assert await keeper.do(lambda books: books.listings.add(SOL))
    assert not await keeper.do(lambda books: books.listings.add(other))
    assert [SOL] == await keeper.do(lambda books: books.listings.newest())


async def test_the_count_grows_with_every_revision(keeper: Bookkeeper) -> None:
    """And with nothing else, not even one that was rolled back."""
    counts = [await keeper.do(lambda books: books.listings.count())]
    for each in (SOL, SOL, SOL_AGAIN, BONK):
        await keeper.do(lambda books, each=each: books.listings.add(each))  # type: ignore[misc]
        counts.append(await keeper.do(lambda books: books.listings.count()))
    await keeper.undo(lambda books: books.listings.add(replace(BONK, number=2)))

    assert [0, 1, 1, 2, 3] == counts
    assert 3 == await keeper.do(lambda books: books.listings.count())
    assert [BONK, SOL_AGAIN] == await keeper.do(lambda books: books.listings.newest())
