"""Tables that remember the way back."""

from __future__ import annotations

import pytest

from rooms_core.testing.memory.undo import Changes, Crashed, Lists, Table


def test_a_table_goes_back_to_what_it_was() -> None:
    """New, replaced and dropped rows, in any order, several times."""
    changes = Changes()
    table: Table[str, int] = Table(changes)
    table.put("kept", 1)
    table.put("gone", 2)
    assert 2 == changes.keep()

    table.put("new", 3)
    table.put("kept", 4)
    table.put("kept", 5)
    table.drop("gone")
    table.drop("new")
    table.put("gone", 6)
    assert {"kept": 5, "gone": 6} == dict(table)
    assert 6 == changes.count
    changes.undo()

    assert {"kept": 1, "gone": 2} == dict(table)
    assert (0, 2) == (changes.count, len(table))


def test_a_list_goes_back_to_what_it_was() -> None:
    """Only its end can have changed; a list nobody began is empty."""
    changes = Changes()
    lists: Lists[str, int] = Lists(changes)
    lists.append("a", 1)
    changes.keep()
    lists.append("a", 2)
    lists.append("b", 3)
    assert ([1, 2], [3]) == (list(lists["a"]), list(lists["b"]))
    changes.undo()

    assert ([1], []) == (list(lists["a"]), list(lists["b"]))
    assert [] == list(lists["c"])


def test_what_was_kept_stays() -> None:
    """A commit is not undone by what comes after it."""
    changes = Changes()
    table: Table[str, int] = Table(changes)
    table.put("a", 1)
    changes.keep()
    changes.undo()

    assert {"a": 1} == dict(table)


def test_the_process_dies_before_the_write_that_is_one_too_many() -> None:
    """The writes before it can still be undone; no handler of errors catches it."""
    changes = Changes()
    table: Table[str, int] = Table(changes)
    changes.crash_after = 1
    table.put("a", 1)

    with pytest.raises(Crashed):
        table.put("a", 2)
    assert {"a": 1} == dict(table)
    assert not issubclass(Crashed, Exception)
    changes.undo()
    assert {} == dict(table)
