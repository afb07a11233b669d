"""The pause after failures grows, is jittered in full, and never undercuts what the feed asks for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rooms_core.testing.rng import SeededRng
from rooms_oracle.backoff import back_off_ms


class Highest:
    """Chance that always draws the most."""

    def below(self, limit: int) -> int:
        return limit - 1

    def salt(self) -> bytes:
        return b""


def test_the_ceiling_doubles_up_to_a_minute() -> None:
    """0.5 s, 1 s, 2 s, …, 32 s, and from then on 60 s."""
    ceilings = [back_off_ms(failures, Highest()) for failures in range(9)]

    assert [500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000] == ceilings


@given(st.integers(0, 10**6), st.integers(0, 2**32), st.integers(0, 10**6))
def test_a_pause_lies_between_the_wish_and_the_ceiling(failures: int, seed: int, wish_ms: int) -> None:
    """Whatever is drawn, the feed is left alone as long as it wishes, and by itself never over a minute."""
    pause = back_off_ms(failures, SeededRng(seed), at_least_ms=wish_ms)

    assert wish_ms <= pause <= max(wish_ms, 60_000)
