"""`rooms oracle probe`, over a feed server that does what feeds have done."""

from __future__ import annotations

from typing import Any, Protocol

import pytest
from tests.cli.feeds import ALL, COIN

from rooms_oracle.testing.faults import Fault
from rooms_oracle.testing.feed_server import FeedServer


class Rooms(Protocol):
    """Runs the command line (see conftest)."""

    def __call__(self, *words: str, stdin: bytes = b"") -> Any:
        """Run it to its end."""
        ...


@pytest.mark.usefixtures("table")
def test_a_probe_asks_each_feed_once(rooms: Rooms, venues: FeedServer) -> None:
    """With price, age, half-width and distance in a row each, and the verdict."""
    ran = rooms("oracle", "probe", "SOL/USD")

    assert 0 == ran.status, ran.out
    assert 1 == venues.calls["binance"] == venues.calls["kraken"] == venues.calls["okx"]
    head, *feeds = ran.out.splitlines()
    assert ["feed", "symbol", "family", "verdict", "USD", "age", "±_bps", "off_bps"] == head.split()
    assert {"binance": "accepted", "pyth": "NO_KEY"}.items() <= {
        line.split()[0]: line.split()[3] for line in feeds[:9]
    }.items()
    assert "SOL/USD: 1" in feeds[-1]
    assert "of at least 3." in feeds[-1]
    assert "not of the venues themselves" in ran.err


@pytest.mark.usefixtures("venues", "table")
def test_a_probe_for_programs_has_all_digits(rooms: Rooms) -> None:
    """One object; prices are whole numbers in strings."""
    (told,) = rooms("oracle", "probe", COIN, *ALL, "--json").lines

    assert ["instrument", "at_ms", "accepted", "status", "words", "price", "lo", "hi", "scale", "quorum", "families",
            "rates", "feeds"] == list(told)  # fmt: skip
    assert ["feed", "symbol", "quote", "family", "accepted", "reason", "words", "price", "age_ms", "half_width_ppm",
            "from_centre_ppm", "turned", "hinders"] == list(told["feeds"][0])  # fmt: skip
    assert (True, "ACCEPTED", -12, 3) == tuple(
        [told[key] for key in ("accepted", "status", "scale", "quorum")]
    )
    assert int(told["lo"]) < int(told["price"]) < int(told["hi"])
    assert 170 * 10**9 < int(told["price"]) < 180 * 10**9
    assert {"USDT/USD": "ACCEPTED"} == told["rates"]


@pytest.mark.parametrize(
    "fault, feed, word, said",
    [
        (Fault.SWAPPED, "okx", "OUTLIER", "base and quote look turned around"),
        (Fault.MISSING, "binance", "UNAVAILABLE", "the market is halted there"),
        (Fault.NOT_HERE, "binance", "SWITCHED_OFF", "it does not serve us"),
        (Fault.THROTTLED, "okx", "THROTTLED", "asked less often"),
        (Fault.BEHIND, "okx", "STALE", "too old"),
    ],
)
@pytest.mark.usefixtures("table")
def test_a_feed_that_refuses_is_told_in_words(
    rooms: Rooms, venues: FeedServer, fault: Fault, feed: str, word: str, said: str
) -> None:
    """There is a price without it, and so the probe succeeds; the row is not taken all the same."""
    venues.faults[feed] = fault
    ran = rooms("oracle", "probe", COIN, *ALL)
    add = rooms("oracle", "add", COIN, *ALL, "--yes")

    assert 0 == ran.status
    assert word in next(line for line in ran.out.splitlines() if line.startswith(f"{feed} "))
    assert said in ran.out
    assert 1 == add.status
    assert f"{COIN} is not listed: of its feeds, {feed} cannot be used." in add.err


@pytest.mark.usefixtures("table")
def test_without_a_price_a_probe_fails(rooms: Rooms, venues: FeedServer) -> None:
    """With the rule's word, how many families there were, and what that means for rooms."""
    venues.faults |= {"kraken": Fault.TIMEOUT, "coinbase": Fault.BUSY}
    ran = rooms("oracle", "probe", COIN, *ALL)

    assert 1 == ran.status
    assert "USDT/USD: too few independent families have a usable price" in ran.out
    assert "NO_QUOTE_RATE" in ran.out
    assert ran.out.endswith("(0 of 3). A room on it would be refused.\n")


@pytest.mark.usefixtures("venues", "table")
def test_a_token_is_probed_by_its_mint(rooms: Rooms) -> None:
    """Without the chain it has no pool, and no price."""
    ran = rooms("oracle", "probe", "pump:7LSsEoJGhLeZzGvDofTdNg7M3JttxQqGWNLo6vWMpump")

    assert 1 == ran.status
    assert "NO_QUORUM" in ran.out


@pytest.mark.usefixtures("table")
def test_an_instrument_that_is_not_listed_is_not_asked_for(rooms: Rooms, venues: FeedServer) -> None:
    """Its nearest name is told."""
    ran = rooms("oracle", "probe", "SOL/USDT")

    assert (1, "") == (ran.status, ran.out)
    assert "SOL/USDT is not listed" in ran.err
    assert "Did you mean SOL/USD?" in ran.err
    assert not venues.calls


@pytest.mark.usefixtures("venues", "table")
def test_what_is_no_mint_is_called_so(rooms: Rooms) -> None:
    """The names of other instruments would be no help."""
    ran = rooms("oracle", "probe", "pump:abc")

    assert (1, "") == (ran.status, ran.out)
    assert "After pump: stands the token's mint" in ran.err


@pytest.mark.usefixtures("table")
def test_prices_that_are_made_up_are_told_as_such(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    """They can be looked at, and nothing is listed by them."""
    monkeypatch.setenv("ROOMS_FEEDS", "generated")
    ran, add = rooms("oracle", "probe", "SOL/USD"), rooms("oracle", "add", COIN, *ALL, "--yes")

    assert 0 == ran.status
    assert "made up" in ran.err
    assert " :USDT" not in ran.out
    assert 2 == add.status
