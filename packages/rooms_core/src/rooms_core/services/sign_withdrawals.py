"""Sign withdrawals: from what was agreed on to signed bytes in the books, and no further.

The intent is stored before the signer is asked, the signed bytes before anybody could send them (I14): a crash leaves
at worst a signed transfer that was never sent. At most one attempt of a withdrawal is live, and a new one begins only
after the proof that the last one cannot land (`send_withdrawals`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from rooms_core.domain.attempt import Attempt, AttemptState, never_signed
from rooms_core.domain.ids import WithdrawalId
from rooms_core.domain.invariants import InvariantBroken, ensure
from rooms_core.domain.money import ZERO
from rooms_core.domain.withdrawal import Withdrawal, WithdrawalState
from rooms_core.ports.accounts import Accounts
from rooms_core.ports.books import Books
from rooms_core.ports.chain import Blockhash, Chain, ChainFailed
from rooms_core.ports.signer import SignedTransfer, Signer, SignerFailed, TransferOrder
from rooms_core.ports.store import Store, StoreFailed
from rooms_core.result import Err, Ok, Result
from rooms_core.services.releasing import paid_by
from rooms_core.services.signing_rules import Broken, Next, Prepared, Ready, SigningRules, Waiting


@dataclass(frozen=True, slots=True)
class SigningReport:
    """What one round did, by withdrawal."""

    signed: tuple[WithdrawalId, ...]
    cancelled: tuple[WithdrawalId, ...]
    waiting: tuple[Waiting, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignWithdrawals:
    """Sign what is APPROVED, or EXPIRED with proof; cancel what no longer counts."""

    store: Store
    chain: Chain
    accounts: Accounts
    signer: Signer
    rules: SigningRules

    async def __call__(self) -> Result[SigningReport, StoreFailed]:
        """One round over all withdrawals that wait for a signature or for approvals."""
        waits = [WithdrawalState.AWAITING_APPROVAL, WithdrawalState.APPROVED, WithdrawalState.EXPIRED]

        async def due(books: Books) -> Result[list[Withdrawal], StoreFailed]:
            return Ok(await books.withdrawals.find(waits))

        found = await self.store.run(due)
        if isinstance(found, Err):
            return found
        signed, cancelled, waiting = [], [], []
        for withdrawal in found.value:
            try:
                done = await self._one(withdrawal.id)
            except InvariantBroken as broken:
                done = Waiting(withdrawal.id, Broken(str(broken)))
            if isinstance(done, Waiting):
                waiting.append(done)
            elif done is WithdrawalState.SIGNED:
                signed.append(withdrawal.id)
            elif done is WithdrawalState.CANCELLED:
                cancelled.append(withdrawal.id)
        return Ok(SigningReport(tuple(signed), tuple(cancelled), tuple(waiting)))

    async def _one(self, name: WithdrawalId) -> WithdrawalState | Waiting | None:
        async def look(books: Books) -> Result[Next, StoreFailed]:
            return Ok(await self.rules.next_step(books, name))

        looked = await self.store.run(look)
        if isinstance(looked, Err):
            return Waiting(name, looked.why)
        step = looked.value
        if isinstance(step, Ready):
            prepared = await self._prepare(step.withdrawal)
            if isinstance(prepared, Err):
                return Waiting(name, prepared.why)
            return await self._finish(prepared.value)
        return await self._finish(step)

    async def _finish(self, step: Prepared) -> WithdrawalState | Waiting | None:
        match step:
            case (Withdrawal() as withdrawal, Attempt() as attempt):
                return await self._sign(withdrawal, attempt)
            case Withdrawal():
                return step.state
            case _:
                return step

    async def _prepare(self, withdrawal: Withdrawal) -> Result[Prepared, ChainFailed | StoreFailed]:
        """Store the exact request for one transfer, if all rules still hold when it is written."""
        blockhash = await self.chain.blockhash()
        if isinstance(blockhash, Err):
            return blockhash
        wallet = await self.accounts.read([self.signer.wallet], finalized=True)
        if isinstance(wallet, Err):
            return wallet
        account = wallet.value.accounts[self.signer.wallet]
        held = account.lamports if account else ZERO
        fresh = blockhash.value
        request = self.signer.request(self._order(withdrawal, fresh.hash))

        async def work(books: Books) -> Result[Prepared, StoreFailed]:
            step = await self.rules.next_step(books, withdrawal.id)
            if not isinstance(step, Ready):
                return Ok(step)
            short = await self.rules.short(books, step.withdrawal, held)
            if short is not None:
                return Ok(Waiting(withdrawal.id, short))
            attempt = self._attempt(step, fresh, request, await books.now_ms())
            ensure(
                await books.withdrawals.add_attempt(attempt), "I13", f"{withdrawal.id} has one live attempt"
            )
            return Ok((step.withdrawal, attempt))

        return await self.store.run(work)

    def _order(self, withdrawal: Withdrawal, blockhash: str) -> TransferOrder:
        ensure(withdrawal.source == self.signer.wallet, "I13", f"{withdrawal.source} is not our wallet")
        return TransferOrder(
            memo=withdrawal.id,
            source=withdrawal.source,
            destination=withdrawal.destination,
            amount=withdrawal.amount,
            blockhash=blockhash,
            fee_max=self.rules.policy.fee_max,
        )

    def _attempt(self, ready: Ready, blockhash: Blockhash, request: str, now_ms: int) -> Attempt:
        return Attempt(
            withdrawal=ready.withdrawal.id,
            number=ready.number,
            request=request,
            approvals=ready.approvals,
            blockhash=blockhash.hash,
            last_valid_height=blockhash.last_valid_height,
            observed_slot=blockhash.slot,
            fee_max=self.rules.policy.fee_max,
            made_at_ms=now_ms,
        )

    async def _sign(self, withdrawal: Withdrawal, attempt: Attempt) -> WithdrawalState | Waiting | None:
        """Have a stored request signed, and store the bytes; an answer that comes too late finds the attempt closed."""
        order = self._order(withdrawal, attempt.blockhash)
        fenced = (
            await self.store.fence()
        )  # the request may only have been read, and a fail-over could take it back
        if isinstance(fenced, Err):
            return Waiting(withdrawal.id, fenced.why)
        signed = await self.signer.sign(attempt.request, order)
        if isinstance(signed, Err):
            return await self._give_up(attempt, signed.why)
        stored = await self.store.run(_store(attempt, signed.value))
        return Waiting(withdrawal.id, stored.why) if isinstance(stored, Err) else stored.value

    async def _give_up(self, attempt: Attempt, why: SignerFailed) -> Waiting:
        """Close an attempt that was never signed once its blockhash is too old to be used."""
        finality = await self.chain.finality()
        if isinstance(finality, Ok) and never_signed(attempt, finality.value):

            async def work(books: Books) -> Result[bool, StoreFailed]:
                await paid_by(books, attempt)
                dead = attempt.moved(AttemptState.EXPIRED)
                return Ok(await books.withdrawals.save_attempt(dead, was=AttemptState.PREPARED))

            closed = await self.store.run(work)
            if isinstance(closed, Err):
                return Waiting(attempt.withdrawal, closed.why)
        return Waiting(attempt.withdrawal, why)


def _store(
    attempt: Attempt, signed: SignedTransfer
) -> Callable[[Books], Awaitable[Result[WithdrawalState | None, StoreFailed]]]:
    async def work(books: Books) -> Result[WithdrawalState | None, StoreFailed]:
        withdrawal = await paid_by(books, attempt)
        with_bytes = attempt.signed(signature=signed.signature, wire=signed.wire)
        if not await books.withdrawals.save_attempt(with_bytes, was=AttemptState.PREPARED):
            return Ok(None)  # cancelled, given up, or signed by somebody else meanwhile
        moved = withdrawal.moved(WithdrawalState.SIGNED)
        ensure(await books.withdrawals.save(moved, was=withdrawal.state), "I13", f"{moved.id} is locked")
        return Ok(moved.state)

    return work
