"""A dead server is waited for once."""

from __future__ import annotations

from rooms_store.cache.circuit import Circuit


def test_after_a_failure_nobody_asks_for_a_while() -> None:
    """Then one tries for all, and its failure begins another pause."""
    circuit = Circuit(pause_ms=100)
    assert circuit.allows(0)
    circuit.failed(0)

    assert [False, False, True, False] == [circuit.allows(at) for at in (0, 99, 100, 199)]
    circuit.failed(150)
    assert [False, True] == [circuit.allows(at) for at in (249, 250)]


def test_an_answer_closes_it() -> None:
    """All may ask again."""
    circuit = Circuit(pause_ms=100)
    circuit.failed(0)
    circuit.answered()

    assert [True, True] == [circuit.allows(1), circuit.allows(1)]


def test_a_clock_set_back_does_not_keep_it_open() -> None:
    """A pause is a pause, not an hour."""
    circuit = Circuit(pause_ms=100)
    circuit.failed(3_600_000)

    assert circuit.allows(0)
