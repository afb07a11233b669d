"""Under a role's store nothing is written by whoever has lost the role."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rooms_core.domain.lease import LEASE_MS, Lease
from rooms_core.domain.market import Mode
from rooms_core.domain.status import RoomStatus
from rooms_core.domain.withdrawal import WithdrawalState
from rooms_core.ports.books import Books
from rooms_core.ports.store import LeaseLost
from rooms_core.result import Err, Ok, Result
from rooms_core.services.advance_rooms import AdvanceRooms
from rooms_core.services.fenced_store import FencedStore
from rooms_core.services.hold_role import HoldRole
from rooms_core.services.settle_room import SettleRoom
from rooms_core.testing.builders import sols
from rooms_core.testing.custody_house import CustodyHouse, value
from rooms_core.testing.house import House, a_request
from rooms_core.testing.overtaken import Overtaken


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


async def test_whoever_gave_his_role_back_writes_no_more(house: House) -> None:
    """Even while nobody else has it."""
    ann = await role(house, "ann")
    assert Ok(None) == await HoldRole(store=house.store, holder="ann").give_back(ann)

    message = "settler with token 1 is lost: nobody holds it, its token is 1"
    assert Err(LeaseLost(message, role="settler", token=1)) == await FencedStore(house.store, ann).fence()


async def test_one_role_proves_nothing_for_another(house: House) -> None:
    """Tokens are counted for each role by itself."""
    ann = await role(house, "ann")
    forged = FencedStore(house.store, replace(ann, role="sender"))

    assert isinstance(await forged.fence(), Err)
    assert Ok(None) == await FencedStore(house.store, ann).fence()


async def test_a_refusal_of_the_work_is_handed_on(house: House) -> None:
    """And what was written before it is undone, as ever."""
    store, commits = FencedStore(house.store, await role(house, "ann")), house.store.commits

    async def refuse(books: Books) -> Result[None, str]:
        await books.mark()
        return Err("no")

    assert Err("no") == await store.run(refuse)
    assert commits == house.store.commits


@pytest.mark.parametrize("after", range(1, 9))
async def test_a_withdrawal_is_paid_once_whenever_its_sender_is_overtaken(after: int) -> None:
    """Before or after the request, the fence, the signature or the sending: the next one brings it to its end."""
    house = CustodyHouse()
    await house.fund(sols("100"))
    await house.deposit({2: sols("500")})
    asked = await house.ask(2, sols("1"))
    value(await house.reconcile())

    async def take(holder: str) -> Lease:
        return value(await HoldRole(store=house.memory, holder=holder).take("sender"))

    async def overtake() -> None:
        house.clock.advance(LEASE_MS)
        await take("bob")

    zombie = FencedStore(Overtaken(house.memory, overtake, after=after), await take("ann"))
    await replace(house.sign, store=zombie)()
    await replace(house.send, store=zombie)()

    assert isinstance(await zombie.fence(), Err)
    for _ in range(10):
        await house.round()
    assert WithdrawalState.DONE is (await house.find(asked.id)).state
    assert 1 == len(house.chain.paid(asked.id))
