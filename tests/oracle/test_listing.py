"""Which feed knows an instrument by which symbol, and what is listed anew while the oracle runs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

import pytest

from rooms_core.domain.listing import Listed, Listing, RuleChoices
from rooms_core.ports.oracle import WatchedRoom
from rooms_core.result import Ok
from rooms_core.testing.clock import NOON_MS, ManualClock
from rooms_core.testing.rng import SeededRng
from rooms_oracle.aggregate import INSTANT
from rooms_oracle.feeds import VENDORS
from rooms_oracle.generated import GeneratedFeeds
from rooms_oracle.heard import Heard, Instrument, Profile
from rooms_oracle.listing import LISTINGS, instrument_of, mint_of, params_of, token_of
from rooms_oracle.live import open_feeds
from rooms_oracle.oracle import ConsensusOracle
from rooms_oracle.pace import ClockPace
from rooms_oracle.settings import DEFAULTS
from rooms_oracle.testing.direct_line import DirectLine
from rooms_oracle.testing.feed_server import FeedServer
from rooms_oracle.testing.table_feeds import TableFeeds

SOL = next(each for each in LISTINGS if each.name == "SOL/USD")
MINT = "7LSsEoJGhLeZzGvDofTdNg7M3JttxQqGWNLo6vWMpump"


def test_only_feeds_that_are_on_price_an_instrument() -> None:
    """Sources carry family and weight of the feed's settings; foreign quotes name their rate."""
    made = instrument_of(SOL, {name: DEFAULTS[name] for name in ("binance", "coinbase", "coingecko")})

    assert {
        "binance:SOLUSDT": ("binance", 10),
        "coinbase:SOL-USD": ("coinbase", 10),
        "coingecko:solana": ("aggregator", 5),
    } == made.sources
    assert ("USDT/USD",) == made.rates
    assert () == instrument_of(SOL, {"coinbase": DEFAULTS["coinbase"]}).rates


def test_every_row_names_a_feed_that_exists() -> None:
    """And no feed knows two instruments by one symbol."""
    rows = [(each.feed, each.symbol) for listing in LISTINGS for each in listing.listed]

    assert {feed for feed, _ in rows} <= {vendor.name for vendor in VENDORS}
    assert len(rows) == len(set(rows))


def test_a_parameter_that_was_chosen_is_in_force() -> None:
    """The others are those of prices that settle rooms."""
    chosen = replace(SOL, rule=RuleChoices(quorum=4, tol_floor_ppm=500))

    assert replace(INSTANT, quorum=4, tol_floor_ppm=500) == instrument_of(chosen, DEFAULTS).params
    assert INSTANT == params_of(SOL)


def test_a_rate_is_a_consensus_of_two() -> None:
    """Coins need three families, the stablecoins they are quoted in two."""
    assert {"BTC/USD": 3, "ETH/USD": 3, "SOL/USD": 3, "USDT/USD": 2} == {
        each.name: params_of(each).quorum for each in LISTINGS
    }


@pytest.mark.parametrize(
    "name, mint", [(f"pump:{MINT}", MINT), ("pump:nonsense", None), ("SOL/USD", None), (MINT, None)]
)
def test_a_token_is_named_by_its_mint(name: str, mint: str | None) -> None:
    """What is no address is no token."""
    assert mint == mint_of(name)


def test_the_sources_of_a_token_are_one_family() -> None:
    """Chain, DexScreener and Jupiter read the same pool; its price rests on that of SOL."""
    made, listed = token_of(f"pump:{MINT}", MINT, ["dexscreener", "jupiter", "binance"], chain=True)

    assert ["chain", f"dexscreener:pump:{MINT}", f"jupiter:{MINT}"] == list(made.sources)
    assert {("pool", 10)} == set(made.sources.values())
    assert (Profile.SINGLE_POOL, ("SOL/USD",)) == (made.profile, made.rates)
    assert ["dexscreener", "jupiter"] == [each.feed for each in listed]
    assert "chain" not in token_of(f"pump:{MINT}", MINT, ["jupiter"], chain=False)[0].sources


# What is listed anew while the oracle runs.

RoomMaker = Callable[..., WatchedRoom]
X = "X/USD"
DOLLARS = Listing(
    name="SOL/USD",
    listed=(Listed("coinbase", "SOL-USD"), Listed("kraken", "SOLUSD")),
    rule=RuleChoices(quorum=2),
)
BONK = Listing(name="BONK/USD", listed=(Listed("okx", "BONK-USDT", "USDT"),))


def known(instrument: Instrument | None) -> tuple[set[str], int]:
    """The sources of an instrument that is known, and its quorum."""
    assert instrument is not None
    return set(instrument.sources), instrument.params.quorum


async def test_what_is_written_down_wins_and_what_is_taken_back_is_built_in_again() -> None:
    """Each time all that is written down is given."""
    clock = ManualClock()
    server = FeedServer(GeneratedFeeds(7), clock)
    feeds = open_feeds(
        {name: DEFAULTS[name] for name in ("binance", "coinbase", "kraken", "okx")},
        clock=clock,
        pace=ClockPace(clock),
        rng=SeededRng(),
        line=lambda _settings: DirectLine(server, "coinbase"),
    )
    before = known(feeds.instrument("SOL/USD"))
    feeds.learn([DOLLARS, BONK])

    assert ({"coinbase:SOL-USD", "kraken:SOLUSD"}, 2) == known(feeds.instrument("SOL/USD"))
    assert ({"okx:BONK-USDT"}, 3) == known(feeds.instrument("BONK/USD"))
    feeds.learn([])
    assert before == known(feeds.instrument("SOL/USD"))
    assert feeds.instrument("BONK/USD") is None
    assert {each.name for each in LISTINGS} == {
        n for n in ("BTC/USD", "ETH/USD", "SOL/USD", "USDT/USD") if feeds.instrument(n)
    }


async def tick(oracle: ConsensusOracle, at_ms: int) -> tuple[list[int], list[tuple[str, str]]]:
    """The accepted prices of a tick, and what it refused."""
    ticked = await oracle.tick(at_ms)
    assert isinstance(ticked, Ok)
    return [state.last.price for state in ticked.value.states], list(ticked.value.refused)


async def test_an_instrument_that_becomes_known_ticks(feeds: TableFeeds) -> None:
    """A room that was there before its listing needs no new start."""
    feeds.say("Y/USD", 3_000, 7)
    oracle = ConsensusOracle(feeds)
    oracle.poll("Y/USD")
    early = await tick(oracle, 0)
    feeds.add("Y/USD")
    oracle.relist()

    assert ([], [("Y/USD", "unknown")]) == early
    assert ([7], []) == await tick(oracle, 3_000)


async def test_changed_settings_are_in_force_on_the_next_tick(feeds: TableFeeds) -> None:
    """The quorum of now judges, and the record says so."""
    feeds.run(X, 0, [7, 7])
    oracle = ConsensusOracle(feeds)
    oracle.poll(X)
    first = await tick(oracle, 0)
    was = feeds.known[X]
    feeds.known[X] = replace(was, params=replace(was.params, quorum=4))
    oracle.relist()

    assert ([7], []) == first
    assert ([], [(X, "NO_QUORUM")]) == await tick(oracle, 3_000)


async def test_an_instrument_that_nobody_knows_any_more_is_silent(feeds: TableFeeds, room: RoomMaker) -> None:
    """It is refused by name, nothing breaks, and when it is back the silence counts."""
    feeds.run(X, 0, [7, 7, 7, 7, 7])
    oracle = ConsensusOracle(feeds)
    oracle.poll(X)
    oracle.watch(room())
    await tick(oracle, 0)
    gone = feeds.known.pop(X)
    oracle.relist()
    silent = [await tick(oracle, at_ms) for at_ms in (3_000, 6_000)]
    feeds.known[X] = gone
    oracle.relist()
    ticked = await oracle.tick(9_000)

    assert [([], [(X, "unknown")])] * 2 == silent
    assert isinstance(ticked, Ok)
    assert (7, 0) == (ticked.value.states[0].last.price, ticked.value.states[0].gap_from_ms)


async def test_a_listing_that_changes_during_a_tick_waits_for_the_next(feeds: TableFeeds) -> None:
    """A tick is judged by what was asked for."""

    class Changing(TableFeeds):
        """Somebody lists while the feeds are asked."""

        async def collect(self, names: Collection[str], tick_ms: int) -> Mapping[str, Heard]:
            said = await super().collect(names, tick_ms)
            oracle.poll("Y/USD")
            oracle.relist()
            return said

    feeds.run(X, NOON_MS, [7])
    feeds.add("Y/USD")
    oracle = ConsensusOracle(Changing(feeds.known, feeds.ticks, feeds.minutes))
    oracle.poll(X)

    assert ([7], [("Y/USD", "unknown")]) == await tick(oracle, NOON_MS)
