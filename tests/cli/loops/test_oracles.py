"""The oracle of the present term is the one that is looked at."""

from __future__ import annotations

from rooms_cli.loops.oracles import Oracles
from rooms_oracle.generated import GeneratedFeeds


def test_each_term_has_an_oracle_of_its_own() -> None:
    """Before the first there is nothing to see, and a new one knows nothing of what the last one polled."""
    oracles = Oracles(GeneratedFeeds(seed=7))
    before = oracles.standings()
    first = oracles()
    first.poll("SOL/USD")
    polled = [each.name for each in oracles.standings()]
    second = oracles()

    assert [] == before
    assert ["SOL/USD"] == polled
    assert second is oracles.newest
    assert second is not first
    assert [] == oracles.standings()
