"""What a downgrade takes away."""

from __future__ import annotations

import pytest

from rooms_store.losses import NoSuchRevision, dropped, revisions
from rooms_store.migrations import NOTHING, newest
from rooms_store.tables import metadata


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_to_the_beginning_everything_goes(dialect: str) -> None:
    """Every table of ours is named, on either database, without one being asked."""
    (*_, last) = revisions()

    assert last == newest()
    assert set(metadata.tables) <= set(dropped(last, NOTHING, dialect))


@pytest.mark.parametrize("to", ["head", "-1", "9999", "nonsense"])
def test_only_older_revisions_are_gone_back_to(to: str) -> None:
    """Neither the newest itself nor one that is not there."""
    (*_, last) = revisions()

    with pytest.raises(NoSuchRevision):
        dropped(last, to, "sqlite")
    with pytest.raises(NoSuchRevision):
        dropped(last, last, "sqlite")
