"""What arrives is credited: finalized, once, and nothing is passed over."""

from __future__ import annotations

import pytest

from rooms_core.domain.address import Address
from rooms_core.domain.deposit import Change, Deposit, DepositState
from rooms_core.domain.events import EventKind
from rooms_core.domain.ids import UserId
from rooms_core.domain.journal import available
from rooms_core.domain.money import Lamports
from rooms_core.ports.books import Books
from rooms_core.ports.chain import ChainFailed, Unreadable
from rooms_core.result import Err, Result
from rooms_core.services.credit_deposits import CreditReport, Unread
from rooms_core.testing.builders import sols
from rooms_core.testing.custody_house import CustodyHouse, value
from rooms_core.testing.memory.undo import Crashed
from rooms_core.testing.memory_store import Fate
from rooms_core.testing.scripted_chain import FINAL_AFTER, Weather

ANN, BOB = UserId(2), UserId(4)


async def opened() -> tuple[CustodyHouse, Address, Address]:
    """A house with Ann's and Bob's addresses."""
    house = CustodyHouse()
    addresses = await house.join(ANN, BOB)
    return house, addresses[ANN], addresses[BOB]


async def credit(house: CustodyHouse, *, full: bool = False) -> CreditReport:
    """Let what is there become final, and credit it."""
    house.wait(slots=FINAL_AFTER)
    return value(await house.credit(full=full))


async def has(house: CustodyHouse, user: UserId) -> int:
    """What somebody has available."""
    return await house.balance(available(user))


async def rows(house: CustodyHouse, state: DepositState) -> list[Deposit]:
    """The deposits in a state."""

    async def work(books: Books) -> list[Deposit]:
        return await books.deposits.find(state)

    return await house.do(work)


async def test_only_what_is_final_is_credited() -> None:
    """A block that may still vanish brings nobody money; once it is final it comes once (I16)."""
    house, ann, _ = await opened()
    house.chain.arrive({ann: sols("1")})
    house.wait(slots=FINAL_AFTER - 1)
    assert [] == value(await house.credit()).credited

    house.wait(slots=1)
    first = value(await house.credit())
    second = value(await house.credit(full=True))

    assert ([sols("1")], []) == ([each.amount for each in first.credited], second.credited)
    assert 1_000_000_000 == await has(house, ANN)


async def test_one_transfer_pays_two_people() -> None:
    """The key is (signature, address): both are credited, each once."""
    house, ann, bob = await opened()
    house.chain.arrive({ann: sols("1"), bob: sols("2")})

    await credit(house)

    assert (1_000_000_000, 2_000_000_000) == (await has(house, ANN), await has(house, BOB))


async def test_dust_waits_until_it_is_enough() -> None:
    """Less than the minimum is recorded and not told; when enough has come, all of it is credited and told once."""
    house, ann, _ = await opened()
    house.chain.arrive({ann: Lamports(400_000)})
    assert [] == (await credit(house)).credited
    house.chain.arrive({ann: Lamports(500_000)})
    assert [] == (await credit(house)).credited
    assert 2 == len(await rows(house, DepositState.DUST))

    house.chain.arrive({ann: Lamports(100_000)})
    credited = (await credit(house)).credited

    assert [400_000, 500_000, 100_000] == [each.change for each in credited]
    assert 1_000_000 == await has(house, ANN)

    async def told(books: Books) -> list[tuple[EventKind, str]]:
        return [(each.event.kind, each.event.facts["amount"]) for each in await books.outbox.waiting(9)]

    assert [(EventKind.DEPOSIT_CREDITED, "1000000")] == await house.do(told)


async def test_our_own_transfers_are_no_deposits() -> None:
    """Sweeps and top-ups from our wallet are recorded, not credited; the address adds up all the same."""
    house, ann, _ = await opened()
    await house.fund(sols("1"))
    house.chain.arrive({ann: sols("2")})
    await credit(house)
    house.chain.sweep(ann, house.signer.wallet)
    house.chain.arrive({ann: Lamports(890_880)}, payer=house.signer.wallet)

    assert [] == (await credit(house)).alarms

    assert [-2_000_000_000, 890_880] == [each.change for each in await rows(house, DepositState.INTERNAL)]
    assert 2_000_000_000 == await has(house, ANN)
    assert (True, 0) == (
        (report := value(await house.reconcile())).surplus > 0,
        report.differs,
    )


async def test_what_came_and_was_swept_between_two_looks_is_found_by_a_full_round() -> None:
    """The balance looks as before, so only the history tells."""
    house, ann, _ = await opened()
    house.chain.arrive({ann: sols("2")})
    house.chain.sweep(ann, house.signer.wallet)

    assert [] == (await credit(house)).credited
    assert 1 == len((await credit(house, full=True)).credited)


async def test_failed_transfers_bring_nothing() -> None:
    """They are listed too; one that our own address paid for has cost its fee, and nothing else."""
    house, ann, _ = await opened()
    house.chain.arrive({ann: sols("1")})
    house.chain.arrive({ann: sols("9")}, error="Custom 1")
    house.chain.arrive({ann: sols("9")}, payer=ann, error="Custom 1")

    report = await credit(house)

    assert 1_000_000_000 == await has(house, ANN)
    assert [-5_000] == [each.change for each in await rows(house, DepositState.INTERNAL)]
    assert await rows(house, DepositState.INTERNAL) == report.alarms  # who has signed that?
    assert [] == value(await house.credit(full=True)).credited


@pytest.mark.parametrize("amount, state", [("1", DepositState.CREDITED), ("0", None)])
async def test_what_cannot_be_read_is_parked_and_asked_for_again(
    amount: str, state: DepositState | None
) -> None:
    """A transfer in a form unknown to us holds up nobody, and is never skipped."""
    house, ann, _ = await opened()
    strange = house.chain.arrive({ann: sols(amount)})
    house.chain.unreadable.add(strange)
    house.chain.arrive({ann: sols("2")})

    assert [sols("2")] == [each.amount for each in (await credit(house)).credited]
    assert [strange] == [each.signature for each in await rows(house, DepositState.PARKED)]
    again = value(await house.credit())
    assert [Unread(ann, "-32015 unsupported version")] == again.unread
    house.chain.unreadable.clear()
    read = value(await house.credit())

    assert ([strange] if state else []) == [each.signature for each in read.credited]
    assert [] == await rows(house, DepositState.PARKED)
    assert (3_000_000_000 if state else 2_000_000_000) == await has(house, ANN)


async def test_what_another_reader_has_read_meanwhile_is_credited_once() -> None:
    """Two workers that find the same parked transfer: the second changes nothing."""
    house, ann, _ = await opened()
    strange = house.chain.arrive({ann: sols("1")})
    house.chain.unreadable.add(strange)
    await credit(house)
    house.chain.unreadable.clear()
    (parked,) = await rows(house, DepositState.PARKED)
    value(await house.credit())
    report = CreditReport()

    await house.credit._again(parked, report)

    assert ([], []) == (report.credited, report.unread)
    assert 1_000_000_000 == await has(house, ANN)


@pytest.mark.parametrize("call", ["read", "history", "change"])
async def test_a_silent_chain_is_asked_again(call: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No answer is no history: the address is reported, the cursor stays, and the next round brings it."""
    house, ann, bob = await opened()
    house.chain.arrive({ann: sols("1")})
    house.wait(slots=FINAL_AFTER)

    async def silent(*_: object, **__: object) -> Result[Change, Unreadable | ChainFailed]:
        return Err(ChainFailed("silence"))

    with monkeypatch.context() as patched:
        patched.setattr(house.chain, call, silent)
        report = value(await house.credit())
    expected = {Unread(ann, "silence")} | ({Unread(bob, "silence")} if call == "read" else set())
    assert expected == set(report.unread)

    assert 1 == len(value(await house.credit()).credited)


async def test_a_silent_chain_leaves_what_is_parked() -> None:
    """It is asked for again in the next round."""
    house, ann, _ = await opened()
    strange = house.chain.arrive({ann: sols("1")})
    house.chain.unreadable.add(strange)
    await credit(house)
    house.chain.unreadable.clear()
    house.chain.weather = Weather(failing=100)

    report = value(await house.credit())

    assert Unread(ann, "503 service unavailable") in report.unread
    assert 1 == len(await rows(house, DepositState.PARKED))


@pytest.mark.parametrize(
    "fates", [[Fate.FAILED], [Fate.DONE, Fate.FAILED], [Fate.DONE, Fate.DONE, Fate.FAILED]]
)
async def test_a_failing_store_loses_nothing(fates: list[Fate]) -> None:
    """The list, a page, or the credit itself is not had now: the next round has it."""
    house, ann, _ = await opened()
    house.chain.arrive({ann: sols("1")})
    house.wait(slots=FINAL_AFTER)
    house.memory.plan(*fates)

    await house.credit()
    value(await house.credit())

    assert 1_000_000_000 == await has(house, ANN)


@pytest.mark.parametrize("writes", range(9))
async def test_a_crash_at_any_write_credits_once(writes: int) -> None:
    """The row, the posting, the notice and the cursor stand together or not at all."""
    house, ann, _ = await opened()
    house.chain.arrive({ann: sols("1")})
    house.wait(slots=FINAL_AFTER)
    run, units = house.memory.run, 0

    async def dying(work: object) -> object:
        nonlocal units
        units += 1
        if units == 3:
            house.memory.crash_after(writes)
        return await run(work)  # type: ignore[arg-type]

    house.memory.run = dying  # type: ignore[method-assign, assignment]
    with pytest.raises(Crashed):
        await house.credit()
    house.memory.run = run  # type: ignore[method-assign]
    value(await house.credit())

    assert 1_000_000_000 == await has(house, ANN)


async def test_one_broken_address_does_not_stop_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """A promise of ours that does not hold for one address is reported with it, and Bob gets his money."""
    house, ann, bob = await opened()
    house.chain.arrive({ann: sols("1")})
    house.chain.arrive({bob: sols("1")})
    house.wait(slots=FINAL_AFTER)
    change = house.chain.change

    async def twisted(signature: str, address: Address) -> Result[Change, Unreadable | ChainFailed]:
        if address == ann:

            async def forget(books: Books) -> None:
                books.deposits._tables.addresses.drop(ann)  # type: ignore[attr-defined]

            await house.do(forget)
        return await change(signature, address)

    monkeypatch.setattr(house.chain, "change", twisted)
    report = value(await house.credit())

    assert [(ann, f"I16: {ann} is no deposit address")] == [
        (each.address, each.why) for each in report.unread
    ]
    assert [bob] == [each.address for each in report.credited]
