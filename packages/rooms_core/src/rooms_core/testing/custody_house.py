"""A house with custody: its services over a store (in memory unless told), the scripted chain and the scripted signer.

Clock and chain move together, one slot in 400 ms. The policy waits for no new address unless told to.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from rooms_core.domain import entries
from rooms_core.domain.address import Address
from rooms_core.domain.approval import Approver, Registry, Verdict
from rooms_core.domain.ids import UserId, WithdrawalId
from rooms_core.domain.journal import OPERATING, Account
from rooms_core.domain.money import Lamports
from rooms_core.domain.withdrawal import Withdrawal
from rooms_core.domain.withdrawal_policy import WithdrawalPolicy
from rooms_core.domain.withdrawal_request import WithdrawalOrder
from rooms_core.ports.books import Books
from rooms_core.ports.store import Store, StoreFailed
from rooms_core.result import Ok, Result
from rooms_core.services.approve_withdrawal import ApproveWithdrawal, SignedDecision
from rooms_core.services.cancel_withdrawal import CancelWithdrawal
from rooms_core.services.credit_deposits import CreditDeposits
from rooms_core.services.open_deposit_address import OpenDepositAddress
from rooms_core.services.reconcile import Reconcile
from rooms_core.services.request_withdrawal import RequestWithdrawal
from rooms_core.services.send_withdrawals import SendWithdrawals
from rooms_core.services.sign_withdrawals import SignWithdrawals
from rooms_core.services.signing_rules import SigningRules
from rooms_core.testing.builders import a_user
from rooms_core.testing.clock import ManualClock
from rooms_core.testing.ids import CountingIds
from rooms_core.testing.memory_store import MemoryStore
from rooms_core.testing.rng import SeededRng
from rooms_core.testing.scripted_chain import FAIR, FINAL_AFTER, ScriptedChain, Weather
from rooms_core.testing.scripted_signer import ScriptedSignatures, ScriptedSigner, scripted_signature
from rooms_core.testing.scripted_wire import scripted_address

T = TypeVar("T")

SLOT_MS: Final = 400
DEPLOYMENT: Final = "scripted"
APPROVERS: Final = tuple(
    Approver(id=name, zone=zone, public_key=f"key of {name}")
    for name, zone in (("ann", "office"), ("bob", "remote"), ("cem", "custodian"))
)
REGISTRY: Final = Registry(APPROVERS)
POLICY: Final = WithdrawalPolicy(new_address_wait_ms=0)


class CustodyHouse:
    """Everything custody needs, wired; `memory` is the store unless another one is given.

    Services hold no state, so a crash loses nothing but what was under way.
    """

    def __init__(
        self,
        seed: int = 0,
        *,
        weather: Weather = FAIR,
        policy: WithdrawalPolicy = POLICY,
        registry: Registry = REGISTRY,
        clock: ManualClock | None = None,
        store: Store | None = None,
    ) -> None:
        self.clock = clock or ManualClock()
        self.memory = MemoryStore(self.clock)
        self.store = store or self.memory
        self.chain = ScriptedChain(seed, weather=weather)
        self.signer = ScriptedSigner(seed, points=self.chain.points)
        self.ids = CountingIds(1_000)
        self.rng = SeededRng(seed)
        self.judge_by(policy, registry)
        self.deposit_address = OpenDepositAddress(store=self.store, signer=self.signer)
        self.credit = CreditDeposits(
            store=self.store,
            chain=self.chain,
            accounts=self.chain,
            ids=self.ids,
            wallet=self.signer.wallet,
        )
        self.cancel = CancelWithdrawal(store=self.store)
        self.send = SendWithdrawals(store=self.store, chain=self.chain, witness=self.chain)
        self.reconcile = Reconcile(
            store=self.store, chain=self.chain, accounts=self.chain, wallet=self.signer.wallet
        )

    def judge_by(self, policy: WithdrawalPolicy, registry: Registry = REGISTRY) -> None:
        """Go on under another policy or registry."""
        self.policy, self.registry = policy, registry
        signatures = ScriptedSignatures()
        rules = SigningRules(check=signatures, policy=policy, registry=registry, deployment=DEPLOYMENT)
        self.request = RequestWithdrawal(
            store=self.store,
            accounts=self.chain,
            ids=self.ids,
            rng=self.rng,
            wallet=self.signer.wallet,
            policy=policy,
            registry=registry,
        )
        self.approve = ApproveWithdrawal(
            store=self.store,
            check=signatures,
            policy=policy,
            registry=registry,
            deployment=DEPLOYMENT,
        )
        self.sign = SignWithdrawals(
            store=self.store, chain=self.chain, accounts=self.chain, signer=self.signer, rules=rules
        )

    async def do(self, work: Callable[[Books], Awaitable[T]]) -> T:
        """Run `work` as one unit of work. Raises RuntimeError where the store fails."""

        async def whole(books: Books) -> Result[T, StoreFailed]:
            return Ok(await work(books))

        return value(await self.store.run(whole))

    def wait(self, *, slots: int = 0, hours: int = 0) -> None:
        """Let time pass, on the chain and on the clock."""
        slots += hours * 3_600_000 // SLOT_MS
        self.chain.advance(slots)
        self.clock.advance(slots * SLOT_MS)

    async def fund(self, amount: Lamports) -> None:
        """The operator brings his own money: into the wallet, and into the operating account."""
        key = self.chain.arrive({self.signer.wallet: amount})

        async def work(books: Books) -> None:
            await books.journal.post(entries.fund(OPERATING, amount, key=key))

        await self.do(work)

    async def join(self, *users: int) -> dict[UserId, Address]:
        """Let people join, each with his deposit address."""
        addresses = {}
        for user in map(UserId, users):

            async def work(books: Books, who: UserId = user) -> None:
                await books.users.add(a_user(who))

            await self.do(work)
            addresses[user] = value(await self.deposit_address(user)).address
        return addresses

    async def deposit(self, amounts: dict[int, Lamports]) -> None:
        """Money comes for people from outside, each in a transfer of his own, and is credited once it is final."""
        for user, amount in amounts.items():
            (address,) = (await self.join(user)).values()
            self.chain.arrive({address: amount})
        self.wait(slots=FINAL_AFTER + 1)
        value(await self.credit())

    async def sweep(self, user: int) -> None:
        """Bring a deposit address's money into the wallet; the chain's fee is the house's."""
        address = value(await self.deposit_address(UserId(user))).address
        signature = self.chain.sweep(address, self.signer.wallet)
        fee = self.chain.landings[-1].fee

        async def work(books: Books) -> None:
            await books.journal.post(entries.network_fee(signature, fee))

        await self.do(work)

    async def ask(
        self, user: int, amount: Lamports, *, key: str = "k", to: Address | None = None
    ) -> Withdrawal:
        """A withdrawal that nobody refuses."""
        order = WithdrawalOrder(
            user=UserId(user), key=key, amount=amount, destination=to or scripted_address(f"wallet of {user}")
        )
        return value(await self.request(order))

    async def decide(
        self, withdrawal: WithdrawalId, approver: str, verdict: Verdict = Verdict.APPROVE
    ) -> Withdrawal:
        """An approver signs what he is shown, and hands it in."""
        return value(await self.approve(await self.decision(withdrawal, approver, verdict)))

    async def decision(
        self, withdrawal: WithdrawalId, approver: str, verdict: Verdict = Verdict.APPROVE
    ) -> SignedDecision:
        """What an approver who has signed it hands in."""
        payload = value(await self.approve.to_sign(withdrawal, approver, verdict))
        return SignedDecision(
            withdrawal=withdrawal,
            approver=approver,
            verdict=verdict,
            payload=payload,
            signature=scripted_signature(public_key=f"key of {approver}", message=payload),
        )

    async def round(self, *, slots: int = 5) -> None:
        """One turn of custody's loops; `slots` pass before it."""
        self.wait(slots=slots)
        await self.credit()
        await self.reconcile()
        await self.sign()
        await self.send()

    async def balance(self, account: Account) -> int:
        """A balance in lamports, signed."""

        async def work(books: Books) -> int:
            return await books.journal.balance(account)

        return await self.do(work)

    async def find(self, withdrawal: WithdrawalId) -> Withdrawal:
        """A withdrawal as it stands. Raises KeyError for an unknown one."""

        async def work(books: Books) -> Withdrawal:
            found = await books.withdrawals.lock(withdrawal)
            if found is None:
                raise KeyError(withdrawal)
            return found

        return await self.do(work)


def value(answer: Result[T, object]) -> T:
    """What an `Ok` holds. Raises RuntimeError for an `Err`, naming why."""
    if isinstance(answer, Ok):
        return answer.value
    raise RuntimeError(f"refused or failed: {answer.why}")
