"""How the loops stand is counted in one place."""

from __future__ import annotations

import pytest

from rooms_cli.loops.standing import LoopStanding, Running


def test_turns_are_counted_and_timed() -> None:
    """The longest stays; failures in a row end with the first turn that goes well."""
    standing = LoopStanding(role="monitor")
    for took_ms, well in ((5, True), (90, False), (7, False)):
        standing.ended(1_000, took_ms, well=well)
    assert (3, 2, 2, 7, 90) == (
        standing.turns,
        standing.failed,
        standing.failed_row,
        standing.took_ms,
        standing.longest_ms,
    )
    standing.ended(2_000, 1, well=True)
    assert (0, 2_000) == (standing.failed_row, standing.last_turn_ms)


def test_a_loop_is_found_by_its_role() -> None:
    """Those that run in another process are not here."""
    standing = LoopStanding(role="monitor")
    running = Running(loops=(standing,))

    assert standing is running.loop("monitor")
    with pytest.raises(KeyError):
        running.loop("settler")
