"""Under a role's store nothing is written by whoever has lost the role."""

from __future__ import annotations

import pytest

from rooms_core.domain.lease import LEASE_MS, Lease
from rooms_core.domain.market import Mode
from rooms_core.domain.status import RoomStatus
from rooms_core.ports.store import LeaseLost
from rooms_core.result import Err, Ok
from rooms_core.services.advance_rooms import AdvanceRooms
from rooms_core.services.fenced_store import FencedStore
from rooms_core.services.hold_role import HoldRole
from rooms_core.services.settle_room import SettleRoom
from rooms_core.testing.builders import sols
from rooms_core.testing.house import House, a_request


async def role(house: House, holder: str) -> Lease:
    """The settler's role in the hands of `holder`."""
    taken = await HoldRole(store=house.store, holder=holder).take("settler")
    assert isinstance(taken, Ok)
    return taken.value


@pytest.fixture
async def house() -> House:
    """A house with a room that has two players and may be opened."""
    house = House()
    await house.books.people(2, 4, each=sols("10"))
    room = await house.room(a_request(now_ms=house.now_ms, mode=Mode.AT_CLOSE))
    for bettor, outcome in ((2, "YES"), (4, "NO")):
        assert isinstance(await house.bet(bettor, outcome, sols("1"), room), Ok)
    return house


async def test_the_holder_works_as_ever(house: House) -> None:
    """No service knows that it is fenced."""
    advance = AdvanceRooms(store=FencedStore(house.store, await role(house, "ann")))

    advanced = await advance(house.now_ms)

    assert isinstance(advanced, Ok)
    assert [RoomStatus.OPEN] == [each.status for each in advanced.value.moved]


async def test_a_zombie_writes_nothing(house: House) -> None:
    """He wakes after ten minutes with a list of his own; each of his units of work is refused."""
    ann = await role(house, "ann")
    house.clock.advance(minutes=10)
    await role(house, "bob")
    zombie = AdvanceRooms(store=FencedStore(house.store, ann))
    commits = house.store.commits
    message = "settler with token 1 is lost: bob took it with token 2"

    assert Err(LeaseLost(message, role="settler", token=1)) == await zombie(house.now_ms)
    assert Err(LeaseLost(message, role="settler", token=1)) == await SettleRoom(store=zombie.store).due()
    assert Err(LeaseLost(message, role="settler", token=1)) == await zombie.store.fence()
    assert commits == house.store.commits


async def test_who_sees_his_time_pass_stops_by_himself(house: House) -> None:
    """Even if nobody has taken the role; once renewed he goes on under the same token."""
    ann = await role(house, "ann")
    store = FencedStore(house.store, ann)
    assert Ok(None) == await store.fence()
    house.clock.advance(LEASE_MS)

    late = await store.fence()

    assert isinstance(late, Err)
    assert isinstance(late.why, LeaseLost)
    assert "its time is over" in late.why.message
    assert isinstance(await HoldRole(store=house.store, holder="ann").renew(ann), Ok)
    assert Ok(None) == await store.fence()
