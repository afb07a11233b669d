"""The rows that a batch of bets writes."""

from __future__ import annotations

from rooms_core.domain import entries
from rooms_core.domain.journal import fold
from rooms_core.domain.market import NO, YES
from rooms_core.domain.money import Lamports
from rooms_core.testing.builders import a_bet
from rooms_store.accounts import account_id
from rooms_store.bet_batch import WRITES, columns_of
from rooms_store.codes import ACCOUNT_KINDS
from rooms_store.rows import posting_values

BETS = (
    a_bet(102, 4, "NO", Lamports(7)),
    a_bet(104, 2, "YES", Lamports(11), room=1_002),
    a_bet(106, 4, "YES", Lamports(13)),
    a_bet(108, 4, "NO", Lamports(17), room=1_002),
    a_bet(110, 2, "NO", Lamports(19)),
)
OUTCOMES = {each.room: (YES, NO) for each in BETS}


def written(table: str) -> list[tuple[object, ...]]:
    """The rows for one table."""
    (columns,) = (
        columns
        for writes, columns in zip(WRITES, columns_of(BETS, OUTCOMES), strict=True)
        if writes.table.name == table
    )
    return list(zip(*columns, strict=True))


def test_each_bet_is_a_row() -> None:
    """In the order in which they were accepted."""
    expected = [
        (each.room, each.id, each.bettor, place, each.stake.value, each.key, each.placed_at_ms)
        for each, place in zip(BETS, (1, 0, 0, 1, 1), strict=True)
    ]

    assert expected == written("bet")


def test_each_bet_is_posted_as_the_core_says() -> None:
    """The posting of a bet is that of `entries.stake`, with the bet's id and time."""
    expected = [
        posting_values(posted, number=each.id, entry=each.id, at_ms=each.placed_at_ms)
        for each in BETS
        for posted in entries.stake(each).postings
    ]

    assert expected == written("posting")


def test_accounts_move_by_what_the_postings_change() -> None:
    """Each account once, by number and kind; together they change by nothing (I1)."""
    changes = fold(posted for each in BETS for posted in entries.stake(each).postings)

    rows = written("account")

    assert {
        (account_id(account), ACCOUNT_KINDS.number(account.kind), change, 1)
        for account, change in changes.items()
    } == set(rows)
    assert len(changes) == len(rows)


def test_pools_grow_by_what_was_staked_on_each_outcome() -> None:
    """Room, outcome, shard, lamports and the number of bets."""
    assert [
        (1_000, 0, 0, 13, 1),
        (1_000, 1, 0, 26, 2),
        (1_002, 0, 0, 11, 1),
        (1_002, 1, 0, 17, 1),
    ] == written("pool")
