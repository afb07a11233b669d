"""The drills in small: no acknowledged bet is lost by a fail-over, none is doubled by a lost answer.

In full, with the figures of docs/operations.md, they run by `nox -s chaos`.
"""

from __future__ import annotations

from rooms_store.opening import open_books
from rooms_store.testing.fail_over import fail_over_drill
from rooms_store.testing.lost_commits import lost_commit_drill
from rooms_store.testing.postgres import PostgresServer


async def test_a_synchronous_fail_over_loses_nothing() -> None:
    """The primary is killed under load, its standby promoted, and the old one comes back as a zombie."""
    found = await fail_over_drill(open_books, promotions=1, synchronous=True, durable=False)

    assert found.aftermath.whole, found
    assert found.aftermath.acknowledged == found.aftermath.stored > 0
    assert 0 == found.changed


async def test_an_asynchronous_fail_over_loses_bets() -> None:
    """The control: if this loses nothing, the drill is blind. What is there still adds up."""
    found = await fail_over_drill(open_books, promotions=1, synchronous=False, durable=False)

    assert found.aftermath.lost > 0
    assert (0, ()) == (found.aftermath.doubled, found.aftermath.wrong)


async def test_a_lost_answer_to_commit_doubles_nothing(postgres_server: PostgresServer) -> None:
    """The same key asked again is answered by the bet that was placed unheard."""
    found = await lost_commit_drill(open_books, postgres_server, injections=50)

    assert found.aftermath.whole, found
    assert found.aftermath.acknowledged == found.aftermath.stored > 0
    assert found.answers_lost >= 50
    assert found.commits_lost > 0
    assert 0 == found.changed
