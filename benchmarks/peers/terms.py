"""What a pool decides, in the few numbers that a settlement in SQL or through an ORM needs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from rooms_core.domain.market import Outcome
from rooms_core.domain.pool import Pool
from rooms_core.domain.rules import HouseRules
from rooms_core.domain.terms import VoidReason, decide
from rooms_store.records import read_record
from rooms_store.rows import outcomes_of, pool_of
from rooms_store.tables import pool


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolTerms:
    """One winner, at `place` among the room's outcomes; all amounts in lamports, `tiers` in basis points."""

    place: int
    winning: int
    gross: int
    takeout: int
    host: int
    net: int
    tiers: tuple[int, ...]


def terms_of(connection: Connection, row: Any) -> PoolTerms:
    """The terms of a room's row. Raises RuntimeError where nobody won, or more than one outcome did."""
    sums = select(pool.c.outcome, func.sum(pool.c.total)).where(pool.c.room_id == row.id)
    stakes = {place: int(total) for place, total in connection.execute(sums.group_by(pool.c.outcome))}
    outcomes = outcomes_of(row.outcomes)
    winning = tuple(Outcome(name) for name in json.loads(row.resolution)["winning"])
    return shared(
        pool_of(outcomes, stakes), winning, read_record(HouseRules, row.rules), hosted=row.host is not None
    )


def shared(stood: Pool, winning: tuple[Outcome, ...], rules: HouseRules, *, hosted: bool) -> PoolTerms:
    """The same from a pool."""
    terms = decide(stood, winning, rules, hosted=hosted)
    if isinstance(terms, VoidReason) or terms.excess is not None or len(winning) != 1:
        raise RuntimeError(f"the peers settle rooms with one winner and nothing unmatched: {terms}")
    return PoolTerms(
        place=stood.outcomes.index(winning[0]),
        winning=dict(stood.stakes)[winning[0]].value,
        gross=terms.gross.value,
        takeout=terms.takeout.value,
        host=terms.host.value,
        net=terms.net.value,
        tiers=tuple(int(each) for each in rules.tiers.bps),
    )
