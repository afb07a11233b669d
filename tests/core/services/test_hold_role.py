"""Roles are taken, renewed and given back, each in a unit of work."""

from __future__ import annotations

import pytest

from rooms_core.domain.lease import LEASE_MS, Lease
from rooms_core.ports.store import LeaseLost, StoreFailed
from rooms_core.result import Err, Ok
from rooms_core.services.hold_role import HoldRole, RoleHeld
from rooms_core.testing.bookkeeper import Bookkeeper
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


@pytest.mark.parametrize("until_ms, ended_ms", [(None, NOON_MS + 9), (NOON_MS + 70, NOON_MS + 70)])
async def test_what_is_given_back_keeps_its_token_and_its_end(
    store: MemoryStore, clock: ManualClock, until_ms: int | None, ended_ms: int
) -> None:
    """It ended now, or when the holder says; the next one's token is greater all the same."""
    ann = role_of(store, "ann")
    mine = await ann.take("settler")
    assert isinstance(mine, Ok)
    clock.advance(9)
    assert Ok(None) == await ann.give_back(mine.value, until_ms=until_ms)

    stands = await Bookkeeper(store, clock).do(lambda books: books.leases.prove("settler"))
    again = await role_of(store, "bob").take("settler")

    assert Lease(role="settler", token=1, since_ms=NOON_MS, until_ms=ended_ms) == stands
    assert isinstance(again, Ok)
    assert 2 == again.value.token


async def test_a_role_is_held_for_as_long_as_is_said(store: MemoryStore, clock: ManualClock) -> None:
    """From the taking, and from each renewal."""
    ann = HoldRole(store=store, holder="ann", lease_ms=5_000)
    mine = await ann.take("settler")
    clock.advance(seconds=1)

    assert isinstance(mine, Ok)
    assert NOON_MS + 5_000 == mine.value.until_ms
    renewed = await ann.renew(mine.value)
    assert isinstance(renewed, Ok)
    assert (NOON_MS, NOON_MS + 6_000) == (renewed.value.since_ms, renewed.value.until_ms)


async def test_a_silent_store_changes_no_hands(store: MemoryStore) -> None:
    """Each of the three says that it failed, and the role stays as it was."""
    ann = role_of(store, "ann")
    mine = await ann.take("settler")
    assert isinstance(mine, Ok)
    store.plan(Fate.FAILED, Fate.FAILED, Fate.FAILED)
    failed = Err(StoreFailed("COMMIT failed; nothing was written"))

    assert [failed] * 3 == [
        await ann.take("settler"),
        await ann.renew(mine.value),
        await ann.give_back(mine.value),
    ]
    assert isinstance(await ann.renew(mine.value), Ok)
