"""What is said when something is wrong."""

from __future__ import annotations

import pytest

from rooms_cli.errors import nearest, one_of, usage


@pytest.mark.parametrize(
    "given, hint",
    [("setled", "Did you mean settled?"), ("SETTLED", "Did you mean settled?"), ("zebra", ""), ("", "")],
)
def test_the_nearest_name_is_guessed(given: str, hint: str) -> None:
    """A slip of the finger is understood, anything else is not guessed."""
    assert hint == nearest(given, ["settled", "voided"])


def test_where_nothing_is_near_all_names_are_told() -> None:
    """The list is the way out."""
    assert "There are: settled, voided." == one_of("zebra", ["settled", "voided"])


def test_wrong_usage_exits_with_2() -> None:
    """It is told from a refusal by the exit status."""
    assert 2 == usage("no").status
