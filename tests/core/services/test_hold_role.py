"""Roles are taken, renewed and given back, each in a unit of work."""

from __future__ import annotations

import pytest

from rooms_core.domain.lease import LEASE_MS, Lease
from rooms_core.ports.store import LeaseLost, StoreFailed
from rooms_core.result import Err, Ok
from rooms_core.services.hold_role import HoldRole, RoleHeld
from rooms_core.testing.clock import NOON_MS, ManualClock
from rooms_core.testing.memory_store import Fate, MemoryStore


@pytest.fixture
def clock() -> ManualClock:
    """A clock to be moved."""
    return ManualClock()


@pytest.fixture
def store(clock: ManualClock) -> MemoryStore:
    """Empty books."""
    return MemoryStore(clock)


def role_of(store: MemoryStore, holder: str) -> HoldRole:
    """Somebody who wants roles."""
    return HoldRole(store=store, holder=holder)


async def test_one_has_a_role_and_the_other_is_told_until_when(store: MemoryStore) -> None:
    """Who comes second hears who has it; other roles are free."""
    ann, bob = role_of(store, "ann"), role_of(store, "bob")
    until_ms = NOON_MS + LEASE_MS

    mine = await ann.take("settler")

    assert Ok(Lease(role="settler", token=1, holder="ann", since_ms=NOON_MS, until_ms=until_ms)) == mine
    assert Err(RoleHeld("settler", "ann", until_ms)) == await bob.take("settler")
    assert isinstance(await bob.take("sender"), Ok)


async def test_a_role_renewed_in_time_is_kept(store: MemoryStore, clock: ManualClock) -> None:
    """However long, while its holder lives."""
    ann, bob = role_of(store, "ann"), role_of(store, "bob")
    mine = await ann.take("settler")
    for _ in range(10):
        assert isinstance(mine, Ok)
        clock.advance(LEASE_MS - 1)
        mine = await ann.renew(mine.value)

    assert isinstance(await bob.take("settler"), Err)


async def test_who_was_overtaken_cannot_renew(store: MemoryStore, clock: ManualClock) -> None:
    """He hears who was faster, and giving back what is another's does nothing."""
    ann, bob = role_of(store, "ann"), role_of(store, "bob")
    mine = await ann.take("settler")
    clock.advance(LEASE_MS)
    theirs = await bob.take("settler")

    assert isinstance(mine, Ok)
    assert isinstance(theirs, Ok)
    message = "settler with token 1 is lost: bob took it with token 2"
    assert Err(LeaseLost(message, role="settler", token=1)) == await ann.renew(mine.value)
    assert Ok(None) == await ann.give_back(mine.value)
    assert isinstance(await bob.renew(theirs.value), Ok)


async def test_what_is_given_back_is_free_at_once(store: MemoryStore) -> None:
    """And is not its last holder's any more."""
    ann, bob = role_of(store, "ann"), role_of(store, "bob")
    mine = await ann.take("settler")
    assert isinstance(mine, Ok)

    assert Ok(None) == await ann.give_back(mine.value)
    lost = await ann.renew(mine.value)

    assert isinstance(lost, Err)
    assert "nobody holds it, its token is 1" in lost.why.message
    assert isinstance(await bob.take("settler"), Ok)


async def test_a_lost_answer_is_healed_by_taking_again(store: MemoryStore) -> None:
    """The role may be ours without our knowing its token; the next try has a new one."""
    ann = role_of(store, "ann")
    store.plan(Fate.UNKNOWN)

    assert Err(StoreFailed("the answer to COMMIT was lost")) == await ann.take("settler")
    again = await ann.take("settler")

    assert isinstance(again, Ok)
    assert 2 == again.value.token
