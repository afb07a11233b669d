"""A broken promise of ours is loud."""

from __future__ import annotations

import pytest

from rooms_core.domain.invariants import InvariantBroken, ensure


def test_a_promise_that_holds_is_silent() -> None:
    """Nothing happens while an invariant holds."""
    ensure(True, "I1", "never said")


def test_a_broken_promise_names_its_number() -> None:
    """Whoever is paged reads which of I1–I19 broke, and how."""
    with pytest.raises(InvariantBroken) as caught:
        ensure(False, "I8", "sums differ")

    assert ("I8", "I8: sums differ") == (caught.value.rule, str(caught.value))
