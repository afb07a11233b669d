"""Every word of the rule and of the feeds has a sentence, and who cannot have a room hears it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable

import pytest

from rooms_core.domain.listing import Listed, Listing, RuleChoices
from rooms_core.domain.market import CoinPrice, PumpMarketCap, Subject
from rooms_core.domain.rules import HouseRules
from rooms_core.ports.oracle import NotPriceable
from rooms_core.result import Err, Ok
from rooms_core.services.create_room import CreateRoom
from rooms_core.testing.clock import NOON_MS
from rooms_core.testing.house import House, a_request
from rooms_core.testing.rng import SeededRng
from rooms_oracle.aggregate import Reject, Status
from rooms_oracle.failures import (
    FeedFailure,
    Held,
    HttpStatus,
    Malformed,
    SwitchedOff,
    Throttled,
    Timeout,
    Unreachable,
    VendorError,
    kind_of,
)
from rooms_oracle.feeds.vendor import UNAVAILABLE
from rooms_oracle.generated import COINS, GeneratedFeeds, Token
from rooms_oracle.listing import LISTINGS
from rooms_oracle.live import open_feeds
from rooms_oracle.oracle import ConsensusOracle
from rooms_oracle.pace import ClockPace
from rooms_oracle.poll import NOT_DUE
from rooms_oracle.reasons import NO_KEY, UNKNOWN, in_words, unpriced
from rooms_oracle.settings import DEFAULTS
from rooms_oracle.testing.clocks import RunningClock
from rooms_oracle.testing.faults import Fault
from rooms_oracle.testing.feed_server import FeedServer
from rooms_oracle.testing.slow_line import slow_lines

TOKEN = "pump:7LSsEoJGhLeZzGvDofTdNg7M3JttxQqGWNLo6vWMpump"
FAILURES: tuple[FeedFailure, ...] = (
    Timeout(),
    Unreachable(""),
    HttpStatus(500),
    Throttled(),
    SwitchedOff(451),
    Malformed(""),
    VendorError("", ""),
)
WORDS = [
    *Status,
    *Reject,
    *Held,
    *[kind_of(each) for each in FAILURES],
    UNAVAILABLE,
    NOT_DUE,
    NO_KEY,
    UNKNOWN,
]


@pytest.mark.parametrize("word", WORDS)
def test_no_word_is_left_to_the_reader(word: str) -> None:
    """A sentence has blanks in it."""
    assert " " in in_words(word)


def test_what_is_words_already_stays() -> None:
    """Feeds say some things themselves."""
    assert "bid above ask" == in_words("bid above ask")


@pytest.mark.parametrize(
    "name, reason, said",
    [
        ("WIF/USD", "unknown", "WIF/USD cannot be priced: it is not listed, or no feed that knows it is on."),
        (
            "SOL/USD",
            "NO_QUORUM",
            "SOL/USD cannot be priced now: too few independent families have a usable price.",
        ),
        ("SOL/USD", "NO_CONSENSUS", "SOL/USD cannot be priced now: the families do not agree."),
        (
            TOKEN,
            "NO_QUORUM",
            f"{TOKEN} cannot be priced now: its pool was not read from the chain, or by fewer than two sources.",
        ),
    ],
)
def test_who_wanted_a_room_hears_why_there_is_none(name: str, reason: str, said: str) -> None:
    """In one sentence."""
    assert said == unpriced(NotPriceable(name, reason))


SLOWER = 10
MINT = TOKEN.removeprefix("pump:")
KEYLESS = ("binance", "coinbase", "kraken", "okx", "dexscreener")
DOGE = Listing(
    name="DOGE/USD",
    listed=(
        Listed("coinbase", "DOGE-USD"),
        Listed("kraken", "XDGUSD"),
        Listed("okx", "DOGE-USDT", "USDT"),
    ),
)


@pytest.fixture
async def server() -> AsyncIterator[FeedServer]:
    """A market with DOGE and a token, just before a tick."""
    market = GeneratedFeeds(
        7, coins={**COINS, "DOGE": 175 * 10**9}, tokens=[Token(mint=MINT, sol_price=200_000_000)]
    )
    clock = RunningClock(NOON_MS + 2_970, slower=SLOWER)
    async with FeedServer(market, clock, listings=[*LISTINGS, DOGE], mints=[MINT]) as running:
        yield running


async def created(
    server: FeedServer, subject: Subject, written: Iterable[Listing] = (DOGE,), on: Iterable[str] = KEYLESS
) -> tuple[object, int]:
    """What a host is answered who asks about this, and how many rooms there are then."""
    settings = server.settings({name: DEFAULTS[name] for name in on})
    clock = server.clock
    feeds = open_feeds(settings, clock=clock, pace=ClockPace(clock), rng=SeededRng(), line=slow_lines(SLOWER))
    feeds.learn(written)
    house = House()
    create = CreateRoom(
        store=house.store,
        oracle=ConsensusOracle(feeds),
        clock=clock,
        ids=house.ids,
        rng=house.rng,
        rules=HouseRules(),
    )
    target = 20 * 10**10 if isinstance(subject, CoinPrice) else 10**9
    answer = await create(a_request(now_ms=NOON_MS, subject=subject, target=target))
    await feeds.close()
    return answer, len(house.store._tables.rooms)


async def test_a_listed_coin_has_rooms(server: FeedServer) -> None:
    """From the row that somebody has written down."""
    answer, rooms = await created(server, CoinPrice("DOGE"))

    assert isinstance(answer, Ok), answer
    assert 1 == rooms


@pytest.mark.parametrize(
    "subject, written, on, reason, said",
    [
        (CoinPrice("WIF"), (), KEYLESS, "unknown", "it is not listed"),
        (CoinPrice("DOGE"), (DOGE,), ("binance",), "unknown", "no feed that knows it is on"),
        (CoinPrice("SOL"), (), ("coinbase", "kraken"), "NO_QUORUM", "too few independent families"),
        (
            CoinPrice("DOGE"),
            (Listing(name="DOGE/USD", listed=DOGE.listed[:1], rule=RuleChoices(quorum=2)),),
            KEYLESS,
            "NO_QUORUM",
            "too few independent families",
        ),
        (PumpMarketCap(MINT), (), KEYLESS, "NO_QUORUM", "its pool was not read from the chain"),
    ],
)
async def test_what_cannot_be_priced_is_refused(
    server: FeedServer,
    subject: Subject,
    written: tuple[Listing, ...],
    on: tuple[str, ...],
    reason: str,
    said: str,
) -> None:
    """Unknown, listed by feeds that are off, one family short, one family alone, a pool without the chain."""
    answer, rooms = await created(server, subject, written, on)

    assert Err(NotPriceable(subject.instrument, reason)) == answer
    assert 0 == rooms
    assert said in unpriced(NotPriceable(subject.instrument, reason))


@pytest.mark.parametrize(
    "fault, feeds, reason",
    [
        (Fault.MISSING, ("okx", "kraken"), "NO_QUORUM"),
        (Fault.NOT_HERE, ("coinbase",), "NO_QUORUM"),
        (Fault.SWAPPED, ("okx",), "NO_CONSENSUS"),
    ],
)
async def test_a_coin_whose_venues_fail_is_refused(
    server: FeedServer, fault: Fault, feeds: tuple[str, ...], reason: str
) -> None:
    """Halted at two of three, out of reach, turned around: there is no room, and no fallback."""
    server.faults |= dict.fromkeys(feeds, fault)
    answer, rooms = await created(server, CoinPrice("DOGE"))

    assert (Err(NotPriceable("DOGE/USD", reason)), 0) == (answer, rooms)
