"""A batch of bets as the rows it writes: the bets, their postings, and what accounts and pools change by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from rooms_core.domain.bet import Bet
from rooms_core.domain.ids import RoomId
from rooms_core.domain.journal import AccountKind, PostingKind
from rooms_core.domain.market import Outcome
from rooms_store.at_once import Columns
from rooms_store.codes import ACCOUNT_KINDS, POSTING_KINDS
from rooms_store.dialect import Writes
from rooms_store.tables import account, bet, pool, posting

_AVAILABLE: Final = ACCOUNT_KINDS.number(AccountKind.AVAILABLE)
_POT: Final = ACCOUNT_KINDS.number(AccountKind.POT)
_STAKE: Final = POSTING_KINDS.number(PostingKind.STAKE)

WRITES: Final = (
    Writes(bet, tuple(bet.c.keys())),
    Writes(posting, tuple(posting.c.keys())),
    Writes(account, keys=("id", "kind"), columns=("balance", "version")),
    Writes(pool, keys=("room_id", "outcome", "shard"), columns=("total", "bets")),
)
"""The tables. An account is found by its kind too, so that it has its number to itself."""


def columns_of(placed: Sequence[Bet], outcomes: Mapping[RoomId, Sequence[Outcome]]) -> list[Columns]:
    """What each of `WRITES` gets: `entries.stake` of every bet, and the sums by account and by outcome, in order.

    Column by column, as there are hundreds of bets in a batch.
    """
    places = {(room, name): place for room, names in outcomes.items() for place, name in enumerate(names)}
    rooms, ids = [each.room for each in placed], [each.id for each in placed]
    bettors, stakes = [each.bettor for each in placed], [each.stake.value for each in placed]
    keys, times = [each.key for each in placed], [each.placed_at_ms for each in placed]
    chosen = [places[each.room, each.outcome] for each in placed]
    spent: dict[int, int] = {}
    staked: dict[tuple[int, int], int] = {}
    pots: dict[int, int] = {}
    for room, bettor, place, stake in zip(rooms, bettors, chosen, stakes, strict=True):
        spent[bettor] = spent.get(bettor, 0) - stake
        pots[room] = pots.get(room, 0) + stake
        staked[room, place] = staked.get((room, place), 0) + stake
    counts = Counter[tuple[int, int]](zip(rooms, chosen, strict=True))
    purses, grown = sorted(spent), sorted(staked)
    moved = (*purses, *pots)
    return [
        (rooms, ids, bettors, chosen, stakes, keys, times),
        (bettors, ids, rooms, stakes, [_STAKE] * len(ids), ids, times),
        (
            moved,
            (*[_AVAILABLE] * len(purses), *[_POT] * len(pots)),
            (*map(spent.__getitem__, purses), *pots.values()),
            [1] * len(moved),
        ),
        (
            [room for room, _ in grown],
            [place for _, place in grown],
            [0] * len(grown),
            [staked[each] for each in grown],
            [counts[each] for each in grown],
        ),
    ]
