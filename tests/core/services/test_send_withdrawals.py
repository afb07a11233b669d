"""Signed bytes are followed to their end; only the chain decides, and only proof lets them be given up."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rooms_core.domain.address import Address
from rooms_core.domain.attempt import (
    Attempt,
    AttemptState,
    Finality,
    Landed,
    Level,
    Status,
    StatusAnswer,
)
from rooms_core.domain.events import EventKind
from rooms_core.domain.ids import UserId
from rooms_core.domain.journal import OPERATING, available, reserved
from rooms_core.domain.money import ZERO, Lamports
from rooms_core.domain.withdrawal import Withdrawal, WithdrawalState
from rooms_core.ports.books import Books
from rooms_core.ports.chain import ChainFailed
from rooms_core.result import Err, Ok, Result
from rooms_core.services.send_withdrawals import Sent
from rooms_core.testing.builders import sols
from rooms_core.testing.custody_house import CustodyHouse, value
from rooms_core.testing.memory_store import Fate
from rooms_core.testing.scripted_chain import FINAL_AFTER, Weather
from rooms_core.testing.scripted_wire import read_wire, scripted_address

ANN = UserId(2)
FEE = 5_000


async def signed(amount: str = "1") -> tuple[CustodyHouse, Withdrawal]:
    """A house where Ann with 500 SOL has asked for so much, and it is signed."""
    house = CustodyHouse()
    await house.fund(sols("100"))
    await house.deposit({2: sols("500")})
    asked = await house.ask(2, sols(amount))
    if asked.state is WithdrawalState.AWAITING_APPROVAL:
        await house.decide(asked.id, "ann")
        if asked.not_before_ms > asked.requested_at_ms:
            await house.decide(asked.id, "bob")
            house.wait(hours=1)
    value(await house.reconcile())
    assert (asked.id,) == value(await house.sign()).signed
    return house, await house.find(asked.id)


async def attempt_of(house: CustodyHouse, withdrawal: Withdrawal) -> Attempt:
    """The newest attempt of a withdrawal."""

    async def work(books: Books) -> Attempt:
        return (await books.withdrawals.attempts(withdrawal.id))[-1]

    return await house.do(work)


async def sent(house: CustodyHouse, *, slots: int = 0) -> Sent:
    """One round, after so many slots; there is one withdrawal under way."""
    house.wait(slots=slots)
    (report,) = value(await house.send())
    return report


def answers(
    house: CustodyHouse, monkeypatch: pytest.MonkeyPatch, **calls: Result[object, ChainFailed]
) -> None:
    """Let calls of the chain answer this from now on."""
    for name, answer in calls.items():

        async def say(*_: object, said: Result[object, ChainFailed] = answer, **__: object) -> object:
            return said

        monkeypatch.setattr(house.chain, name, say)


async def test_a_withdrawal_reaches_its_end() -> None:
    """Sent, confirmed, and DONE only when it is final: spent, the fee booked to the house, and told."""
    house, asked = await signed()
    operating = await house.balance(OPERATING)

    states = [(await sent(house)).state, (await sent(house, slots=4)).state]
    assert [AttemptState.SENT, AttemptState.CONFIRMED] == states
    assert 1_000_000_000 == await house.balance(reserved(ANN))
    assert AttemptState.CONFIRMED is (await sent(house, slots=5)).state
    assert AttemptState.DONE is (await sent(house, slots=FINAL_AFTER)).state

    ended = await house.find(asked.id)
    assert (WithdrawalState.DONE, house.clock.now_ms()) == (ended.state, ended.ended_at_ms)
    assert 0 == await house.balance(reserved(ANN))
    assert operating - FEE == await house.balance(OPERATING)
    assert () == value(await house.send())

    async def told(books: Books) -> list[EventKind]:
        return [each.event.kind for each in await books.outbox.waiting(9)]

    assert EventKind.WITHDRAWAL_DONE is (await house.do(told))[-1]


async def test_the_same_bytes_are_sent_again_and_again() -> None:
    """What is lost on the way is sent again as it is: sending is harmless, signing is not."""
    house, asked = await signed()
    house.chain.weather = Weather(lost=100)
    for _ in range(5):
        assert AttemptState.SENT is (await sent(house, slots=2)).state
    house.chain.weather = Weather()
    await sent(house, slots=2)

    assert AttemptState.CONFIRMED is (await sent(house, slots=4)).state
    assert 1 == len(house.chain.paid(asked.id)) == len(house.signer.signed)


async def test_what_fails_on_chain_is_released() -> None:
    """Final with an error: it can never succeed, the money comes back, and the house pays the fee."""
    house, asked = await signed()
    attempt = await attempt_of(house, asked)
    order, _ = read_wire(attempt.wire or b"")
    operating = await house.balance(OPERATING)
    await sent(house)
    emptied = {asked.destination: Lamports(house.chain.lamports(order.source) - 3 * FEE)}
    house.chain.arrive(emptied, payer=order.source)
    house.wait(slots=3)

    # A failure that is only confirmed may still vanish.
    assert AttemptState.SENT is (await sent(house)).state
    assert AttemptState.FAILED_ON_CHAIN is (await sent(house, slots=FINAL_AFTER)).state

    ended = await house.find(asked.id)
    assert (WithdrawalState.FAILED_ON_CHAIN, "Custom 1") == (ended.state, ended.reason)
    assert (500_000_000_000, 0) == (await house.balance(available(ANN)), await house.balance(reserved(ANN)))
    assert operating - FEE == await house.balance(OPERATING)


async def test_a_failed_preflight_proves_nothing() -> None:
    """It stays SIGNED and is tried again: the bytes may have been sent by somebody else."""
    house, _ = await signed()
    wallet = house.signer.wallet
    all_of_it = Lamports(house.chain.lamports(wallet) - FEE)
    house.chain.arrive({scripted_address("elsewhere"): all_of_it}, payer=wallet)

    report = await sent(house)

    assert (AttemptState.SIGNED, "-32002 preflight failed") == (report.state, report.why)


@pytest.mark.parametrize("call", ["finality", "status", "send"])
async def test_no_answer_changes_nothing(call: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Any failure leaves everything as it is."""
    house, asked = await signed()
    answers(house, monkeypatch, **{call: Err(ChainFailed("silence"))})

    assert (AttemptState.SIGNED, "silence") == ((report := await sent(house)).state, report.why)
    assert asked == await house.find(asked.id)


async def test_expiry_is_proven_and_then_signed_again() -> None:
    """Past its height, unknown everywhere: EXPIRED, and a second attempt may begin."""
    house, asked = await signed()
    house.chain.weather = Weather(lost=100)
    await sent(house)
    first = await attempt_of(house, asked)

    assert AttemptState.SENT is (await sent(house, slots=100)).state
    assert AttemptState.EXPIRED is (await sent(house, slots=100)).state
    assert WithdrawalState.EXPIRED is (await house.find(asked.id)).state
    assert 1_000_000_000 == await house.balance(reserved(ANN))

    house.chain.weather = Weather()
    for _ in range(10):
        await house.round()
    second = await attempt_of(house, asked)
    assert (2, AttemptState.DONE) == (second.number, second.state)
    assert first.signature != second.signature


async def test_it_may_be_cancelled_after_proven_expiry() -> None:
    """Nothing can pay it any more."""
    house, asked = await signed()
    house.chain.weather = Weather(lost=100)
    await sent(house)
    await sent(house, slots=200)

    assert WithdrawalState.CANCELLED is value(await house.cancel(asked.id, ANN)).state


UNKNOWN = StatusAnswer(10**6, None)
PAST = Finality(10**5, 10**5)


@pytest.mark.parametrize(
    "landed, state, why",
    [
        (Err(ChainFailed("-32011 no history")), AttemptState.SENT, "-32011 no history"),
        (Ok(None), AttemptState.EXPIRED, None),
    ],
)
async def test_no_history_is_not_never_landed(
    landed: Result[Landed | None, ChainFailed],
    state: AttemptState,
    why: str | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Only a successful answer of nothing proves; -32011 and -32019 are silence."""
    house, _ = await signed()
    house.chain.weather = Weather(lost=100)
    await sent(house)
    answers(house, monkeypatch, finality=Ok(PAST), status=Ok(UNKNOWN), landed=landed)

    assert (state, why) == ((report := await sent(house)).state, report.why)


async def test_what_the_status_has_forgotten_the_history_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Status null, past its height, and yet it landed: DONE, not expired."""
    house, asked = await signed()
    await sent(house)
    house.wait(slots=200)
    answers(house, monkeypatch, status=Ok(UNKNOWN))

    assert AttemptState.DONE is (await sent(house)).state
    assert 1 == len(house.chain.paid(asked.id))


@pytest.mark.parametrize(
    "calls, state",
    [
        ({"finality": Err(ChainFailed("silence"))}, AttemptState.SENT),
        ({"status": Err(ChainFailed("silence"))}, AttemptState.SENT),
        ({"landed": Err(ChainFailed("silence"))}, AttemptState.SENT),
        ({"status": Ok(StatusAnswer(10**6, Status(5, Level.PROCESSED)))}, AttemptState.SENT),
        ({"finality": Ok(Finality(10**5, 5))}, AttemptState.SENT),
        (
            {"landed": Ok(Landed(slot=5, error=None, fee=ZERO, destination=Address("x"), received=ZERO))},
            AttemptState.SENT,
        ),
        ({}, AttemptState.EXPIRED),
    ],
)
async def test_two_providers_prove_an_expiry(
    calls: dict[str, Result[object, ChainFailed]], state: AttemptState, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the second one does not know, knows otherwise, or does not say: nothing is signed again."""
    house, _ = await signed()
    house.chain.weather = Weather(lost=100)
    await sent(house)
    house.wait(slots=200)
    witness = CustodyHouse()
    answers(witness, monkeypatch, **{"finality": Ok(PAST), "status": Ok(UNKNOWN), "landed": Ok(None)} | calls)
    house.send = replace(house.send, witness=witness.chain)

    assert state is (await sent(house)).state


@pytest.mark.parametrize("amount, ends", [("1", True), ("2", True), ("30", False)])
async def test_above_w1_two_providers_say_that_it_is_done(
    amount: str, ends: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A large sum is not written off on one provider's word."""
    house, _ = await signed(amount)
    await sent(house)
    house.wait(slots=200)
    chain, witness = house.chain, CustodyHouse()
    house.send = replace(house.send, witness=witness.chain)
    answers(witness, monkeypatch, landed=Err(ChainFailed("silence")))
    first = await sent(house)
    if ends:
        assert AttemptState.DONE is first.state
        return
    assert "silence" == first.why
    answers(witness, monkeypatch, landed=Ok(None))
    assert "two providers disagree" in ((await sent(house)).why or "")
    house.send = replace(house.send, witness=chain)

    assert AttemptState.DONE is (await sent(house)).state


@pytest.mark.parametrize("amount, ends", [("1", True), ("30", False)])
async def test_what_only_the_history_has_is_done_by_the_same_rule(
    amount: str, ends: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Past its height and unknown to a fresh status, yet in one history: a large sum waits for the other's word."""
    house, _ = await signed(amount)
    await sent(house)
    house.wait(slots=200)
    witness = CustodyHouse()
    house.send = replace(house.send, witness=witness.chain)
    answers(witness, monkeypatch, landed=Ok(None))
    history = await house.chain.landed(house.chain.landings[-1].signature, at_least_slot=0)
    answers(house, monkeypatch, finality=Ok(PAST), status=Ok(UNKNOWN), landed=history)
    told = await sent(house)

    assert ends is (AttemptState.DONE is told.state)
    assert ends is not ("two providers disagree" in (told.why or ""))


@pytest.mark.parametrize("landed", [Ok(None), Err(ChainFailed("silence"))])
async def test_a_final_status_is_read_before_it_is_believed(
    landed: Result[Landed | None, ChainFailed], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until the transfer itself is had, with its fee, nothing is booked."""
    house, asked = await signed()
    await sent(house)
    house.wait(slots=100)
    answers(house, monkeypatch, landed=landed)

    assert AttemptState.SENT is (await sent(house)).state
    assert 1_000_000_000 == await house.balance(reserved(ANN))
    assert WithdrawalState.SENT is (await house.find(asked.id)).state


async def test_a_transfer_of_another_amount_is_reported_and_books_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Something is very wrong: the reserve stays, and somebody has to look (I13)."""
    house, asked = await signed()
    await sent(house)
    house.wait(slots=100)
    wrong = Landed(slot=5, error=None, fee=ZERO, destination=asked.destination, received=Lamports(7))
    answers(house, monkeypatch, landed=Ok(wrong))

    assert (
        await sent(house)
    ).why == f"I13: 0.000000007 SOL to {asked.destination} instead of 1 SOL to {asked.destination}"
    assert 1_000_000_000 == await house.balance(reserved(ANN))


async def test_a_transfer_without_a_fee_books_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """A posting moves money, or is not made."""
    house, asked = await signed()
    operating = await house.balance(OPERATING)
    await sent(house)
    house.wait(slots=100)
    free = Landed(slot=5, error=None, fee=ZERO, destination=asked.destination, received=asked.amount)
    answers(house, monkeypatch, landed=Ok(free))

    assert AttemptState.DONE is (await sent(house)).state
    assert operating == await house.balance(OPERATING)


async def test_a_slower_worker_changes_nothing() -> None:
    """Two loops over the same list: what the first has written stands."""
    house, asked = await signed()
    live = await attempt_of(house, asked)
    await sent(house)
    await house.send._mark(live, AttemptState.SENT)
    assert WithdrawalState.SENT is (await house.find(asked.id)).state
    house.wait(slots=100)
    sending = await attempt_of(house, asked)
    assert AttemptState.DONE is (await sent(house)).state

    assert Ok(AttemptState.DONE) == await house.send._follow(asked, sending)
    assert 0 == await house.balance(reserved(ANN))


@pytest.mark.parametrize("fate", [Fate.FAILED, Fate.UNKNOWN])
async def test_nothing_is_sent_unless_the_fence_stands(fate: Fate) -> None:
    """Bytes whose row a fail-over could take back do not reach the chain, nor is it asked about them."""
    house, asked = await signed()
    house.memory.plan(Fate.DONE, fate)

    assert isinstance(await house.send(), Err)
    house.wait(slots=FINAL_AFTER + 1)

    assert [] == house.chain.paid(asked.id)
    assert AttemptState.SENT is (await sent(house)).state


async def test_where_nothing_is_under_way_no_fence_is_raised() -> None:
    """An idle round commits nothing but its look at the list."""
    house = CustodyHouse()
    before = house.memory.commits

    assert () == value(await house.send())
    assert before + 1 == house.memory.commits


@pytest.mark.parametrize("fate", [Fate.FAILED, Fate.UNKNOWN])
@pytest.mark.parametrize("good", [0, 1, 2])
async def test_a_lost_answer_is_looked_at_again(good: int, fate: Fate) -> None:
    """The list, the fence or the state: unknown means ask again, never assume."""
    house, asked = await signed()
    house.memory.plan(*[Fate.DONE] * good, fate)

    await house.send()
    for _ in range(10):
        await house.round()

    assert WithdrawalState.DONE is (await house.find(asked.id)).state
    assert 1 == len(house.chain.paid(asked.id))


async def test_an_attempt_without_its_bytes_is_a_bug() -> None:
    """What is SIGNED has its bytes; if not, it is reported and nothing is sent (I14)."""
    house, asked = await signed()
    live = await attempt_of(house, asked)

    async def lose(books: Books) -> None:
        attempts = books.withdrawals._tables.attempts  # type: ignore[attr-defined]
        attempts.put((asked.id, 1), replace(live, wire=None))

    await house.do(lose)

    assert f"I14: signed attempt of {asked.id} without its bytes" == (await sent(house)).why
