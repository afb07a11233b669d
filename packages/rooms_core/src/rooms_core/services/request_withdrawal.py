"""Request a withdrawal: the amount is reserved at once, or the person is told why not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from rooms_core.domain import entries
from rooms_core.domain.address import Address, DestinationRefused, check_destination, parse_address
from rooms_core.domain.approval import Registry
from rooms_core.domain.events import Event, EventKind
from rooms_core.domain.ids import UserId, WithdrawalId
from rooms_core.domain.invariants import ensure
from rooms_core.domain.journal import OUTSIDE
from rooms_core.domain.keys import ill_formed
from rooms_core.domain.money import Lamports
from rooms_core.domain.withdrawal import Withdrawal
from rooms_core.domain.withdrawal_policy import DAY_MS, HOUR_MS, Sums, WithdrawalPolicy
from rooms_core.domain.withdrawal_request import (
    KeyUsed,
    NotAWalletAccount,
    Target,
    UserUnknown,
    WithdrawalOrder,
    WithdrawalRefused,
    judge,
)
from rooms_core.ports.accounts import Accounts
from rooms_core.ports.books import Books
from rooms_core.ports.chain import ChainFailed
from rooms_core.ports.ids import IdSource
from rooms_core.ports.rng import Rng
from rooms_core.ports.store import Store, StoreFailed
from rooms_core.proofs.approval import policy_hash
from rooms_core.result import Err, Ok, Result

SYSTEM_PROGRAM: Final = Address("11111111111111111111111111111111")
"""Owns every wallet's account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestWithdrawal:
    """Reserve an amount for a withdrawal to an address outside; `wallet` is the platform's own, which will pay it."""

    store: Store
    accounts: Accounts
    ids: IdSource
    rng: Rng
    wallet: Address
    policy: WithdrawalPolicy
    registry: Registry

    async def __call__(
        self, order: WithdrawalOrder
    ) -> Result[Withdrawal, WithdrawalRefused | ChainFailed | StoreFailed]:
        """The withdrawal, APPROVED (automatic) or AWAITING_APPROVAL. The same key again answers the first one.

        A refusal or a failure reserves nothing. The chain is asked before the unit of work that reserves begins.
        """
        unusable = ill_formed(order.key)
        if unusable is not None:
            return Err(unusable)
        known = await self.store.run(self._first(order))
        if isinstance(known, Err):
            return known
        if isinstance(known.value, Withdrawal):
            return Ok(known.value)
        destination = known.value
        reading = await self.accounts.read([destination], finalized=True)
        if isinstance(reading, Err):
            return reading
        account = reading.value.accounts[destination]
        if account is not None and account.owner != SYSTEM_PROGRAM:
            return Err(NotAWalletAccount(destination, account.owner))
        nonce = (self.rng.salt() + self.rng.salt()).hex()

        async def work(books: Books) -> Result[Withdrawal, WithdrawalRefused]:
            # The outside world first, as whoever credits a deposit locks it before a wallet; one request after the
            # other counts the house's sums.
            outside = await books.journal.balance(OUTSIDE)
            wallet = (await books.journal.wallets([order.user])).get(order.user)
            if wallet is None:
                return Err(UserUnknown(order.user))
            earlier = await _earlier(books, order)
            if earlier is not None:
                return earlier
            target = Target(
                source=self.wallet,
                destination=destination,
                fresh=account is None,
                known=await books.withdrawals.has_paid(order.user, destination),
            )
            now_ms = await books.now_ms()
            judged = judge(
                order,
                target,
                wallet,
                await _sums(books, order.user, now_ms, outside=outside),
                self.policy,
                withdrawal_id=WithdrawalId(self.ids.next_id()),
                policy_hash=policy_hash(self.policy, self.registry),
                nonce=nonce,
                now_ms=now_ms,
            )
            if isinstance(judged, Ok):
                await _reserve(books, judged.value)
            return judged

        return await self.store.run(work)

    def _first(
        self, order: WithdrawalOrder
    ) -> Callable[[Books], Awaitable[Result[Withdrawal | Address, WithdrawalRefused]]]:
        """The withdrawal this key made before, or the checked destination of a new one."""

        async def work(books: Books) -> Result[Withdrawal | Address, KeyUsed | DestinationRefused]:
            earlier = await _earlier(books, order)
            if earlier is not None:
                return earlier
            match parse_address(order.destination):
                case Err() as refused:
                    return refused
                case Ok(address):
                    ours = address == self.wallet or await books.deposits.lock(address) is not None
                    return check_destination(address, ours=ours)

        return work


async def _earlier(books: Books, order: WithdrawalOrder) -> Result[Withdrawal, KeyUsed] | None:
    """What the order's key stands for already, or None."""
    found = await books.withdrawals.by_key(order.user, order.key)
    if found is None:
        return None
    same = (found.amount, found.destination) == (order.amount, order.destination)
    return Ok(found) if same else Err(KeyUsed(found.id))


async def _sums(books: Books, user: UserId, now_ms: int, *, outside: int) -> Sums:
    """What was asked for and deposited lately; `outside` is the outside world's balance, which is locked."""
    day, hour = now_ms - DAY_MS, now_ms - HOUR_MS
    return Sums(
        user_asked=await books.withdrawals.asked_since(day, user=user),
        house_asked=await books.withdrawals.asked_since(day),
        user_deposited=await books.deposits.credited_since(user, day),
        house_outflow=await books.withdrawals.outflow_since(hour),
        assets=Lamports(max(0, -outside)),
    )


async def _reserve(books: Books, withdrawal: Withdrawal) -> None:
    ensure(
        await books.withdrawals.add(withdrawal), "I5", f"{withdrawal.user} has used {withdrawal.key} before"
    )
    entry = entries.reserve(withdrawal.id, withdrawal.user, withdrawal.amount)
    ensure(await books.journal.post(entry), "I15", f"withdrawal {withdrawal.id} is reserved once")
    facts = {
        "amount": str(withdrawal.amount.value),
        "destination": withdrawal.destination,
        "state": withdrawal.state.value,
        "not_before_ms": str(withdrawal.not_before_ms),
    }
    await books.outbox.add(
        [Event(kind=EventKind.WITHDRAWAL_REQUESTED, user=withdrawal.user, ref=withdrawal.id, facts=facts)]
    )
