"""Ids are made by the application, sort by time, and leave one bit for a twin."""

from __future__ import annotations

import pytest

from rooms_core.domain.ids import EPOCH_MS, id_made_ms, make_id, twin

LAST_MS = EPOCH_MS + 2**41 - 1


@pytest.mark.parametrize(
    "at_ms, worker, counter, expected",
    [
        (EPOCH_MS, 0, 0, 0),
        (EPOCH_MS, 0, 1, 2),
        (EPOCH_MS, 1, 0, 1 << 12),
        (EPOCH_MS + 1, 0, 0, 1 << 22),
        (LAST_MS, 1_023, 2_047, 2**63 - 2),
    ],
)
def test_an_id_holds_its_time_worker_and_counter(
    at_ms: int, worker: int, counter: int, expected: int
) -> None:
    """41 bits of ms, 10 of worker, 11 of counter, and a lowest bit that is always 0 (E4)."""
    made = make_id(at_ms, worker=worker, counter=counter)

    assert expected == made
    assert at_ms == id_made_ms(made)


@pytest.mark.parametrize(
    "at_ms, worker, counter",
    [
        (EPOCH_MS - 1, 0, 0),
        (LAST_MS + 1, 0, 0),
        (EPOCH_MS, -1, 0),
        (EPOCH_MS, 1_024, 0),
        (EPOCH_MS, 0, -1),
        (EPOCH_MS, 0, 2_048),
    ],
)
def test_what_does_not_fit_is_no_id(at_ms: int, worker: int, counter: int) -> None:
    """Outside of 63 bits there are no ids."""
    with pytest.raises(ValueError, match="no id for"):
        make_id(at_ms, worker=worker, counter=counter)


def test_a_later_id_is_larger() -> None:
    """Ids of a later ms sort after all ids of an earlier one."""
    assert make_id(EPOCH_MS, worker=1_023, counter=2_047) < make_id(EPOCH_MS + 1, worker=0, counter=0)


def test_a_twin_is_nobody_elses_id() -> None:
    """The twin is the id with the lowest bit set, which no made id has."""
    made = make_id(EPOCH_MS, worker=0, counter=1)

    assert (3, 3) == (twin(made), twin(twin(made)))
