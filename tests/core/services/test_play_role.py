"""A loop plays a role: one process works, the others wait, and a dead one is replaced."""

from __future__ import annotations

import pytest

from rooms_core.domain.lease import LEASE_MS
from rooms_core.ports.store import LeaseLost, Store, StoreFailed
from rooms_core.result import Err, Ok, Result
from rooms_core.services.hold_role import HoldRole, RoleHeld
from rooms_core.services.play_role import PlayRole
from rooms_core.testing.clock import ManualClock
from rooms_core.testing.memory_store import Fate, MemoryStore


class Cast:
    """Two processes that want the same role."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.store = MemoryStore(self.clock)
        self.ann, self.bob = (
            PlayRole(hold=HoldRole(store=self.store, holder=name), role="settler", clock=self.clock)
            for name in ("ann", "bob")
        )


@pytest.fixture
def players() -> Cast:
    """Ann and Bob."""
    return Cast()


async def turn(store: Store) -> Result[None, StoreFailed]:
    """What a turn does: a unit of work."""
    return await store.fence()


async def test_one_plays_while_the_other_waits(players: Cast) -> None:
    """For as long as the first one goes on playing."""
    for _ in range(20):
        assert Ok(Ok(None)) == await players.ann(turn)
        waits = await players.bob(turn)
        assert isinstance(waits, Err)
        assert isinstance(waits.why, RoleHeld)
        players.clock.advance(seconds=3)


async def test_a_role_is_renewed_after_a_third_of_its_time(players: Cast) -> None:
    """Not on every turn: that would be a commit each."""
    await players.ann(turn)
    before = players.store.commits
    for _ in range(6):
        players.clock.advance(LEASE_MS // 6)
        await players.ann(turn)

    assert 6 + 3 == players.store.commits - before


async def test_whoever_fell_asleep_is_replaced_and_comes_back_later(players: Cast) -> None:
    """His first call finds that he lost it; then he waits like everybody."""
    await players.ann(turn)
    players.clock.advance(minutes=10)
    assert Ok(Ok(None)) == await players.bob(turn)

    woken, waits = await players.ann(turn), await players.ann(turn)

    assert isinstance(woken, Err)
    assert isinstance(woken.why, LeaseLost)
    assert isinstance(waits, Err)
    assert isinstance(waits.why, RoleHeld)
    assert Ok(None) == await players.bob.stop()
    assert Ok(Ok(None)) == await players.ann(turn)


async def test_whoever_was_not_replaced_goes_on(players: Cast) -> None:
    """His time was over, but nobody came: he has what he had."""
    await players.ann(turn)
    players.clock.advance(minutes=10)

    assert Ok(Ok(None)) == await players.ann(turn)
    assert players.ann.mine is not None
    assert 1 == players.ann.mine.token


async def test_a_clock_set_back_renews(players: Cast) -> None:
    """What an earlier reading of a wrong clock said is not relied on."""
    await players.ann(turn)
    players.clock.advance(hours=-1)

    assert Ok(Ok(None)) == await players.ann(turn)


async def test_a_silent_store_loses_no_role(players: Cast) -> None:
    """The turn is not played, and the next one tries again."""
    await players.ann(turn)
    players.clock.advance(LEASE_MS // 2)
    players.store.plan(Fate.FAILED)

    assert isinstance(await players.ann(turn), Err)
    assert Ok(Ok(None)) == await players.ann(turn)
    assert players.ann.mine is not None
    assert 1 == players.ann.mine.token


async def test_stopping_what_never_began_does_nothing(players: Cast) -> None:
    """Nothing is written."""
    assert Ok(None) == await players.ann.stop()
    assert 0 == players.store.commits


async def test_a_long_turn_renews_on_its_way(players: Cast) -> None:
    """Its store goes on under the same token, and nobody else gets the role."""

    async def long(store: Store) -> list[object]:
        answers: list[object] = []
        for _ in range(3):
            players.clock.advance(LEASE_MS - 1)
            assert isinstance(await players.ann.renew(), Ok)
            answers += [await store.fence(), await players.bob(turn)]
        return answers

    played = await players.ann(long)

    assert isinstance(played, Ok)
    assert [Ok(None)] * 3 == played.value[::2]
    assert all(isinstance(waits, Err) for waits in played.value[1::2])


async def test_a_long_turn_that_does_not_renew_is_stopped(players: Cast) -> None:
    """By its own store, be somebody waiting or not."""

    async def long(store: Store) -> Result[None, StoreFailed]:
        players.clock.advance(LEASE_MS)
        return await store.fence()

    played = await players.ann(long)

    assert isinstance(played, Ok)
    assert isinstance(played.value, Err)
    assert isinstance(played.value.why, LeaseLost)


async def test_who_stopped_has_nothing_even_if_the_store_was_silent(players: Cast) -> None:
    """The role ends by itself then; a new beginning takes it under a new token."""
    await players.ann(turn)
    players.store.plan(Fate.FAILED)

    assert isinstance(await players.ann.stop(), Err)
    assert Ok(Ok(None)) == await players.ann(turn)
    assert players.ann.mine is not None
    assert 2 == players.ann.mine.token
