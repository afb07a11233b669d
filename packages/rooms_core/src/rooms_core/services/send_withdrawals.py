"""Send withdrawals: hand in the signed bytes until the chain has decided, and prove what became of them.

For each attempt, in this order: finality first, then the status, then what follows from both. All answers must be
successes; any failure leaves everything as it is. Only a finalized transfer ends a withdrawal; only the proof of
expiry, from two providers, lets it be signed again. Before a round acts on what it has read it raises a fence.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

from rooms_core.domain import entries
from rooms_core.domain.attempt import Attempt, AttemptState, Finality, Landed, Step, ending, judge
from rooms_core.domain.events import Event, EventKind
from rooms_core.domain.ids import WithdrawalId
from rooms_core.domain.invariants import InvariantBroken, ensure
from rooms_core.domain.withdrawal import Tier, Withdrawal, WithdrawalState
from rooms_core.ports.books import Books
from rooms_core.ports.chain import Chain, ChainFailed
from rooms_core.ports.store import Store, StoreFailed
from rooms_core.result import Err, Ok, Result
from rooms_core.services.releasing import paid_by, release


@dataclass(frozen=True, slots=True)
class Sent:
    """Where a withdrawal's attempt stands after a round, and the failure that kept it there, if any."""

    withdrawal: WithdrawalId
    state: AttemptState
    why: str | None = None


Known: TypeAlias = Result[AttemptState, ChainFailed | StoreFailed]


@dataclass(frozen=True, slots=True, kw_only=True)
class SendWithdrawals:
    """Follow every signed attempt to its end. `witness` is a second provider: nothing is signed again without it."""

    store: Store
    chain: Chain
    witness: Chain

    async def __call__(self) -> Result[tuple[Sent, ...], StoreFailed]:
        """One round over all attempts with signed bytes; to be repeated about every two seconds."""

        async def due(books: Books) -> Result[list[tuple[Withdrawal, Attempt]], StoreFailed]:
            signed = [each for each in await books.withdrawals.live_attempts() if each.signature is not None]
            return Ok([(await paid_by(books, attempt), attempt) for attempt in signed])

        live = await self.store.run(due)
        if isinstance(live, Err):
            return live
        if live.value:
            # Bytes that a fail-over could take back must not be on their way: others would be signed in their place.
            fenced = await self.store.fence()
            if isinstance(fenced, Err):
                return fenced
        report = []
        for withdrawal, attempt in live.value:
            try:
                known = await self._follow(withdrawal, attempt)
            except InvariantBroken as broken:
                report.append(Sent(withdrawal.id, attempt.state, str(broken)))
                continue
            match known:
                case Ok(state):
                    report.append(Sent(withdrawal.id, state))
                case Err(why):
                    report.append(Sent(withdrawal.id, attempt.state, why.message))
        return Ok(tuple(report))

    async def _follow(self, withdrawal: Withdrawal, attempt: Attempt) -> Known:
        signature, wire = attempt.signature, attempt.wire
        if signature is None or wire is None:
            raise InvariantBroken("I14", f"{attempt.state} attempt of {withdrawal.id} without its bytes")
        finality = await self.chain.finality()
        if isinstance(finality, Err):
            return finality
        answer = await self.chain.status(signature)
        if isinstance(answer, Err):
            return answer
        match judge(attempt, finality.value, answer.value):
            case Step.WAIT:
                return Ok(attempt.state)
            case Step.SEND:
                return await self._send(attempt, wire)
            case Step.CONFIRMED:
                return await self._mark(attempt, AttemptState.CONFIRMED)
            case Step.READ:
                return await self._read(withdrawal, attempt, signature, finality.value)
            case Step.PROVE:
                return await self._prove(withdrawal, attempt, signature, finality.value)

    async def _send(self, attempt: Attempt, wire: bytes) -> Known:
        """The same bytes again; only the first time with preflight, which tells of a mistake early."""
        first = attempt.state is AttemptState.SIGNED
        handed_in = await self.chain.send(wire, preflight=first, at_least_slot=attempt.observed_slot)
        if isinstance(handed_in, Err):
            return handed_in
        return await self._mark(attempt, AttemptState.SENT) if first else Ok(attempt.state)

    async def _mark(self, attempt: Attempt, state: AttemptState) -> Known:
        """Write how far it is; a state it has already is not written again."""
        if attempt.state is state:
            return Ok(state)

        async def work(books: Books) -> Result[AttemptState, StoreFailed]:
            sent_at_ms = attempt.sent_at_ms or await books.now_ms()
            moved = replace(attempt.moved(state), sent_at_ms=sent_at_ms)
            withdrawal = await paid_by(books, attempt)
            if await books.withdrawals.save_attempt(moved, was=attempt.state):
                await _save(books, withdrawal, withdrawal.moved(WithdrawalState(state.value)))
            return Ok(state)

        return await self.store.run(work)

    async def _read(
        self, withdrawal: Withdrawal, attempt: Attempt, signature: str, finality: Finality
    ) -> Known:
        """A finalized transfer, read whole; above W1 the witness must have it too, the same."""
        landed = await self.chain.landed(signature, at_least_slot=finality.slot)
        if isinstance(landed, Err):
            return landed
        if landed.value is None:
            return Ok(attempt.state)
        return await self._ended(withdrawal, attempt, signature, landed.value)

    async def _ended(self, withdrawal: Withdrawal, attempt: Attempt, signature: str, landed: Landed) -> Known:
        """End it by what landed; from W2 up only if the witness has the same in its history."""
        if withdrawal.tier >= Tier.W2:
            seen = await self.witness.landed(signature, at_least_slot=landed.slot)
            if isinstance(seen, Err):
                return seen
            if seen.value != landed:
                return Err(ChainFailed(f"two providers disagree about {signature}"))
        return await self.store.run(_end(attempt, landed))

    async def _prove(
        self, withdrawal: Withdrawal, attempt: Attempt, signature: str, finality: Finality
    ) -> Known:
        """Expired: past its height, unknown to a fresh status, and in no full history of either provider."""
        landed = await self.chain.landed(signature, at_least_slot=finality.slot)
        if isinstance(landed, Err):
            return landed
        if landed.value is not None:
            return await self._ended(withdrawal, attempt, signature, landed.value)
        seconded = await self._second(attempt, signature)
        if isinstance(seconded, Err):
            return seconded
        return await self._mark(attempt, AttemptState.EXPIRED) if seconded.value else Ok(attempt.state)

    async def _second(self, attempt: Attempt, signature: str) -> Result[bool, ChainFailed]:
        """Whether the witness proves the same, by the same steps in the same order."""
        finality = await self.witness.finality()
        if isinstance(finality, Err):
            return finality
        answer = await self.witness.status(signature)
        if isinstance(answer, Err):
            return answer
        if judge(attempt, finality.value, answer.value) is not Step.PROVE:
            return Ok(False)
        landed = await self.witness.landed(signature, at_least_slot=finality.value.slot)
        return landed if isinstance(landed, Err) else Ok(landed.value is None)


def _end(attempt: Attempt, landed: Landed) -> Callable[[Books], Awaitable[Result[AttemptState, StoreFailed]]]:
    """End a withdrawal by its finalized transfer: spent, or released; and the chain's fee is the house's (M9)."""

    async def work(books: Books) -> Result[AttemptState, StoreFailed]:
        withdrawal = await paid_by(books, attempt)
        state = ending(landed, destination=withdrawal.destination, amount=withdrawal.amount)
        if not await books.withdrawals.save_attempt(attempt.moved(state), was=attempt.state):
            return Ok(state)  # somebody was faster
        now_ms = await books.now_ms()
        ended = withdrawal.moved(WithdrawalState(state.value), now_ms=now_ms, reason=landed.error)
        if landed.fee:
            fee = entries.network_fee(attempt.signature or "", landed.fee)
            ensure(await books.journal.post(fee), "I5", f"the fee of {attempt.signature} is booked once")
        if ended.state.released:
            await release(books, ended, was=withdrawal)
        else:
            await _spend(books, ended, was=withdrawal, signature=attempt.signature or "")
        return Ok(state)

    return work


async def _spend(books: Books, ended: Withdrawal, *, was: Withdrawal, signature: str) -> None:
    await _save(books, was, ended)
    spent = entries.spend(ended.id, ended.user, ended.amount)
    ensure(await books.journal.post(spent), "I15", f"withdrawal {ended.id} has ended before")
    facts = {"amount": str(ended.amount.value), "signature": signature}
    await books.outbox.add(
        [Event(kind=EventKind.WITHDRAWAL_DONE, user=ended.user, ref=ended.id, facts=facts)]
    )


async def _save(books: Books, was: Withdrawal, moved: Withdrawal) -> None:
    ensure(await books.withdrawals.save(moved, was=was.state), "I13", f"withdrawal {was.id} is locked")
