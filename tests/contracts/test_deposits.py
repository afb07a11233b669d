"""The promises of `ports.custody_books.Deposits` and `Solvency`."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rooms_core.domain.address import Address
from rooms_core.domain.deposit import Deposit, DepositAddress, DepositState
from rooms_core.domain.ids import UserId
from rooms_core.domain.money import STORED_MAX, Lamports
from rooms_core.domain.solvency import SolvencyReport
from rooms_core.testing.bookkeeper import Bookkeeper
from rooms_core.testing.clock import NOON_MS

ANN = DepositAddress(address=Address("B"), user=UserId(2), made_at_ms=NOON_MS)
BEN = DepositAddress(
    address=Address("a"),
    user=UserId(4),
    made_at_ms=NOON_MS,
    cursor="sig",
    cursor_slot=7,
    balance=Lamports(STORED_MAX),
)
EVE = replace(BEN, address=Address("C"), user=UserId(6))
FIRST = Deposit(
    id=902,
    user=UserId(2),
    address=ANN.address,
    signature="s1",
    slot=10,
    change=500,
    state=DepositState.DUST,
    seen_at_ms=NOON_MS,
)
CREDITED = replace(
    FIRST, id=904, signature="s2", change=2_000, state=DepositState.CREDITED, credited_at_ms=NOON_MS + 5
)
SWEEP = replace(FIRST, id=906, signature="s3", change=-2_500, state=DepositState.INTERNAL)
BENS = replace(
    CREDITED, id=900, user=UserId(4), address=BEN.address, signature="s1", credited_at_ms=NOON_MS + 9
)


@pytest.fixture
async def watched(keeper: Bookkeeper) -> Bookkeeper:
    """Three people with a deposit address each, and four movements on two of them."""
    await keeper.people(2, 4, 6, each=Lamports(0))
    for row in (ANN, BEN, EVE):
        assert await keeper.do(lambda books, row=row: books.deposits.add_address(row))  # type: ignore[misc]
    for deposit in (FIRST, CREDITED, SWEEP, BENS):
        assert await keeper.do(lambda books, row=deposit: books.deposits.add(row))  # type: ignore[misc]
    return keeper


async def test_an_address_is_found_by_its_text_and_by_its_user(watched: Bookkeeper) -> None:
    """With how far its history was read."""
    assert BEN == await watched.do(lambda books: books.deposits.lock(BEN.address))
    assert BEN == await watched.do(lambda books: books.deposits.address_of(BEN.user))
    assert None is await watched.do(lambda books: books.deposits.lock(Address("x")))
    assert None is await watched.do(lambda books: books.deposits.address_of(UserId(8)))


@pytest.mark.parametrize("row", [replace(ANN, address=Address("new")), replace(ANN, user=UserId(8))])
async def test_a_user_and_an_address_belong_together_for_ever(
    watched: Bookkeeper, row: DepositAddress
) -> None:
    """A second address of a user, or a second user of an address, is refused."""
    assert not await watched.do(lambda books: books.deposits.add_address(row))
    assert [BEN.address] == [
        each.address
        for each in await watched.do(lambda books: books.deposits.addresses(after=Address("C"), limit=9))
    ]
    assert ANN == await watched.do(lambda books: books.deposits.address_of(ANN.user))


async def test_addresses_are_listed_in_pages_by_their_text(watched: Bookkeeper) -> None:
    """Upper case before lower case, as bytes go."""
    assert [ANN, EVE] == await watched.do(lambda books: books.deposits.addresses(after=None, limit=2))
    assert [EVE, BEN] == await watched.do(lambda books: books.deposits.addresses(after=ANN.address, limit=2))
    assert [] == await watched.do(lambda books: books.deposits.addresses(after=BEN.address, limit=2))


async def test_a_cursor_moves_with_its_balance(watched: Bookkeeper) -> None:
    """Owner and age stay."""
    moved = replace(ANN, cursor="s9", cursor_slot=99, balance=Lamports(12))

    await watched.do(lambda books: books.deposits.move(replace(moved, made_at_ms=1)))

    assert moved == await watched.do(lambda books: books.deposits.lock(ANN.address))
    assert BEN == await watched.do(lambda books: books.deposits.lock(BEN.address))


async def test_a_transfer_changes_an_address_once(watched: Bookkeeper) -> None:
    """The same signature on the same address is the same deposit, whatever is said of it (I16)."""
    again = replace(FIRST, id=990, change=9_999, state=DepositState.CREDITED, credited_at_ms=1)

    assert not await watched.do(lambda books: books.deposits.add(again))
    assert [FIRST] == await watched.do(lambda books: books.deposits.find(DepositState.DUST))


async def test_deposits_are_found_by_state_and_address(watched: Bookkeeper) -> None:
    """By id."""
    assert [BENS, CREDITED] == await watched.do(lambda books: books.deposits.find(DepositState.CREDITED))
    assert [CREDITED] == await watched.do(
        lambda books: books.deposits.find(DepositState.CREDITED, address=ANN.address)
    )
    assert [] == await watched.do(lambda books: books.deposits.find(DepositState.PARKED))


async def test_a_deposit_moves_on_if_its_state_is_still_the_same(watched: Bookkeeper) -> None:
    """State, change, slot and the time of the credit are written; whose it is and when it was seen stay."""
    credited = replace(FIRST, state=DepositState.CREDITED, change=501, slot=11, credited_at_ms=NOON_MS + 7)
    forged = replace(credited, user=UserId(4), seen_at_ms=1)

    assert await watched.do(lambda books: books.deposits.save(forged, was=DepositState.DUST))
    assert not await watched.do(lambda books: books.deposits.save(forged, was=DepositState.DUST))
    assert credited in await watched.do(lambda books: books.deposits.find(DepositState.CREDITED))


async def test_a_deposit_nobody_recorded_is_not_saved(watched: Bookkeeper) -> None:
    """There is nothing to compare with."""
    unknown = replace(FIRST, id=990, signature="s9")

    assert not await watched.do(lambda books: books.deposits.save(unknown, was=DepositState.DUST))


@pytest.mark.parametrize("since_ms, amount", [(NOON_MS + 5, 2_000), (NOON_MS + 6, 0), (0, 2_000)])
async def test_what_was_credited_since(watched: Bookkeeper, since_ms: int, amount: int) -> None:
    """At or after the given time, of this user, and only what is in his balance."""
    assert Lamports(amount) == await watched.do(
        lambda books: books.deposits.credited_since(ANN.user, since_ms)
    )


async def test_the_changes_of_an_address_sum_up(watched: Bookkeeper) -> None:
    """Signed, all states together; 0 where nothing moved."""
    asked = [ANN.address, EVE.address, BEN.address]

    assert {ANN.address: 0, EVE.address: 0, BEN.address: 2_000} == await watched.do(
        lambda books: books.deposits.moved(asked)
    )
    assert {} == await watched.do(lambda books: books.deposits.moved([]))


def report(at_ms: int, **figures: int) -> SolvencyReport:
    """A report of the solvency check."""
    held = Lamports(figures.pop("assets", STORED_MAX))
    zero = Lamports(0)
    return SolvencyReport(
        at_ms=at_ms, slot=at_ms // 400, assets=held, landed=zero, uncredited=zero, liabilities=held, **figures
    )


async def test_the_newest_report_counts(keeper: Bookkeeper) -> None:
    """By its time, whenever it was written."""
    assert None is await keeper.do(lambda books: books.solvency.last())
    for each in (report(NOON_MS), report(NOON_MS + 2, differs=3), report(NOON_MS + 1, assets=0)):
        await keeper.do(lambda books, row=each: books.solvency.add(row))  # type: ignore[misc]

    assert report(NOON_MS + 2, differs=3) == await keeper.do(lambda books: books.solvency.last())
