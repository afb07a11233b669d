"""Custody's whole story, in bad weather, over the memory store and over SQLite alike."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rooms_core.domain.approval import Verdict
from rooms_core.domain.ids import UserId
from rooms_core.domain.journal import OUTSIDE, available, reserved
from rooms_core.domain.withdrawal import WithdrawalState
from rooms_core.testing.bookkeeper import Bookkeeper
from rooms_core.testing.builders import sols
from rooms_core.testing.custody_house import POLICY, CustodyHouse, value
from rooms_core.testing.scripted_chain import FAIR, Weather

USERS = (2, 4, 6)
FOUL = Weather(lost=40, late=40, forked=10, failing=15, silent=20, lag_slots=40, skipped=5)


@pytest.mark.parametrize("seed", range(3))
async def test_every_withdrawal_is_paid_once_or_given_back(keeper: Bookkeeper, seed: int) -> None:
    """Automatic, approved, vetoed and cancelled ones: the chain and the books agree to the lamport."""
    house = CustodyHouse(seed, clock=keeper.clock, store=keeper.store, policy=replace(POLICY, attempts_max=3))
    await house.fund(sols("100"))
    await house.deposit({user: sols("40") for user in USERS})
    asked = [await house.ask(user, sols("0.5")) for user in USERS]
    asked += [await house.ask(user, sols("3"), key="more") for user in USERS]
    asked.append(await house.ask(2, sols("26"), key="two have to agree"))
    await house.decide(asked[3].id, "ann")
    await house.decide(asked[4].id, "bob", Verdict.REJECT)
    value(await house.cancel(asked[5].id, UserId(6)))
    await house.decide(asked[6].id, "ann")
    await house.decide(asked[6].id, "bob")

    house.chain.weather = FOUL
    for _ in range(30):
        await house.round(slots=8)
    house.chain.weather = FAIR
    house.wait(hours=1)
    for _ in range(70):
        await house.round(slots=10)

    ended = [await house.find(each.id) for each in asked]
    assert all(each.state.over for each in ended)
    assert [each.state is WithdrawalState.DONE for each in ended] == [
        1 == len(house.chain.paid(each.id)) for each in asked
    ]
    assert {WithdrawalState.CANCELLED} == {each.state for each in ended[4:6]}
    paid = sum(each.amount.value for each in ended if each.state is WithdrawalState.DONE)
    assert 120 * 10**9 - paid == sum([await house.balance(available(UserId(user))) for user in USERS])
    assert [0, 0, 0] == [await house.balance(reserved(UserId(user))) for user in USERS]
    report = value(await house.reconcile())
    assert -report.assets.value == await house.balance(OUTSIDE)
    assert (0, 0) == (report.differs, report.landed.value)
