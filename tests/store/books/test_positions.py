"""The positions of a room in SQL."""

from __future__ import annotations

import pytest
from sqlalchemy.dialects.postgresql import asyncpg
from tests.contracts.spread_rules import broken

from rooms_core.domain.ids import BetId, RoomId
from rooms_core.domain.market import NO, YES
from rooms_core.domain.money import Lamports
from rooms_core.domain.returns import Marginal
from rooms_store.books.positions import positions_of, returned_of

LAST = returned_of(Marginal(outcome=YES, placed_at_ms=5, bet=BetId(4), back=Lamports(3)), (YES, NO))


@pytest.mark.parametrize("late_after_ms", [None, 5])
@pytest.mark.parametrize("returned", [None, LAST], ids=["matched", "unmatched"])
def test_the_statement_runs_where_tables_are_spread(late_after_ms: int | None, returned: object) -> None:
    """The driver reads it past everybody who listens, so it is judged by the rules of a cluster here."""
    asked = positions_of(RoomId(1_000), late_after_ms=late_after_ms, returned=returned)  # type: ignore[arg-type]
    words = {"literal_binds": True}

    assert broken(str(asked.compile(dialect=asyncpg.dialect(), compile_kwargs=words))) is None  # type: ignore[no-untyped-call]
