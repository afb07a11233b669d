"""Pools are read from the chain at one slot, within a tick."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from rooms_core.domain.address import Address, address_of
from rooms_core.ports.accounts import ACCOUNTS_MAX, AccountsReading
from rooms_core.ports.chain import ChainFailed
from rooms_core.result import Err, Ok, Result
from rooms_core.testing.clock import NOON_MS, ManualClock
from rooms_core.testing.scripted_chain import ScriptedChain, Weather
from rooms_oracle.chain_pools import ChainPools
from rooms_oracle.feeds.pumpfun import accounts_of
from rooms_oracle.finality import FinalPool
from rooms_oracle.heard import Quote
from rooms_oracle.testing.pump_accounts import graduated, on_curve

MINT = Address("7LSsEoJGhLeZzGvDofTdNg7M3JttxQqGWNLo6vWMpump")


def chain_with(*mints: Address) -> ScriptedChain:
    """A chain on which these coins are on their curves."""
    chain = ScriptedChain()
    for mint in mints:
        for address, state in on_curve(mint).items():
            chain.put_program(address, state)
    return chain


async def test_a_pool_is_heard_with_its_slot() -> None:
    """At confirmed: two slots behind the tip of this chain."""
    pools = ChainPools(chain_with(MINT), ManualClock(NOON_MS))
    heard = (await pools.hear([MINT], NOON_MS))[MINT]

    assert not isinstance(heard, str)
    quote, state = heard
    raw = "30000000000/1073000000000000@998"
    assert Quote("chain", "pool", 27_959, 0, 10, NOON_MS, NOON_MS, None, "SOL", raw) == quote
    assert (30_000_000_000, accounts_of(MINT).curve, 998) == (state.lamports, state.address, state.slot)


async def test_the_slot_is_counted_on_for_a_minute() -> None:
    """0.4 s each; then it is not known any more, and a clock set back knows nothing either."""
    clock = ManualClock(NOON_MS)
    pools = ChainPools(chain_with(MINT), clock)
    assert pools.slot() is None
    await pools.hear([MINT], NOON_MS)
    seen = []
    for later_ms in (0, 799, 1, 59_200, 1):
        clock.advance(later_ms)
        seen.append(pools.slot())
    clock.set(NOON_MS - 1)

    assert [998, 999, 1_000, 1_148, None] == seen
    assert pools.slot() is None


async def test_many_mints_are_read_in_groups() -> None:
    """No reading asks for more accounts than the chain answers at one slot."""
    asked: list[int] = []

    class Counting(ScriptedChain):
        async def read(
            self, addresses: Collection[Address], *, finalized: bool, at_least_slot: int = 0
        ) -> Result[AccountsReading, ChainFailed]:
            asked.append(len(addresses))
            return await super().read(addresses, finalized=finalized, at_least_slot=at_least_slot)

    mints = [address_of(number.to_bytes(32, "big")) for number in range(1, 21)]
    heard = await ChainPools(Counting(), ManualClock(NOON_MS)).hear(mints, NOON_MS)

    assert [96, 24] == asked
    assert max(asked) <= ACCOUNTS_MAX
    assert dict.fromkeys(mints, "NOT_A_COIN") == heard


async def test_a_chain_that_fails_is_named() -> None:
    """The tick goes on without it."""
    chain = chain_with(MINT)
    chain.weather = Weather(failing=100)

    assert {MINT: "CHAIN_FAILED"} == await ChainPools(chain, ManualClock(NOON_MS)).hear([MINT], NOON_MS)


async def test_what_comes_late_does_not_enter_the_tick() -> None:
    """Neither an answer after the close nor one that never comes."""
    clock = ManualClock(NOON_MS)

    class Late(ScriptedChain):
        async def read(
            self, addresses: Collection[Address], *, finalized: bool, at_least_slot: int = 0
        ) -> Result[AccountsReading, ChainFailed]:
            clock.set(NOON_MS + 1_501)
            return Ok(AccountsReading(1, {}))

    class Never(ScriptedChain):
        async def read(
            self, addresses: Collection[Address], *, finalized: bool, at_least_slot: int = 0
        ) -> Result[AccountsReading, ChainFailed]:
            await asyncio.Event().wait()
            return Err(ChainFailed("never"))

    assert {MINT: "TIMEOUT"} == await ChainPools(Late(), clock).hear([MINT], NOON_MS)
    clock.set(NOON_MS + 1_490)
    assert {MINT: "TIMEOUT"} == await ChainPools(Never(), clock).hear([MINT], NOON_MS)


async def test_an_older_slot_does_not_move_the_newest_back() -> None:
    """Two readings of one tick may come from two nodes."""
    clock = ManualClock(NOON_MS)
    slots = [900, 700]

    class Nodes(ScriptedChain):
        async def read(
            self, addresses: Collection[Address], *, finalized: bool, at_least_slot: int = 0
        ) -> Result[AccountsReading, ChainFailed]:
            return Ok(AccountsReading(slots.pop(0), {}))

    pools = ChainPools(Nodes(), clock)
    await pools.hear([MINT], NOON_MS)
    await pools.hear([MINT], NOON_MS)

    assert 900 == pools.slot()


async def test_what_is_final_is_read_at_finality() -> None:
    """A coin on its curve, one between curve and pool, one in its pool; nobody's mint is nowhere."""
    migrating, graduate = [address_of(bytes(31) + bytes([number])) for number in (1, 2)]
    chain = chain_with(MINT)
    for accounts in (
        on_curve(migrating, complete=True, tokens=0, lamports=0),
        graduated(graduate, tokens=206 * 10**12, lamports=85 * 10**9),
    ):
        for address, account in accounts.items():
            chain.put_program(address, account)
    pools = ChainPools(chain, ManualClock(NOON_MS))
    found = [await pools.final(mint, 900) for mint in (MINT, migrating, graduate, address_of(bytes(32)))]
    slot = found[0].slot if found[0] is not None else 0

    assert 900 <= slot < 998
    assert [
        FinalPool(slot, accounts_of(MINT).curve),
        FinalPool(slot, accounts_of(migrating).curve),
        FinalPool(slot, accounts_of(graduate).pool),
        None,
    ] == found
    assert await pools.final(MINT, 998) is None


async def test_a_chain_that_takes_its_time_knows_nothing_final() -> None:
    """It is asked again later."""

    class Slow(ScriptedChain):
        async def read(
            self, addresses: Collection[Address], *, finalized: bool, at_least_slot: int = 0
        ) -> Result[AccountsReading, ChainFailed]:
            raise TimeoutError

    assert await ChainPools(Slow(), ManualClock(NOON_MS)).final(MINT, 0) is None
