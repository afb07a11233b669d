"""What a checker keeps of a long log."""

from __future__ import annotations

import pytest

from rooms_oracle import remembered
from rooms_oracle.quotes import Rate
from rooms_oracle.record_reader import Known
from rooms_oracle.remembered import KEPT, Remembered
from rooms_oracle.tracker import HELD_TICKS


def known(instrument: str, tick_ms: int = 0) -> Known:
    """An accepted tick."""
    return Known(instrument, tick_ms, 1, Rate(1, 0, 0))


def test_of_each_instrument_and_basis_the_last_ones_are_kept() -> None:
    """Twice as many as a monitor holds: so many may lie between a tick and whoever names it."""
    kept = Remembered()
    for number in range(KEPT + 5):
        kept.keep(f"tick {number}", known("a", number), "ticks")
    kept.keep("minute", known("a"), "candles")
    kept.keep("other", known("b"), "ticks")

    assert 2 * HELD_TICKS == KEPT
    assert {"minute", "other", *(f"tick {number}" for number in range(5, KEPT + 5))} == set(kept.found)


def test_instruments_that_rest_are_forgotten_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many there have been, memory holds those that were heard of last."""
    monkeypatch.setattr(remembered, "LIVE_MOST", 1)
    kept = Remembered()
    for name in ("a", "b", "a", "c"):
        kept.keep(f"{name}{len(kept.found)}", known(name), "ticks")

    assert {"a0", "a2", "c3"} == set(kept.found)
