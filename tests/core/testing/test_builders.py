"""Short constructors: what they assume is what their names say."""

from __future__ import annotations

import pytest

from rooms_core.domain.invariants import InvariantBroken
from rooms_core.domain.market import Direction, Mode
from rooms_core.domain.money import ZERO, Lamports
from rooms_core.domain.referral import is_code
from rooms_core.domain.status import RoomStatus
from rooms_core.testing.builders import (
    MINUTE_MS,
    USD,
    a_bet,
    a_market,
    a_market_state,
    a_reading,
    a_resolution,
    a_room,
    a_user,
    an_order,
    populate,
    sols,
)
from rooms_core.testing.clock import NOON_MS, ManualClock
from rooms_core.testing.memory_store import MemoryStore


def test_amounts_are_written_as_people_do() -> None:
    """And nothing else is."""
    assert Lamports(14_550_000_000) == sols("14.55")
    with pytest.raises(ValueError, match="1e3"):
        sols("1e3")


def test_a_room_is_ordinary_unless_told_otherwise() -> None:
    """SOL above 200 USD in 15 minutes, locked at half time, empty and new."""
    room = a_room()

    assert (Direction.UP, Mode.AT_CLOSE, 200 * USD) == (
        room.market.direction,
        room.market.mode,
        room.market.target,
    )
    assert (NOON_MS + 15 * MINUTE_MS // 2, NOON_MS + 15 * MINUTE_MS) == (room.lock_at_ms, room.settle_at_ms)
    assert (ZERO, None, RoomStatus.QUEUING) == (room.pool.gross, room.host, room.status)


def test_a_room_is_what_it_is_told_to_be() -> None:
    """Times, host, stakes and market are replaceable."""
    room = a_room(
        7,
        host=2,
        lock_at_ms=1,
        settle_at_ms=2,
        market=a_market(mode=Mode.TOUCH),
        stakes={"A": sols("1"), "B": ZERO},
        resolution=a_resolution("A", "B"),
    )

    assert (7, 2, 1, 2, Mode.TOUCH) == (
        room.id,
        room.host,
        room.lock_at_ms,
        room.settle_at_ms,
        room.market.mode,
    )
    assert sols("1") == room.pool.gross
    assert room.resolution is not None
    assert ("A", "B") == room.resolution.winning


def test_a_bet_answers_its_order() -> None:
    """The key of a bet is its number, or what it is told."""
    order = an_order(2, "YES", sols("1"), key="9")

    assert a_bet(9, 2, "YES", sols("1")).answers(order)
    assert not a_bet(9, 2, "YES", sols("1"), key="8").answers(order)


def test_people_have_codes_of_their_own() -> None:
    """Two ids, two codes."""
    assert is_code(a_user(2).code)
    assert a_user(2).code != a_user(4, 2).code
    assert (2,) == a_user(4, 2).uplines


def test_a_reading_hits_what_it_reaches() -> None:
    """Its band is its price unless told otherwise, and its record is named after its tick."""
    plain, wide = a_reading(5), a_reading(5, lo=4, hi=6, evidence="sha256:x")

    assert (5, 5, 5, 5) == (plain.lo, plain.hi, plain.hit_up, plain.hit_down)
    assert (4, 6, "sha256:x") == (wide.lo, wide.hi, wide.evidence)
    assert plain.evidence.startswith("sha256:")
    assert plain == a_market_state(plain).last


async def test_people_join_once() -> None:
    """With a deposit or without."""
    store = MemoryStore(ManualClock())
    await populate(store, {a_user(2): sols("1"), a_user(4): ZERO})

    with pytest.raises(InvariantBroken, match="user 2"):
        await populate(store, {a_user(2): sols("1")})
