"""Asking for a withdrawal: reserved at once, or refused with nothing changed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import pytest

from rooms_core.domain.address import Address, AddressOurs, AddressReserved, NotAnAddress, NotAWallet
from rooms_core.domain.events import Event, EventKind
from rooms_core.domain.ids import UserId
from rooms_core.domain.journal import available, reserved
from rooms_core.domain.keys import KeyIllFormed
from rooms_core.domain.money import Lamports
from rooms_core.domain.withdrawal import Tier, WithdrawalState
from rooms_core.domain.withdrawal_policy import DAY_MS
from rooms_core.domain.withdrawal_request import (
    AmountTooSmall,
    KeyUsed,
    NotAWalletAccount,
    NotWithdrawable,
    UserUnknown,
    WithdrawalOrder,
    WithdrawalRefused,
)
from rooms_core.ports.accounts import AccountsReading, AccountState
from rooms_core.ports.books import Books
from rooms_core.ports.chain import ChainFailed
from rooms_core.ports.store import StoreFailed
from rooms_core.result import Err, Ok, Result
from rooms_core.testing.builders import sols
from rooms_core.testing.custody_house import POLICY, CustodyHouse, value
from rooms_core.testing.memory_store import Fate
from rooms_core.testing.scripted_chain import FAIR, ScriptedChain, Weather
from rooms_core.testing.scripted_wire import scripted_address

ANN = UserId(2)
THERE = scripted_address("somewhere")
PROGRAM = Address("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA")
BESIDE = Address("9XDYTfQKwW8sHPqnFdUreMmtmffmkHVPGTNV2e3LKxNW")


async def opened() -> CustodyHouse:
    """A house where Ann and Bob have 5 SOL each."""
    house = CustodyHouse()
    await house.fund(sols("1000"))
    await house.deposit({2: sols("5"), 4: sols("5")})
    return house


async def balances(house: CustodyHouse) -> tuple[int, int]:
    """What Ann has available and reserved."""
    return await house.balance(available(ANN)), await house.balance(reserved(ANN))


def an_order(amount: Lamports, *, to: str = THERE, key: str = "k", user: int = 2) -> WithdrawalOrder:
    """An order."""
    return WithdrawalOrder(user=UserId(user), key=key, amount=amount, destination=to)


async def test_the_amount_is_reserved_at_once() -> None:
    """What is asked back can no longer be bet (M9), and its user hears of it."""
    house = await opened()

    withdrawal = value(await house.request(an_order(sols("1"))))

    assert (4_000_000_000, 1_000_000_000) == await balances(house)
    assert (WithdrawalState.APPROVED, Tier.W0, house.signer.wallet, 64) == (
        withdrawal.state,
        withdrawal.tier,
        withdrawal.source,
        len(withdrawal.nonce),
    )

    async def told(books: Books) -> list[Event]:
        return [notice.event for notice in await books.outbox.waiting(9)]

    assert [EventKind.DEPOSIT_CREDITED, EventKind.DEPOSIT_CREDITED, EventKind.WITHDRAWAL_REQUESTED] == [
        event.kind for event in await house.do(told)
    ]


async def test_the_same_key_is_the_same_withdrawal() -> None:
    """A double click reserves once; the same key with another amount or destination is refused (I5)."""
    house = await opened()
    first = value(await house.request(an_order(sols("1"))))

    assert Ok(first) == await house.request(an_order(sols("1")))
    assert Err(KeyUsed(first.id)) == await house.request(an_order(sols("2")))
    assert Err(KeyUsed(first.id)) == await house.request(an_order(sols("1"), to=scripted_address("other")))
    assert (4_000_000_000, 1_000_000_000) == await balances(house)


async def test_two_clicks_at_once_reserve_once() -> None:
    """The key is looked for again where the money moves: the second click comes while the first asks the chain."""
    house = await opened()
    order = an_order(sols("1"))

    class Slow(ScriptedChain):
        async def read(
            self, addresses: Collection[Address], *, finalized: bool, at_least_slot: int = 0
        ) -> Result[AccountsReading, ChainFailed]:
            value(await house.request(order))
            return await house.chain.read(addresses, finalized=finalized, at_least_slot=at_least_slot)

    value(await replace(house.request, accounts=Slow())(order))

    assert (4_000_000_000, 1_000_000_000) == await balances(house)


@pytest.mark.parametrize(
    "order, refused",
    [
        (an_order(sols("1"), user=99), UserUnknown(UserId(99))),
        (an_order(sols("5.1")), NotWithdrawable(sols("5"), sols("5"), 0)),
        (an_order(sols("0.0009"), to=THERE), AmountTooSmall(sols("0.0009"), sols("0.001"))),
        (an_order(sols("1"), to="abc"), NotAnAddress("abc")),
        (an_order(sols("1"), to=BESIDE), NotAWallet(BESIDE)),
        (an_order(sols("1"), to=PROGRAM), AddressReserved(PROGRAM)),
        (
            an_order(sols("1"), to=scripted_address("platform wallet")),
            AddressOurs(scripted_address("platform wallet")),
        ),
        (
            an_order(sols("1"), to=scripted_address("deposit address 4")),
            AddressOurs(scripted_address("deposit address 4")),
        ),
    ],
)
async def test_a_refusal_changes_nothing(order: WithdrawalOrder, refused: WithdrawalRefused) -> None:
    """Every reason comes with its numbers, and no lamport has moved."""
    house = await opened()

    assert Err(refused) == await house.request(order)
    assert (5_000_000_000, 0) == await balances(house)


async def test_a_program_s_account_is_refused() -> None:
    """A token account may lie on the curve, but money sent there is not its owner's as he expects."""
    house = await opened()
    house.chain.put_program(THERE, AccountState(Lamports(9), PROGRAM))

    assert Err(NotAWalletAccount(THERE, PROGRAM)) == await house.request(an_order(sols("1")))


async def test_a_destination_with_an_account_takes_less() -> None:
    """The rent minimum is asked only where the address is fresh."""
    house = await opened()
    house.judge_by(replace(POLICY, amount_min=Lamports(5_000)))
    small = Lamports(10_000)

    assert Err(AmountTooSmall(small, Lamports(890_880))) == await house.request(an_order(small))
    house.chain.arrive({THERE: sols("1")})
    house.wait(slots=40)
    assert isinstance(await house.request(an_order(small)), Ok)


async def test_the_first_one_to_a_new_address_waits_a_day() -> None:
    """A thief needs a day, and the owner can cancel; where he was paid before there is no wait."""
    house = await opened()
    house.judge_by(replace(POLICY, new_address_wait_ms=DAY_MS))

    first = value(await house.request(an_order(sols("1"))))
    assert DAY_MS == first.not_before_ms - first.requested_at_ms
    house.wait(hours=24)
    for _ in range(12):
        await house.round()
    assert WithdrawalState.DONE is (await house.find(first.id)).state

    again = value(await house.request(an_order(sols("1"), key="again")))
    assert again.not_before_ms == again.requested_at_ms


async def test_splitting_does_not_help() -> None:
    """Many small ones are judged by their sum of the day, whoever asks them (tiers) and however fast (breaker)."""
    house = await opened()

    tiers = [value(await house.request(an_order(sols("0.6"), key=str(number)))).tier for number in range(3)]

    assert [Tier.W0, Tier.W1, Tier.W1] == tiers


@pytest.mark.parametrize("fate", [Fate.FAILED, Fate.UNKNOWN, Fate.AGAIN])
async def test_a_lost_answer_is_asked_again(fate: Fate) -> None:
    """Whether the store did it and was not heard, or did not do it: the same key brings one withdrawal."""
    house = await opened()
    order = an_order(sols("1"))
    house.memory.plan(Fate.DONE, fate)

    first = await house.request(order)
    assert isinstance(first, Ok if fate is Fate.AGAIN else Err)
    again = value(await house.request(order))

    assert (4_000_000_000, 1_000_000_000) == await balances(house)
    assert again == await house.find(again.id)


async def test_a_silent_store_or_chain_reserves_nothing() -> None:
    """A failure is no refusal: the person may try again in a moment."""
    house = await opened()
    house.chain.weather = Weather(failing=100)
    assert isinstance(await house.request(an_order(sols("1"))), Err)
    assert Err(ChainFailed("503 service unavailable")) == await house.request(an_order(sols("1")))
    house.chain.weather = FAIR
    house.memory.plan(Fate.FAILED)
    assert Err(StoreFailed("COMMIT failed; nothing was written")) == await house.request(an_order(sols("1")))

    assert (5_000_000_000, 0) == await balances(house)


@pytest.mark.parametrize("key", ["", "a\0b", "x" * 101])
async def test_a_key_that_no_store_could_keep_is_refused(key: str) -> None:
    """Nothing is reserved for an order that could not be told from another (I5)."""
    house = await opened()

    assert Err(KeyIllFormed(100)) == await house.request(an_order(sols("1"), key=key))
    assert (5_000_000_000, 0) == await balances(house)
