"""The demo's bank: each deposit credited once, each withdrawal paid once, whatever the weather."""

from __future__ import annotations

from typing import Protocol

from rooms_cli.demo.bank import Bank
from rooms_core.domain.ids import UserId
from rooms_core.domain.money import Lamports, total
from rooms_core.domain.withdrawal import Tier, WithdrawalState
from rooms_core.result import Ok
from rooms_core.testing.builders import a_user, populate, sols
from rooms_core.testing.clock import ManualClock
from rooms_core.testing.ids import CountingIds
from rooms_core.testing.memory_store import MemoryStore
from rooms_core.testing.rng import SeededRng

CAST = [a_user(number) for number in (2, 4, 6)]


class ShortDay(Protocol):
    """A played day (see conftest)."""

    bank: Bank


async def _bank() -> tuple[Bank, MemoryStore, ManualClock]:
    """A bank over the store in memory, with three people who have nothing yet."""
    clock = ManualClock()
    store = MemoryStore(clock)
    await populate(store, {user: Lamports(0) for user in CAST})
    return Bank(store, ids=CountingIds(1_000), rng=SeededRng(7), seed=7), store, clock


async def _available(store: MemoryStore, user: int) -> Lamports:
    wallet = await store.queries.wallet(UserId(user))
    assert isinstance(wallet, Ok)
    assert wallet.value is not None
    return wallet.value.available


async def test_deposits_are_credited_once() -> None:
    """What arrived is what the users have, though the chain is read three times."""
    bank, store, _ = await _bank()
    await bank.take_deposits(CAST)

    has = [await _available(store, user.id) for user in CAST]

    assert 3 == bank.banked.arrivals
    assert bank.banked.deposited == total(has).value
    assert all(sols("40") <= each < sols("100") for each in has)
    assert [] == bank.banked.refusals


async def test_a_withdrawal_asked_twice_is_one() -> None:
    """The same key answers the same withdrawal, and the chain pays it once in bad weather."""
    bank, store, clock = await _bank()
    await bank.take_deposits(CAST)
    before = await _available(store, 2)
    clock.advance(hours=1)
    await bank.request(CAST[0], sols("4.5"))
    await bank.request(CAST[1], sols("0.5"))
    await bank.approve_all()
    clock.advance(hours=24, seconds=-20)
    await bank.pay(clock)
    asked = bank.banked.withdrawals

    assert [sols("4.5"), sols("0.5")] == [each.amount for each in asked]
    assert {WithdrawalState.DONE} == {each.state for each in bank.banked.ended}
    assert [1, 1] == [len(bank.chain.paid(each.id)) for each in asked]
    assert before == await _available(store, 2) + sols("4.5")
    assert bank.banked.deposited == bank.banked.credited
    assert ([], []) == (bank.banked.refusals, bank.banked.unwritten)
    assert bank.banked.surplus is not None
    assert bank.banked.surplus >= 0


async def test_nobody_withdraws_what_he_does_not_have() -> None:
    """The refusal is remembered by its name, and nothing is reserved."""
    bank, store, clock = await _bank()
    await bank.take_deposits(CAST)
    before = await _available(store, 2)
    clock.advance(hours=1)
    await bank.request(CAST[0], sols("1000"))

    assert ["NotWithdrawable"] == bank.banked.refusals
    assert [] == bank.banked.withdrawals
    assert before == await _available(store, 2)


def test_the_days_withdrawals_needed_an_approver_and_many_rounds(short_day: ShortDay) -> None:
    """Small sums go by themselves, larger ones with a signature; bad weather needs more than one try."""
    ended = short_day.bank.banked.ended

    assert {Tier.W0, Tier.W1} == {each.tier for each in ended}
    assert 12 == len(ended)
    assert short_day.bank.banked.rounds > 1
