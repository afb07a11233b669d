"""The odds of a room by adding up its bets, as where no total is kept."""

from __future__ import annotations

from typing import Final

SUM_OF_BETS: Final = (
    "SELECT outcome, sum(stake)::bigint AS total FROM bet WHERE room_id = $1 GROUP BY outcome"
)
"""What stands on each outcome, in lamports."""

POOL_ROWS: Final = "SELECT outcome, sum(total)::bigint AS total FROM pool WHERE room_id = $1 GROUP BY outcome"
"""The same from the rows that bets keep up to date: how ROOMS reads them."""
