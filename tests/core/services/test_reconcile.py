"""What is held against what is owed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rooms_core.domain.money import Lamports
from rooms_core.domain.solvency import SolvencyReport
from rooms_core.ports.accounts import ACCOUNTS_MAX
from rooms_core.ports.books import Books
from rooms_core.ports.chain import ChainFailed
from rooms_core.result import Err, Result
from rooms_core.testing.builders import sols
from rooms_core.testing.custody_house import CustodyHouse, value
from rooms_core.testing.memory_store import Fate
from rooms_core.testing.scripted_chain import FINAL_AFTER


async def opened() -> CustodyHouse:
    """A house with 10 SOL of its own where Ann and Bob have 5 SOL each."""
    house = CustodyHouse()
    await house.fund(sols("10"))
    await house.deposit({2: sols("5"), 4: sols("5")})
    return house


async def test_the_surplus_is_the_house_s_own_money() -> None:
    """Assets are the wallet and all deposit addresses; owed is everything but the operator's own accounts."""
    house = await opened()

    report = value(await house.reconcile())

    assert (sols("20"), sols("10"), sols("0"), sols("0"), 0) == (
        report.assets,
        report.liabilities,
        report.landed,
        report.uncredited,
        report.differs,
    )
    assert 10_000_000_000 == report.surplus

    async def last(books: Books) -> SolvencyReport | None:
        return await books.solvency.last()

    assert report == await house.do(last)


async def test_money_on_its_way_out_is_counted_once() -> None:
    """Landed but not yet DONE: it has left the wallet and is still owed; before that, and after, it is neither."""
    house = await opened()
    await house.ask(2, sols("1"))
    value(await house.reconcile())
    house.signer.failing = 100
    value(await house.sign())
    assert sols("0") == value(await house.reconcile()).landed  # prepared, no bytes
    house.signer.failing = 0
    value(await house.sign())
    assert sols("0") == value(await house.reconcile()).landed
    value(await house.send())
    house.wait(slots=5)
    assert sols("0") == value(await house.reconcile()).landed
    house.wait(slots=FINAL_AFTER)

    on_its_way = value(await house.reconcile())
    value(await house.send())
    done = value(await house.reconcile())

    assert (sols("1"), 9_999_995_000) == (on_its_way.landed, on_its_way.surplus)
    assert (sols("0"), 9_999_995_000) == (done.landed, done.surplus)


async def test_what_has_arrived_and_is_not_credited_does_not_count() -> None:
    """It is soon owed: dust that waits, and transfers not read yet, are left out."""
    house = await opened()
    (address,) = (await house.join(2)).values()
    house.chain.arrive({address: Lamports(500)})
    house.wait(slots=FINAL_AFTER)
    value(await house.credit())
    house.chain.arrive({address: sols("1")})
    house.wait(slots=FINAL_AFTER)

    report = value(await house.reconcile())

    assert sols("1") + Lamports(500) == report.uncredited
    assert 10_000_000_000 == report.surplus


async def test_an_address_that_holds_less_than_recorded_stops_withdrawals() -> None:
    """All of its history is read, and there is less: a deposit was invented."""
    house = await opened()
    (address,) = (await house.join(2)).values()
    house.chain.arrive({address: sols("1")})
    house.wait(slots=FINAL_AFTER)
    value(await house.credit())

    async def invent(books: Books) -> None:
        deposits = books.deposits._tables.deposits  # type: ignore[attr-defined]
        newest = max(deposits.items())
        deposits.put(newest[0], replace(newest[1], change=2 * 10**9))

    await house.do(invent)

    assert 1 == value(await house.reconcile()).differs


async def test_a_sweep_that_is_not_read_yet_is_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    """The history tells that there is more to read; if it cannot be had, there is no report."""
    house = await opened()
    await house.sweep(2)
    house.wait(slots=FINAL_AFTER)

    report = value(await house.reconcile())
    assert (0, 9_999_990_000) == (report.differs, report.surplus)

    async def silent(*_: object, **__: object) -> Result[object, ChainFailed]:
        return Err(ChainFailed("silence"))

    monkeypatch.setattr(house.chain, "history", silent)
    assert Err(ChainFailed("silence")) == await house.reconcile()


async def test_more_addresses_than_one_reading_has() -> None:
    """They are read in batches, each at one slot."""
    house = CustodyHouse()
    await house.fund(sols("1"))
    users = range(2, 2 * ACCOUNTS_MAX + 6, 2)
    addresses = await house.join(*users)
    house.chain.arrive(dict.fromkeys(addresses.values(), sols("1")))
    house.wait(slots=FINAL_AFTER)
    value(await house.credit())

    report = value(await house.reconcile())

    assert Lamports(len(users) * 10**9) == report.liabilities
    assert (10**9, 0) == (report.surplus, report.differs)


async def test_an_empty_house_owes_nothing() -> None:
    """No wallet, no addresses: nothing is missing."""
    report = value(await CustodyHouse().reconcile())

    assert (0, Lamports(0)) == (report.surplus, report.assets)


@pytest.mark.parametrize("call", ["finality", "read", "landed"])
async def test_a_silent_chain_leaves_no_report(call: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last report grows old, and withdrawals pause by themselves."""
    house = await opened()
    await house.ask(2, sols("1"))
    value(await house.reconcile())
    value(await house.sign())

    async def silent(*_: object, **__: object) -> Result[object, ChainFailed]:
        return Err(ChainFailed("silence"))

    monkeypatch.setattr(house.chain, call, silent)

    assert Err(ChainFailed("silence")) == await house.reconcile()


async def test_silence_at_the_addresses_leaves_no_report(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of the assets is no answer."""
    house = await opened()
    read, calls = house.chain.read, 0

    async def once(*args: object, **more: object) -> object:
        nonlocal calls
        calls += 1
        return await read(*args, **more) if calls == 1 else Err(ChainFailed("silence"))  # type: ignore[arg-type]

    monkeypatch.setattr(house.chain, "read", once)

    assert Err(ChainFailed("silence")) == await house.reconcile()


@pytest.mark.parametrize("good", range(3))
async def test_a_silent_store_is_a_failure(good: int) -> None:
    """Reading, looking again, writing: each may fail, and the next check starts anew."""
    house = await opened()
    house.memory.plan(*[Fate.DONE] * good, Fate.FAILED)

    assert isinstance(await house.reconcile(), Err)
    assert 10_000_000_000 == value(await house.reconcile()).surplus


async def test_a_node_that_lags_behind_the_books_does_not_count() -> None:
    """A deposit that was credited must be seen: else the house would look poorer than it is."""
    house = await opened()
    behind = CustodyHouse()

    answer = await replace(house.reconcile, chain=behind.chain, accounts=behind.chain)()

    assert Err(ChainFailed("-32016 minimum context slot has not been reached")) == answer
