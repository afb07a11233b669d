"""Generated markets: repeatable, moved by a script, and consistent with their candles."""

from __future__ import annotations

import pytest

from rooms_core.result import Ok
from rooms_oracle.generated import COINS, GeneratedFeeds, Token
from rooms_oracle.oracle import ConsensusOracle
from rooms_oracle.quotes import COIN_UNIT
from rooms_oracle.script import Move

T = 1_730_419_200_000
TOKEN = Token(mint="Mint", sol_price=303_030, drained_from_ms=T + 60_000, drained_cents=1_000_000)


async def test_the_same_seed_gives_the_same_market() -> None:
    """From whatever tick it is entered; another seed gives another."""
    names = ["SOL/USD", "USDT/USD", "pump:Mint"]
    first, second = GeneratedFeeds(1, tokens=[TOKEN]), GeneratedFeeds(1, tokens=[TOKEN])
    await first.collect(names, T)

    assert await first.collect(names, T + 3_000) == await second.collect(names, T + 3_000)
    assert await first.collect(names, T) != await GeneratedFeeds(2, tokens=[TOKEN]).collect(names, T)
    assert {} == await first.collect(["DOGE/USD"], T)


@pytest.mark.parametrize("name", ["BTC/USD", "ETH/USD", "SOL/USD", "pump:Mint"])
async def test_every_tick_is_accepted(name: str) -> None:
    """Venues agree, in dollars and in USDT, and so do the sources of a pool."""
    oracle = ConsensusOracle(GeneratedFeeds(5, tokens=[TOKEN]))
    oracle.poll(name)
    for tick_ms in range(T, T + 300_000, 3_000):
        ticked = await oracle.tick(tick_ms)
        assert isinstance(ticked, Ok)
        assert () == ticked.value.refused


def test_prices_wander_around_their_anchors() -> None:
    """Within 3 %."""
    feeds = GeneratedFeeds(3)
    for symbol, anchor in COINS.items():
        for hour in range(24):
            assert abs(feeds.path(f"{symbol}/USD", T + hour * 3_600_000) - anchor) * 100 < 3 * anchor


async def test_candles_are_those_of_the_ticks() -> None:
    """Open, high, low and close of the same twenty prices; a pool has no candles."""
    feeds = GeneratedFeeds(4, tokens=[TOKEN])
    prices = []
    for tick_ms in range(T, T + 60_000, 3_000):
        (said,) = (await feeds.collect(["SOL/USD"], tick_ms)).values()
        prices.append(next(seen.price for seen in said.quotes if seen.source == "okx"))
    (candle,) = [each for each in await feeds.candles("SOL/USD", T) if each.source == "okx"]

    assert (prices[0], max(prices), min(prices), prices[-1], "USDT") == (*candle[4:8], candle.quote)
    assert () == await feeds.candles("pump:Mint", T)
    assert () == await feeds.candles("DOGE/USD", T)


def test_a_move_takes_the_price_where_the_story_needs_it() -> None:
    """There, a while, and back to its own way; a second one starts from the first."""
    plain = GeneratedFeeds(6)
    feeds = GeneratedFeeds(6, moves=[Move(instrument="SOL/USD", from_ms=T, by_ppm=20_000)])
    goal = plain.path("SOL/USD", T) * 102 // 100
    feeds.add(Move(instrument="SOL/USD", from_ms=T + 90_000, by_ppm=-10_000, over_ms=3_000))

    assert plain.path("SOL/USD", T) == feeds.path("SOL/USD", T)
    assert abs(goal - feeds.path("SOL/USD", T + 60_000)) <= 1
    assert abs(goal * 99 // 100 - feeds.path("SOL/USD", T + 93_000)) <= 1
    assert plain.path("SOL/USD", T + 10 * 60_000) == feeds.path("SOL/USD", T + 10 * 60_000)
    assert plain.path("BTC/USD", T + 60_000) == feeds.path("BTC/USD", T + 60_000)


async def test_a_drained_pool_says_so() -> None:
    """The chain reports what is left from that time on."""
    feeds = GeneratedFeeds(1, tokens=[TOKEN])
    before, after = [(await feeds.collect(["pump:Mint"], at))["pump:Mint"].pool for at in (T, T + 60_000)]

    assert before is not None
    assert after is not None
    assert (2_500_000, 1_000_000) == (before.liquidity_cents, after.liquidity_cents)


async def test_a_token_costs_what_its_sol_price_says() -> None:
    """A thousand million tokens at 0.00000030303 SOL and 165 dollars: about 50,000 dollars."""
    oracle = ConsensusOracle(GeneratedFeeds(1, tokens=[TOKEN]))
    priced = await oracle.price("pump:Mint", now_ms=T + 1_500)

    assert isinstance(priced, Ok)
    assert abs(priced.value.price - 5_000_000) < 500_000
    assert COIN_UNIT == 10**12


def test_tokens_need_sol() -> None:
    """Their price is one in SOL."""
    with pytest.raises(ValueError, match="SOL"):
        GeneratedFeeds(1, coins={"BTC": 1}, tokens=[TOKEN])
