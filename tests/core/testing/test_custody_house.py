"""The house of the custody tests says loudly when a step it takes for granted fails."""

from __future__ import annotations

import pytest

from rooms_core.domain.ids import WithdrawalId
from rooms_core.result import Err
from rooms_core.testing.builders import sols
from rooms_core.testing.custody_house import CustodyHouse, value
from rooms_core.testing.memory_store import Fate


async def test_a_failing_store_stops_the_story() -> None:
    """A step that is not what the test is about must succeed."""
    house = CustodyHouse()
    house.memory.plan(Fate.FAILED)

    with pytest.raises(RuntimeError, match="refused or failed"):
        await house.fund(sols("1"))
    with pytest.raises(RuntimeError, match="'why not'"):
        value(Err("'why not'"))


async def test_an_unknown_withdrawal_is_a_mistake_of_the_test() -> None:
    """There is nothing to look at."""
    with pytest.raises(KeyError):
        await CustodyHouse().find(WithdrawalId(9))
