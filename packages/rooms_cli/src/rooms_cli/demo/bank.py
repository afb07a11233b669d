"""The demo's bank: deposits, sweeps and withdrawals by the custody services, over a scripted chain in bad weather."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Final

from rooms_core.domain import entries
from rooms_core.domain.address import Address
from rooms_core.domain.approval import Approver, Registry, Verdict
from rooms_core.domain.deposit import DepositState
from rooms_core.domain.journal import OPERATING
from rooms_core.domain.money import LAMPORTS_PER_SOL, Lamports
from rooms_core.domain.referral import User
from rooms_core.domain.withdrawal import Withdrawal, WithdrawalState
from rooms_core.domain.withdrawal_policy import WithdrawalPolicy
from rooms_core.domain.withdrawal_request import WithdrawalOrder
from rooms_core.ports.books import Books
from rooms_core.ports.ids import IdSource
from rooms_core.ports.rng import Rng
from rooms_core.ports.store import Store, StoreFailed
from rooms_core.proofs.approval import approval_bytes
from rooms_core.result import Err, Ok, Result
from rooms_core.services.approve_withdrawal import ApproveWithdrawal, SignedDecision
from rooms_core.services.credit_deposits import CreditDeposits
from rooms_core.services.open_deposit_address import OpenDepositAddress
from rooms_core.services.reconcile import Reconcile
from rooms_core.services.request_withdrawal import RequestWithdrawal
from rooms_core.services.send_withdrawals import SendWithdrawals
from rooms_core.services.sign_withdrawals import SignWithdrawals
from rooms_core.services.signing_rules import SigningRules
from rooms_core.testing.clock import ManualClock
from rooms_core.testing.scripted_chain import FINAL_AFTER, ScriptedChain, Weather
from rooms_core.testing.scripted_signer import ScriptedSignatures, ScriptedSigner, scripted_signature
from rooms_core.testing.scripted_wire import scripted_address

BAD_WEATHER: Final = Weather(lost=25, late=25, late_slots=80, failing=5, silent=10, lag_slots=10, skipped=5)
OPERATING_FUND: Final = Lamports(2 * LAMPORTS_PER_SOL)
SLOTS_A_ROUND: Final = 10
_ROUNDS_MAX: Final = 2_000
_DEPLOYMENT: Final = "demo"
_ENDED: Final = (WithdrawalState.DONE, WithdrawalState.CANCELLED, WithdrawalState.FAILED_ON_CHAIN)


@dataclass(slots=True)
class Banked:
    """What the bank did, for the report and the checks."""

    deposited: int = 0
    arrivals: int = 0
    withdrawals: list[Withdrawal] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    ended: list[Withdrawal] = field(default_factory=list)
    unwritten: list[str] = field(default_factory=list)
    credited: int = 0
    rounds: int = 0
    surplus: int | None = None


class Bank:
    """Custody over one store. The chain's weather is fair for deposits and bad for withdrawals."""

    def __init__(self, store: Store, *, ids: IdSource, rng: Rng, seed: int) -> None:
        self.chain = ScriptedChain(seed)
        self.banked = Banked()
        self._store = store
        self._random = Random(seed)
        signer = ScriptedSigner(seed)
        self._wallet = signer.wallet
        self._approver = Approver(id="ann", public_key="ann's key", zone="ops-office", valid_from_ms=0)
        registry = Registry((self._approver,))
        policy = WithdrawalPolicy()
        rules = SigningRules(
            check=ScriptedSignatures(), policy=policy, registry=registry, deployment=_DEPLOYMENT
        )
        chain = self.chain
        self._open = OpenDepositAddress(store=store, signer=signer)
        self.credit = CreditDeposits(store=store, chain=chain, accounts=chain, ids=ids, wallet=self._wallet)
        self.reconcile = Reconcile(store=store, chain=chain, accounts=chain, wallet=self._wallet)
        self._request = RequestWithdrawal(
            store=store,
            accounts=chain,
            ids=ids,
            rng=rng,
            wallet=self._wallet,
            policy=policy,
            registry=registry,
        )
        self._approve = ApproveWithdrawal(
            store=store, check=ScriptedSignatures(), policy=policy, registry=registry, deployment=_DEPLOYMENT
        )
        self._sign = SignWithdrawals(store=store, chain=chain, accounts=chain, signer=signer, rules=rules)
        self._send = SendWithdrawals(store=store, chain=chain, witness=chain)

    async def take_deposits(self, cast: Sequence[User]) -> None:
        """Everybody sends 40 to 100 SOL to his address; the operator funds the account that pays network fees."""
        addresses: list[Address] = []
        for user in cast:
            opened = await self._open(user.id)
            if isinstance(opened, Err):
                self.banked.refusals.append(f"no address for {user.id}: {opened.why}")
                continue
            addresses.append(opened.value.address)
            amount = Lamports(self._random.randrange(40, 100) * LAMPORTS_PER_SOL)
            self.chain.arrive({opened.value.address: amount})
            self.chain.advance(1)
            self.banked.deposited += amount.value
            self.banked.arrivals += 1
        self.chain.arrive({self._wallet: OPERATING_FUND})
        self.chain.advance(FINAL_AFTER + 1)

        async def fund(books: Books) -> Result[None, StoreFailed]:
            await books.journal.post(entries.fund(OPERATING, OPERATING_FUND, key="demo"))
            return Ok(None)

        await self._store.run(fund)
        await self.credit()
        await self.credit()  # a second look finds nothing new: each transfer is credited once
        for address in addresses:
            self.chain.sweep(address, self._wallet)
        self.chain.advance(FINAL_AFTER + 1)
        await self.credit(full=True)

    async def request(self, user: User, amount: Lamports) -> None:
        """A user asks for his money, and presses the button twice."""
        order = WithdrawalOrder(
            user=user.id,
            key="evening",
            amount=amount,
            destination=str(scripted_address(f"outside wallet of {user.id}")),
        )
        first = await self._request(order)
        again = await self._request(order)
        if isinstance(first, Err):
            self.banked.refusals.append(type(first.why).__name__)
            return
        if again != first:
            self.banked.refusals.append(f"the same withdrawal was answered twice: {again}")
        self.banked.withdrawals.append(first.value)

    async def approve_all(self) -> None:
        """The approver signs what waits for him."""
        for withdrawal in self.banked.withdrawals:
            if withdrawal.state is not WithdrawalState.AWAITING_APPROVAL:
                continue
            payload = approval_bytes(withdrawal, self._approver, Verdict.APPROVE, deployment=_DEPLOYMENT)
            signature = scripted_signature(public_key=self._approver.public_key, message=payload)
            decided = await self._approve(
                SignedDecision(
                    withdrawal=withdrawal.id,
                    approver=self._approver.id,
                    verdict=Verdict.APPROVE,
                    payload=payload,
                    signature=signature,
                )
            )
            if isinstance(decided, Err):
                self.banked.refusals.append(type(decided.why).__name__)

    async def pay(self, clock: ManualClock) -> None:
        """Check solvency, sign, send and prove, round after round in bad weather, until every withdrawal has ended."""
        self.chain.weather = BAD_WEATHER
        while self.banked.rounds < _ROUNDS_MAX and await self._open_withdrawals():
            self.banked.rounds += 1
            if self.banked.rounds % 20 == 1:
                await self.reconcile()
            await self._sign()
            await self._send()
            self.chain.advance(SLOTS_A_ROUND)
            clock.advance(seconds=2)
        self.chain.weather = Weather()
        self.chain.advance(FINAL_AFTER + 1)
        checked = await self.reconcile()
        if not isinstance(checked, Err):
            self.banked.surplus = checked.value.surplus
        await self._close()

    async def _close(self) -> None:
        """Read back what the books say of it all."""

        async def look(books: Books) -> Result[None, StoreFailed]:
            self.banked.ended = await books.withdrawals.find(list(WithdrawalState))
            for withdrawal in self.banked.ended:
                written = {attempt.signature for attempt in await books.withdrawals.attempts(withdrawal.id)}
                landed = {landing.signature for landing in self.chain.paid(withdrawal.id)}
                self.banked.unwritten += [f"{withdrawal.id}: {each}" for each in sorted(landed - written)]
            credited = await books.deposits.find(DepositState.CREDITED)
            self.banked.credited = sum(deposit.change for deposit in credited)
            return Ok(None)

        await self._store.run(look)

    async def _open_withdrawals(self) -> bool:
        waits = [state for state in WithdrawalState if state not in _ENDED]

        async def look(books: Books) -> Result[bool, StoreFailed]:
            return Ok(bool(await books.withdrawals.find(waits)))

        found = await self._store.run(look)
        return isinstance(found, Err) or found.value
