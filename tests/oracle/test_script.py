"""Feeds in which things happen on purpose."""

from __future__ import annotations

import pytest

from rooms_oracle.generated import GeneratedFeeds
from rooms_oracle.script import JoinedFeeds, Lie, Move, Outage, ScriptedFeeds

T = 1_730_419_200_000
MOVE = Move(instrument="SOL/USD", from_ms=T, by_ppm=1, over_ms=10_000, hold_ms=5_000, back_ms=20_000)


@pytest.mark.parametrize(
    "at_ms, share",
    [
        (-1, 0),
        (0, 0),
        (5_000, 500_000),
        (10_000, 10**6),
        (14_999, 10**6),
        (15_000, 10**6),
        (25_000, 500_000),
        (35_000, 0),
    ],
)
def test_a_move_goes_there_stays_and_comes_back(at_ms: int, share: int) -> None:
    """In straight lines."""
    assert share == MOVE.share_ppm(T + at_ms)


async def families(feeds: ScriptedFeeds, name: str, at_ms: int) -> list[str]:
    """Who says something at a tick."""
    return [seen.family for seen in (await feeds.collect([name], at_ms))[name].quotes]


async def test_an_outage_silences_whom_it_names() -> None:
    """All families, or some; of one instrument, or of all; as long as it lasts."""
    feeds = ScriptedFeeds(
        feeds=GeneratedFeeds(1),
        outages=[
            Outage(from_ms=T, to_ms=T + 3_000),
            Outage(from_ms=T + 3_000, to_ms=T + 6_000, instrument="SOL/USD", families=frozenset({"okx"})),
        ],
    )

    assert [] == await families(feeds, "SOL/USD", T)
    assert ["binance", "coinbase", "kraken", "pyth"] == await families(feeds, "SOL/USD", T + 3_000)
    assert 5 == len(await families(feeds, "BTC/USD", T + 3_000))
    assert 5 == len(await families(feeds, "SOL/USD", T + 6_000))
    assert feeds.instrument("SOL/USD") == GeneratedFeeds(1).instrument("SOL/USD")


async def test_candles_of_an_outage_can_be_had_unless_they_fail_too() -> None:
    """The audit of a gap lives on that."""
    quiet = ScriptedFeeds(feeds=GeneratedFeeds(1), outages=[Outage(from_ms=T, to_ms=T + 60_000)])
    dead = ScriptedFeeds(
        feeds=GeneratedFeeds(1),
        outages=[Outage(from_ms=T + 50_000, to_ms=T + 70_000, families=frozenset({"okx"}), candles=True)],
    )

    assert 5 == len(await quiet.candles("SOL/USD", T))
    assert [5, 4, 4, 5] == [
        len(await dead.candles("SOL/USD", T + 60_000 * minute)) for minute in (-1, 0, 1, 2)
    ]


async def test_a_liar_sends_other_prices() -> None:
    """One family, one instrument, for a time."""
    plain = GeneratedFeeds(1)
    lie = Lie(instrument="SOL/USD", family="okx", from_ms=T, to_ms=T + 3_000, by_ppm=10**9)
    feeds = ScriptedFeeds(feeds=plain, lies=[lie])
    truth = (await plain.collect(["SOL/USD"], T))["SOL/USD"].quotes
    told = (await feeds.collect(["SOL/USD", "BTC/USD"], T))["SOL/USD"].quotes

    assert [(seen.family, seen.price * (1_000 if seen.family == "okx" else 1)) for seen in truth] == [
        (seen.family, seen.price) for seen in told
    ]
    assert await plain.collect(["BTC/USD"], T) == await feeds.collect(["BTC/USD"], T)
    assert await plain.collect(["SOL/USD"], T + 3_000) == await feeds.collect(["SOL/USD"], T + 3_000)


async def test_joined_feeds_answer_from_the_first_that_knows() -> None:
    """Recorded bitcoin beside generated tokens."""
    first, second = (
        GeneratedFeeds(1, coins={"BTC": 10**15}),
        GeneratedFeeds(2, coins={"BTC": 10**12, "SOL": 10**12}),
    )
    joined = JoinedFeeds([first, second])
    heard = await joined.collect(["BTC/USD", "SOL/USD", "DOGE/USD"], T)

    assert (await first.collect(["BTC/USD"], T))["BTC/USD"] == heard["BTC/USD"]
    assert (await second.collect(["SOL/USD"], T))["SOL/USD"] == heard["SOL/USD"]
    assert ["BTC/USD", "SOL/USD"] == list(heard)
    assert await first.candles("BTC/USD", T) == await joined.candles("BTC/USD", T)
    assert () == await joined.candles("DOGE/USD", T)
    assert second.instrument("SOL/USD") == joined.instrument("SOL/USD")
    assert T == joined.askable(T + 1_500) == ScriptedFeeds(feeds=joined).askable(T + 4_499)
    assert joined.instrument("DOGE/USD") is None
    assert ["BTC/USD"] == list(await joined.collect(["BTC/USD"], T))
