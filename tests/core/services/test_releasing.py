"""What all share that end a withdrawal."""

from __future__ import annotations

import pytest

from rooms_core.domain.attempt import Attempt
from rooms_core.domain.ids import WithdrawalId
from rooms_core.domain.invariants import InvariantBroken
from rooms_core.domain.money import ZERO
from rooms_core.ports.books import Books
from rooms_core.services.releasing import paid_by
from rooms_core.testing.custody_house import CustodyHouse


async def test_every_attempt_pays_a_withdrawal() -> None:
    """An attempt without one is a bug, and nothing is sent or booked for it (I13)."""
    orphan = Attempt(
        withdrawal=WithdrawalId(9),
        number=1,
        request="{}",
        approvals="",
        blockhash="",
        last_valid_height=1,
        observed_slot=1,
        fee_max=ZERO,
        made_at_ms=1,
    )

    async def work(books: Books) -> None:
        await paid_by(books, orphan)

    with pytest.raises(InvariantBroken, match="no withdrawal 9"):
        await CustodyHouse().do(work)
