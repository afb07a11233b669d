"""The chain of the tests keeps what the port promises, and has all the weather it is asked for."""

from __future__ import annotations

import pytest

from rooms_core.domain.attempt import Landed, Level, Status
from rooms_core.domain.deposit import Change
from rooms_core.domain.ids import WithdrawalId
from rooms_core.domain.money import Lamports
from rooms_core.ports.accounts import AccountState
from rooms_core.ports.chain import ChainFailed, Seen, Unreadable
from rooms_core.ports.signer import TransferOrder
from rooms_core.result import Err, Ok
from rooms_core.testing.builders import sols
from rooms_core.testing.custody_house import value
from rooms_core.testing.memory.undo import Crashed
from rooms_core.testing.scripted_chain import (
    BLOCKHASH_LIFE,
    CONFIRMED_AFTER,
    FAIR,
    FEE,
    FINAL_AFTER,
    SYSTEM,
    ScriptedChain,
    Weather,
)
from rooms_core.testing.scripted_wire import scripted_address, write_wire

WALLET, THERE = scripted_address("wallet"), scripted_address("there")
MEMO = WithdrawalId(2)


async def funded(weather: Weather = FAIR) -> tuple[ScriptedChain, bytes]:
    """A chain where the wallet holds 10 SOL, and signed bytes for 1 SOL."""
    chain = ScriptedChain(weather=weather)
    chain.arrive({WALLET: sols("10")})
    return chain, await some_bytes(chain)


async def some_bytes(chain: ScriptedChain, amount: Lamports = sols("1"), name: str = "s") -> bytes:
    """Signed bytes with a blockhash of now."""
    weather, chain.weather = chain.weather, Weather()
    blockhash = value(await chain.blockhash())
    chain.weather = weather
    order = TransferOrder(
        memo=MEMO,
        source=WALLET,
        destination=THERE,
        amount=amount,
        blockhash=blockhash.hash,
        fee_max=Lamports(10_000),
    )
    return write_wire(order, name)


async def status(chain: ScriptedChain, signature: str = "s") -> Status | None:
    """What the chain knows of a signature."""
    return value(await chain.status(signature)).status


async def test_a_transfer_grows_old_in_three_steps() -> None:
    """Processed, confirmed, finalized; then it can be read, with its fee."""
    chain, wire = await funded()
    assert Ok(None) == await chain.send(wire, preflight=True, at_least_slot=0)
    assert await status(chain) is None
    chain.advance(1)
    landed_at = chain.slot

    assert Status(landed_at, Level.PROCESSED) == await status(chain)
    chain.advance(2)
    assert Status(landed_at, Level.CONFIRMED) == await status(chain)
    assert Ok(None) == await chain.landed("s", at_least_slot=0)
    chain.advance(FINAL_AFTER)
    assert Status(landed_at, Level.FINALIZED) == await status(chain)
    assert Ok(
        Landed(slot=landed_at, error=None, fee=FEE, destination=THERE, received=sols("1"))
    ) == await chain.landed("s", at_least_slot=landed_at)
    assert (9 * 10**9 - FEE.value, 10**9) == (chain.lamports(WALLET), chain.lamports(THERE))


async def test_the_same_bytes_land_once() -> None:
    """However often they are sent."""
    chain, wire = await funded()
    for _ in range(9):
        await chain.send(wire, preflight=False, at_least_slot=0)
        chain.advance(3)

    assert 1 == len(chain.paid(MEMO))


@pytest.mark.parametrize("early, lands", [(1, True), (0, False)])
async def test_a_blockhash_runs_out(early: int, lands: bool) -> None:
    """Bytes land up to their last valid height, and never after."""
    chain, wire = await funded()
    chain.advance(BLOCKHASH_LIFE - CONFIRMED_AFTER - early)
    await chain.send(wire, preflight=False, at_least_slot=0)
    chain.advance(1)

    assert lands is bool(chain.paid(MEMO))


@pytest.mark.parametrize(
    "amount, error",
    [
        (Lamports(890_879), "InsufficientFundsForRent"),  # too little for a fresh address
        (sols("10"), "Custom 1"),  # nothing is left for the fee
        (Lamports(10 * 10**9 - FEE.value - 1), "InsufficientFundsForRent"),  # leaves 1 lamport
        (Lamports(10 * 10**9 - FEE.value), None),  # leaves nothing
    ],
)
async def test_the_rent_rules(amount: Lamports, error: str | None) -> None:
    """A failed transfer pays its fee and moves nothing else; preflight tells before."""
    chain, _ = await funded()
    wire = await some_bytes(chain, amount)
    preflight = await chain.send(wire, preflight=True, at_least_slot=0)
    assert (Err(ChainFailed("-32002 preflight failed")) if error else Ok(None)) == preflight
    await chain.send(wire, preflight=False, at_least_slot=0)
    chain.advance(1)

    assert error == chain.landings[-1].error
    assert (0 if error else amount.value) == chain.lamports(THERE)
    assert 10**10 - FEE.value - (0 if error else amount.value) == chain.lamports(WALLET)


async def test_who_cannot_pay_the_fee_does_not_land() -> None:
    """Nothing is in a block that nobody has paid for."""
    chain, _ = ScriptedChain(), None
    wire = await some_bytes(chain)
    await chain.send(wire, preflight=False, at_least_slot=0)
    chain.advance(1)

    assert [] == list(chain.landings)


async def test_weather() -> None:
    """Lost, late, forked, silent, failing, lagging, skipped: each does what it says."""
    chain, wire = await funded(Weather(lost=100))
    await chain.send(wire, preflight=False, at_least_slot=0)
    chain.advance(200)
    assert [] == chain.paid(MEMO)

    chain, wire = await funded(Weather(late=100, late_slots=1))
    await chain.send(wire, preflight=False, at_least_slot=0)
    chain.advance(4)
    assert [] == chain.paid(MEMO)
    chain.advance(1)
    assert 1 == len(chain.paid(MEMO))

    chain, wire = await funded(Weather(forked=100))
    await chain.send(wire, preflight=False, at_least_slot=0)
    chain.advance(1)
    assert Status(chain.slot, Level.PROCESSED) == await status(chain)
    chain.advance(10)
    assert await status(chain) is None

    chain, wire = await funded(Weather(silent=100))
    assert Err(ChainFailed("the answer was lost")) == await chain.send(wire, preflight=False, at_least_slot=0)
    chain.advance(1)
    assert 1 == len(chain.paid(MEMO))

    chain.weather = Weather(skipped=100)
    before = value(await chain.finality())
    chain.advance(FINAL_AFTER + 9)
    after = value(await chain.finality())
    assert (before.slot + FINAL_AFTER + 9, True) == (after.slot, after.height < after.slot)


async def test_every_call_can_go_unanswered() -> None:
    """503 from all of them, and nothing has happened."""
    chain, wire = await funded(Weather(failing=100))
    failed = Err(ChainFailed("503 service unavailable"))

    assert failed == await chain.blockhash()
    assert failed == await chain.finality()
    assert failed == await chain.status("s")
    assert failed == await chain.landed("s", at_least_slot=0)
    assert failed == await chain.send(wire, preflight=False, at_least_slot=0)
    assert failed == await chain.history(WALLET, after=None, after_slot=0)
    assert failed == await chain.change("arrival-1", WALLET)
    assert failed == await chain.read([WALLET], finalized=True)


async def test_a_replica_that_lags_never_takes_finality_back() -> None:
    """It fails instead; and what it has not seen it does not call missing."""
    chain, _ = await funded()
    newest = value(await chain.finality())
    chain.weather = Weather(lag_slots=250)
    behind = Err(ChainFailed("-32016 minimum context slot has not been reached"))
    seen = [await chain.finality() for _ in range(20)]

    assert all(answer in (Ok(newest), behind) for answer in seen)
    assert Err(ChainFailed("-32011 history is not available from this node")) in [
        await chain.landed("s", at_least_slot=chain.slot - FINAL_AFTER) for _ in range(20)
    ]
    assert behind in [
        await chain.read([WALLET], finalized=True, at_least_slot=chain.slot - FINAL_AFTER) for _ in range(20)
    ]
    lagging = [value(await chain.status("s")).slot for _ in range(20)]
    assert len(set(lagging)) > 1


async def test_the_history_of_an_address_is_told_oldest_first_after_the_cursor() -> None:
    """Final ones only; an unknown cursor brings all of it again, which does no harm."""
    chain = ScriptedChain()
    names = []
    for amount in (1, 2, 3):
        names.append(chain.arrive({THERE: Lamports(amount), WALLET: Lamports(9)}))
        chain.advance(1)
    fresh = chain.arrive({THERE: Lamports(4)})
    chain.advance(FINAL_AFTER - 1)

    history = value(await chain.history(THERE, after=None, after_slot=0))
    assert [Seen(name, 1_000 + place) for place, name in enumerate(names)] == list(history)
    assert history[1:] == value(await chain.history(THERE, after=names[0], after_slot=0))
    assert list(history) == list(value(await chain.history(THERE, after="unknown", after_slot=0)))
    assert Ok(
        Change(slot=1_001, change=2, after=Lamports(3), payer=scripted_address("stranger"))
    ) == await chain.change(names[1], THERE)
    assert Err(ChainFailed("-32004 not available yet")) == await chain.change(fresh, THERE)
    assert Err(ChainFailed("-32004 not available yet")) == await chain.change("unknown", THERE)
    chain.unreadable.add(names[0])
    assert Err(Unreadable("-32015 unsupported version")) == await chain.change(names[0], THERE)


async def test_accounts_are_read_at_one_slot() -> None:
    """A wallet belongs to the System program, an empty one is not there; final or confirmed."""
    chain = ScriptedChain()
    chain.put_program(THERE, AccountState(Lamports(7), WALLET, b"abc"))
    chain.arrive({WALLET: sols("1")})
    chain.advance(3)

    confirmed = value(await chain.read([WALLET, THERE], finalized=False))
    final = value(await chain.read([WALLET, THERE], finalized=True))

    assert AccountState(sols("1"), SYSTEM) == confirmed.accounts[WALLET]
    assert AccountState(Lamports(7), WALLET, b"abc") == final.accounts[THERE]
    assert final.accounts[WALLET] is None
    assert (chain.slot - 2, chain.slot - FINAL_AFTER) == (confirmed.slot, final.slot)


async def test_the_process_dies_where_it_is_told_to() -> None:
    """Before or after the effect of a call, by count."""
    chain, wire = await funded()
    chain.points.crash_after(0)
    with pytest.raises(Crashed):
        await chain.send(wire, preflight=False, at_least_slot=0)
    chain.advance(1)
    assert [] == chain.paid(MEMO)

    chain.points.crash_after(1)
    with pytest.raises(Crashed):
        await chain.send(wire, preflight=False, at_least_slot=0)
    chain.advance(1)
    assert 1 == len(chain.paid(MEMO))

    chain.points.crash_after(5)
    chain.points.crash_after(None)
    for _ in range(9):
        await chain.finality()


async def test_a_sweep_empties_an_address() -> None:
    """All of it goes to the wallet, which pays the fee of two signatures."""
    chain = ScriptedChain()
    chain.arrive({THERE: sols("1")})

    chain.sweep(THERE, WALLET)

    assert (0, 10**9 - 10_000) == (chain.lamports(THERE), chain.lamports(WALLET))


async def test_the_same_seed_is_the_same_world() -> None:
    """Runs can be repeated."""

    async def world(seed: int) -> list[object]:
        chain = ScriptedChain(seed, weather=Weather(failing=30, lag_slots=40, lost=50))
        return [await chain.status("s") for _ in range(20)]

    assert await world(1) == await world(1)
    assert await world(1) != await world(2)
