"""From what was agreed to signed bytes in the books."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rooms_core.domain import entries
from rooms_core.domain.approval import Decision, Registry, TooFewApprovers, Verdict
from rooms_core.domain.attempt import Attempt, AttemptState
from rooms_core.domain.ids import UserId, WithdrawalId
from rooms_core.domain.journal import OPERATING, reserved
from rooms_core.domain.money import Lamports
from rooms_core.domain.solvency import CheckTooOld, NeverChecked
from rooms_core.domain.withdrawal import CancelReason, Withdrawal, WithdrawalState
from rooms_core.ports.books import Books
from rooms_core.ports.chain import ChainFailed
from rooms_core.ports.signer import SignedTransfer, SignerFailed, TransferOrder
from rooms_core.ports.store import StoreFailed
from rooms_core.result import Err, Result
from rooms_core.services.sign_withdrawals import SigningReport
from rooms_core.services.signing_rules import (
    Broken,
    OperatingTooLow,
    TooEarly,
    Waiting,
    WaitsFor,
    WalletTooLow,
)
from rooms_core.testing.builders import sols
from rooms_core.testing.custody_house import APPROVERS, POLICY, CustodyHouse, value
from rooms_core.testing.memory_store import Fate
from rooms_core.testing.scripted_chain import FAIR, Weather
from rooms_core.testing.scripted_wire import scripted_address

ANN = UserId(2)


async def opened(
    amount: str = "1", *, checked: bool = True, funds: str = "100"
) -> tuple[CustodyHouse, Withdrawal]:
    """A house, checked to be solvent, where Ann with 500 SOL has asked for so much."""
    house = CustodyHouse()
    await house.fund(sols(funds))
    await house.deposit({2: sols("500")})
    asked = await house.ask(2, sols(amount))
    if checked:
        value(await house.reconcile())
    return house, asked


async def attempts(house: CustodyHouse, withdrawal: Withdrawal) -> list[Attempt]:
    """The attempts of a withdrawal."""

    async def work(books: Books) -> list[Attempt]:
        return await books.withdrawals.attempts(withdrawal.id)

    return await house.do(work)


async def states(house: CustodyHouse, withdrawal: Withdrawal) -> list[AttemptState]:
    """How far the attempts of a withdrawal are."""
    return [each.state for each in await attempts(house, withdrawal)]


async def why_not(house: CustodyHouse) -> WaitsFor:
    """Why the one withdrawal was not signed."""
    (waiting,) = value(await house.sign()).waiting
    return waiting.why


async def test_what_is_approved_is_signed_and_stored() -> None:
    """The books have the bytes before anybody could send them (I14); a second round does nothing."""
    house, asked = await opened()

    report = value(await house.sign())

    (attempt,) = await attempts(house, asked)
    assert (asked.id,) == report.signed
    assert (AttemptState.SIGNED, 1) == (attempt.state, attempt.number)
    assert attempt.signature in house.signer.signed
    assert WithdrawalState.SIGNED is (await house.find(asked.id)).state
    assert SigningReport((), (), ()) == value(await house.sign())


async def test_nothing_is_signed_without_a_good_check() -> None:
    """Never checked, checked too long ago: withdrawals wait (I18)."""
    house, asked = await opened(checked=False)
    assert NeverChecked() == await why_not(house)
    value(await house.reconcile())
    house.wait(hours=3)

    assert CheckTooOld(3 * 3_600_000, 2 * 3_600_000) == await why_not(house)
    assert [] == await states(house, asked)


async def test_nothing_is_signed_before_its_time() -> None:
    """W2 waits an hour, even with all its approvals."""
    house, asked = await opened("30")
    await house.decide(asked.id, "ann")
    await house.decide(asked.id, "bob")

    assert TooEarly(asked.not_before_ms) == await why_not(house)
    house.wait(hours=1)
    assert (asked.id,) == value(await house.sign()).signed


async def test_what_waits_for_approval_is_left_alone() -> None:
    """It is neither signed nor given up."""
    house, asked = await opened("2")

    assert SigningReport((), (), ()) == value(await house.sign())
    assert asked == await house.find(asked.id)


async def test_a_forged_approval_does_not_count() -> None:
    """Whoever writes into the books cannot approve: the signature is checked again here."""
    house, asked = await opened("2")

    async def forge(books: Books) -> None:
        await books.withdrawals.add_decision(
            Decision(
                withdrawal=asked.id,
                approver="ann",
                zone="office",
                verdict=Verdict.APPROVE,
                signature="00",
                at_ms=1,
            )
        )
        await books.withdrawals.save(replace(asked, state=WithdrawalState.APPROVED), was=asked.state)

    await house.do(forge)

    assert TooFewApprovers(0, 1) == await why_not(house)


async def test_a_key_revoked_meanwhile_does_not_count() -> None:
    """Approved yesterday, revoked today, not signed (the registry is the same, its time has come)."""
    house, asked = await opened("2")
    revoked = house.clock.now_ms() + 60_000
    house.judge_by(POLICY, Registry((replace(APPROVERS[0], revoked_at_ms=revoked), *APPROVERS[1:])))
    value(await house.cancel(asked.id, ANN))
    again = await house.ask(2, sols("2"), key="again")
    await house.decide(again.id, "ann")
    house.wait(slots=200)

    assert TooFewApprovers(0, 1) == await why_not(house)


@pytest.mark.parametrize("approve", [True, False])
async def test_approvals_expire(approve: bool) -> None:
    """A day after they could first be used it is over, and the reserve comes back."""
    house, asked = await opened("2")
    if approve:
        await house.decide(asked.id, "ann")
    house.wait(hours=24)

    assert (asked.id,) == value(await house.sign()).cancelled
    assert CancelReason.APPROVAL_EXPIRED.value == (await house.find(asked.id)).reason
    assert 0 == await house.balance(reserved(ANN))


async def test_an_automatic_one_waits_as_long_as_it_must() -> None:
    """Nobody's approval can grow old."""
    house, asked = await opened("1")
    house.wait(hours=48)
    value(await house.reconcile())

    assert (asked.id,) == value(await house.sign()).signed


async def test_a_changed_policy_ends_what_was_asked_before() -> None:
    """It has to be asked for again, under the rules of today."""
    house, asked = await opened("1")
    house.judge_by(replace(POLICY, breaker_ppm=1))

    assert (asked.id,) == value(await house.sign()).cancelled
    assert CancelReason.POLICY_CHANGED.value == (await house.find(asked.id)).reason


async def test_the_fee_must_be_in_the_operating_account() -> None:
    """Network fees are never paid from what is owed to users (M9)."""
    house, _ = await opened("1")

    async def empty(books: Books) -> None:
        spent = Lamports(await books.journal.balance(OPERATING) - 9_999)
        await books.journal.post(entries.network_fee("an expensive one", spent))

    await house.do(empty)

    assert OperatingTooLow(Lamports(9_999), Lamports(10_000)) == await why_not(house)


async def test_the_wallet_must_hold_it_on_chain() -> None:
    """What lies on deposit addresses has to be swept first; withdrawals under way count too."""
    house, asked = await opened("1", funds="1.9")
    second = await house.ask(2, sols("0.9"), key="second")
    await house.decide(second.id, "ann")

    report = value(await house.sign())

    need = sols("1.9") + Lamports(20_000 + 890_880)
    assert (asked.id,) == report.signed
    assert (Waiting(second.id, WalletTooLow(sols("1.9"), need)),) == report.waiting
    await house.sweep(2)
    house.wait(slots=40)
    value(await house.credit())
    value(await house.reconcile())
    assert (second.id,) == value(await house.sign()).signed


async def test_a_wallet_without_an_account_holds_nothing() -> None:
    """A missing account is 0 lamports."""
    house = CustodyHouse()
    await house.deposit({2: sols("5")})

    async def fees(books: Books) -> None:
        await books.journal.post(entries.fund(OPERATING, sols("1"), key="on paper"))

    asked = await house.ask(2, sols("1"))
    value(await house.reconcile())
    await house.do(fees)

    assert WalletTooLow(Lamports(0), sols("1") + Lamports(10_000 + 890_880)) == await why_not(house)
    assert [] == await states(house, asked)


@pytest.mark.parametrize("silent", ["blockhash", "read"])
async def test_a_silent_chain_leaves_it_approved(silent: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No blockhash, no look at the wallet: no attempt."""
    house, asked = await opened()

    async def failing(*_: object, **__: object) -> Result[object, ChainFailed]:
        return Err(ChainFailed("silence"))

    monkeypatch.setattr(house.chain, silent, failing)

    assert ChainFailed("silence") == await why_not(house)
    assert [] == await states(house, asked)


async def test_a_silent_signer_is_asked_the_same_again() -> None:
    """The stored request gives the same bytes, so asking twice signs one transfer."""
    house, asked = await opened()
    house.signer.failing = 100
    assert SignerFailed("503 service unavailable") == await why_not(house)
    assert [AttemptState.PREPARED] == await states(house, asked)
    house.signer.failing = 0

    assert (asked.id,) == value(await house.sign()).signed
    assert 1 == len(await attempts(house, asked))


async def test_an_attempt_that_was_never_signed_is_closed_when_its_time_is_over() -> None:
    """Nothing was sent, so its height alone proves; outages do not use up the attempts of a withdrawal."""
    house, asked = await opened()
    house.judge_by(POLICY)
    house.signer.failing = 100
    for _ in range(POLICY.attempts_max + 1):
        await why_not(house)
        house.wait(slots=200)
        value(await house.reconcile())
        await why_not(house)
    assert [AttemptState.EXPIRED] * (POLICY.attempts_max + 1) == await states(house, asked)
    house.signer.failing = 0

    assert (asked.id,) == value(await house.sign()).signed


async def test_it_is_not_closed_while_the_chain_or_the_store_is_silent() -> None:
    """No finality, no proof; no answer to COMMIT, no change."""
    house, asked = await opened()
    house.signer.failing = 100
    await why_not(house)
    house.wait(slots=200)
    value(await house.reconcile())
    house.chain.weather = Weather(failing=100)
    assert SignerFailed("503 service unavailable") == await why_not(house)
    house.chain.weather = FAIR
    house.memory.plan(Fate.DONE, Fate.DONE, Fate.DONE, Fate.FAILED)
    assert StoreFailed("COMMIT failed; nothing was written") == await why_not(house)

    assert [AttemptState.PREPARED] == await states(house, asked)


@pytest.mark.parametrize("fate", [Fate.FAILED, Fate.UNKNOWN])
async def test_nothing_is_signed_unless_the_fence_stands(fate: Fate) -> None:
    """A request that a fail-over could take back is not shown to the signer; the next round goes on with it."""
    house, asked = await opened()
    house.memory.plan(Fate.DONE, Fate.DONE, Fate.DONE, fate)

    await house.sign()

    assert [AttemptState.PREPARED] == await states(house, asked)
    assert not house.signer.signed
    value(await house.sign())
    assert [AttemptState.SIGNED] == await states(house, asked)


@pytest.mark.parametrize("good", range(5))
@pytest.mark.parametrize("fate", [Fate.FAILED, Fate.UNKNOWN])
async def test_a_lost_answer_anywhere_signs_once(good: int, fate: Fate) -> None:
    """The list, the look, the request, the fence, the bytes: whichever answer is lost, one attempt is signed."""
    house, asked = await opened()
    house.memory.plan(*[Fate.DONE] * good, fate)

    await house.sign()
    value(await house.sign())

    assert [AttemptState.SIGNED] == await states(house, asked)
    assert 1 == len(house.signer.signed)


async def test_bytes_that_come_too_late_are_not_stored() -> None:
    """Cancelled while the signer worked: the bytes are dropped, so nobody can send them."""
    house, asked = await opened()
    sign = house.signer.sign

    async def slow(request: str, order: TransferOrder) -> Result[SignedTransfer, SignerFailed]:
        value(await house.cancel(asked.id, ANN))
        return await sign(request, order)

    house.signer.sign = slow  # type: ignore[method-assign]
    report = value(await house.sign())

    assert SigningReport((), (), ()) == report
    (attempt,) = await attempts(house, asked)
    assert (AttemptState.EXPIRED, None) == (attempt.state, attempt.wire)


@pytest.mark.parametrize("between", ["blockhash", "sign"])
async def test_two_workers_sign_one_transfer(between: str) -> None:
    """Whichever point the second one comes in at: one attempt, one signature, one set of bytes."""
    house, asked = await opened()
    whole = getattr(house.chain if between == "blockhash" else house.signer, between)
    entered = False

    async def and_another(*args: object) -> object:
        nonlocal entered
        if not entered:
            entered = True
            value(await house.sign())
        return await whole(*args)

    setattr(house.chain if between == "blockhash" else house.signer, between, and_another)
    value(await house.sign())

    assert [AttemptState.SIGNED] == await states(house, asked)
    assert 1 == len(house.signer.signed)


async def test_another_wallet_s_withdrawal_is_not_signed() -> None:
    """A row that names another source is a bug, reported for this withdrawal; the others go on."""
    house, asked = await opened()
    other = await house.ask(2, sols("0.5"), key="second")
    await house.decide(other.id, "ann")

    async def twist(books: Books) -> None:
        withdrawals = books.withdrawals._tables.withdrawals  # type: ignore[attr-defined]
        withdrawals.put(asked.id, replace(asked, source=scripted_address("not ours")))

    await house.do(twist)
    report = value(await house.sign())

    assert (other.id,) == report.signed
    (waiting,) = report.waiting
    assert waiting == Waiting(asked.id, Broken(f"I13: {scripted_address('not ours')} is not our wallet"))


async def test_an_unknown_or_ended_withdrawal_is_nobody_s() -> None:
    """Between the list and the look somebody else was faster."""
    house, asked = await opened()
    value(await house.cancel(asked.id, ANN))

    assert await house.sign._one(asked.id) is None
    assert await house.sign._one(WithdrawalId(9)) is None


async def test_it_is_given_up_after_so_many_proven_expiries() -> None:
    """What never lands goes back to its user (bounds on everything)."""
    house, asked = await opened()
    house.chain.weather = Weather(lost=100)
    for _ in range(40 * POLICY.attempts_max):
        await house.round(slots=10)

    ended = await house.find(asked.id)
    assert (WithdrawalState.CANCELLED, CancelReason.NEVER_LANDED.value) == (ended.state, ended.reason)
    assert [AttemptState.EXPIRED] * POLICY.attempts_max == await states(house, asked)
    assert [] == house.chain.paid(asked.id)
    assert isinstance(await house.cancel(asked.id, ANN), Err)
