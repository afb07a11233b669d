"""What `rooms bench math` measures is measured right; the figures themselves are the benchmark's business."""

from __future__ import annotations

from rooms_cli.benches.arithmetic import side_by_side, streamed_growth

MIB = 1024 * 1024


def test_the_reciprocal_equals_the_division_on_every_input() -> None:
    """No payout differs, at the edges of the range neither."""
    ratio, unequal = side_by_side(1_000, 3)

    assert 0 == unequal
    assert ratio > 0


def test_a_streamed_settlement_does_not_grow_with_its_positions() -> None:
    """Ten times the positions need no more memory."""
    few, many = streamed_growth(20_000), streamed_growth(200_000)

    assert many < few + MIB
    assert many < 20 * MIB
