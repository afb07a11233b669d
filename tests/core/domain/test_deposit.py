"""What of a transfer becomes a balance."""

from __future__ import annotations

import pytest

from rooms_core.domain.address import Address
from rooms_core.domain.deposit import (
    Change,
    Deposit,
    DepositAddress,
    DepositState,
    is_ours,
    to_credit,
)
from rooms_core.domain.ids import UserId
from rooms_core.domain.invariants import InvariantBroken
from rooms_core.domain.money import Lamports

HERE, WALLET, STRANGER = Address("here"), Address("wallet"), Address("stranger")


def a_deposit(change: int = 5, state: DepositState = DepositState.DUST) -> Deposit:
    """A deposit."""
    return Deposit(
        id=2,
        user=UserId(4),
        address=HERE,
        signature="s",
        slot=9,
        change=change,
        state=state,
        seen_at_ms=1,
    )


@pytest.mark.parametrize(
    "change, payer, ours",
    [(5, STRANGER, False), (5, WALLET, True), (5, HERE, True), (-5, STRANGER, True), (0, STRANGER, True)],
)
def test_what_we_pay_for_ourselves_is_no_deposit(change: int, payer: Address, ours: bool) -> None:
    """Top-ups from our wallet, sweeps and whatever leaves an address are internal."""
    moved = Change(slot=9, change=change, after=Lamports(9), payer=payer)

    assert ours is is_ours(moved, address=HERE, wallet=WALLET)


@pytest.mark.parametrize("amounts, credited", [([], 0), ([4], 0), ([4, 5], 0), ([4, 5, 1], 3), ([10], 1)])
def test_dust_waits_until_it_is_enough_together(amounts: list[int], credited: int) -> None:
    """Below the minimum nothing is credited; once it is reached, all of it is."""
    waiting = [a_deposit(amount) for amount in amounts]

    assert credited == len(to_credit(waiting, minimum=Lamports(10)))


def test_a_deposit_is_credited_once() -> None:
    """What is in the balance does not come again (I16)."""
    credited = a_deposit().credited(77)

    assert (DepositState.CREDITED, 77) == (credited.state, credited.credited_at_ms)
    assert Lamports(5) == credited.amount
    with pytest.raises(InvariantBroken, match="I16"):
        credited.credited(78)


def test_the_cursor_of_an_address_never_goes_back() -> None:
    """What a slower reader brings later changes nothing; without a balance the last one stays."""
    row = DepositAddress(address=HERE, user=UserId(4), made_at_ms=1)

    read = row.read_to("b", 9, Lamports(5))

    assert ("b", 9, Lamports(5)) == (read.cursor, read.cursor_slot, read.balance)
    assert read == read.read_to("a", 8, Lamports(1))
    assert Lamports(5) == read.read_to("c", 9, None).balance
