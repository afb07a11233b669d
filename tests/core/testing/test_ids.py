"""Ids that are easy to read."""

from __future__ import annotations

import pytest

from rooms_core.testing.ids import CountingIds


def test_ids_count_up_in_even_numbers() -> None:
    """Each once; the odd ones are their twins'."""
    ids = CountingIds(10)

    assert [10, 12, 14] == [ids.next_id() for _ in range(3)]
    assert [16, 18] == list(ids.next_ids(2))
    assert 20 == ids.next_id()


@pytest.mark.parametrize("first", [0, -2, 3])
def test_the_first_is_even_and_above_0(first: int) -> None:
    """A house's own accounts and twins are not met."""
    with pytest.raises(ValueError, match=str(first)):
        CountingIds(first)
