"""The gap audit: what the candles of a minute say."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms_core.domain.market import Direction
from rooms_core.ports.oracle import WatchedRoom
from rooms_oracle.audit import counts_for, judge_minute
from rooms_oracle.heard import Candle
from rooms_oracle.quotes import COIN_UNIT, Rate

RoomMaker = Callable[..., WatchedRoom]


def candle(
    family: str, high: int, low: int, *, source: str = "", weight: int = 10, quote: str = "USD"
) -> Candle:
    """A candle of a family."""
    return Candle(source or family, family, weight, 0, low, high, low, high, quote)


@given(
    st.dictionaries(st.sampled_from("abcd"), st.tuples(st.integers(1, 9), st.integers(1, 9))),
    st.integers(1, 9),
)
def test_two_families_at_or_past_a_target_reached_it(said: dict[str, tuple[int, int]], target: int) -> None:
    """The two edges say it for every target."""
    families = {name: (max(pair), min(pair)) for name, pair in said.items()}
    judged = judge_minute([candle(name, *pair) for name, pair in families.items()], {})

    assert (len(families) >= 2) == (judged.at is not None)
    if judged.at is not None:
        assert (sum(high >= target for high, _ in families.values()) >= 2) == (judged.at[0] >= target)
        assert (sum(low <= target for _, low in families.values()) >= 2) == (judged.at[1] <= target)


def test_sources_of_one_family_have_one_voice() -> None:
    """Their weighted median speaks."""
    judged = judge_minute(
        [candle("a", 110, 90, source="a1"), candle("a", 130, 100, source="a2"), candle("b", 125, 80)], {}
    )

    assert {"a": (120, 95), "b": (125, 80)} == judged.families
    assert (120, 95) == judged.at


def test_foreign_candles_are_converted_or_left_out() -> None:
    """Without a rate, without weight or without a price a candle says nothing."""
    rates = {"USDT/USD": Rate(COIN_UNIT // 2, 0, 0)}
    candles = [
        candle("a", 100, 50, quote="USDT"),
        candle("b", 100, 50, quote="USDC"),
        candle("c", 100, 50, weight=0),
        candle("d", 100, 0),
    ]

    assert ({"a": (50, 25)}, None) == judge_minute(candles, rates)


@pytest.mark.parametrize(
    "since_ms, settle_at_ms, counts",
    [(120_000, 180_000, True), (120_001, 180_000, False), (120_000, 179_999, False)],
)
def test_only_minutes_the_room_ran_through_are_evidence(
    room: RoomMaker, since_ms: int, settle_at_ms: int, counts: bool
) -> None:
    """One that began before it was OPEN, or ends after its settle time, says nothing of it."""
    watched = room(direction=Direction.DOWN, since_ms=since_ms, settle_at_ms=settle_at_ms)

    assert counts == counts_for(120_000, watched)
