"""The books of custody inside one unit of work: deposits, withdrawals and the reports of solvency.

Rows are plain values of the domain. Rows that move are written by compare-and-set: what was read is told again.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from rooms_core.domain.address import Address
from rooms_core.domain.approval import Decision
from rooms_core.domain.attempt import Attempt, AttemptState
from rooms_core.domain.deposit import Deposit, DepositAddress, DepositState
from rooms_core.domain.ids import UserId, WithdrawalId
from rooms_core.domain.money import Lamports
from rooms_core.domain.solvency import SolvencyReport
from rooms_core.domain.withdrawal import Withdrawal, WithdrawalState


class Deposits(Protocol):
    """The deposit addresses, one for each user, and what moved on them."""

    async def add_address(self, row: DepositAddress) -> bool:
        """Record a user's deposit address; False if he has one, or the address is another's."""
        ...

    async def address_of(self, user: UserId) -> DepositAddress | None:
        """The deposit address of a user, or None."""
        ...

    async def lock(self, address: Address) -> DepositAddress | None:
        """Lock a deposit address and read it; None if it is none of ours."""
        ...

    async def addresses(self, *, after: Address | None, limit: int) -> list[DepositAddress]:
        """Deposit addresses in the order of their text, those after `after`, without locks."""
        ...

    async def move(self, row: DepositAddress) -> None:
        """Write the cursor and the balance of a locked deposit address."""
        ...

    async def add(self, deposit: Deposit) -> bool:
        """Record what one transfer changed; False, and nothing done, if its (signature, address) is known (I16)."""
        ...

    async def save(self, deposit: Deposit, *, was: DepositState) -> bool:
        """Compare-and-set: write state, change, slot and credited_at_ms if the stored state is still `was`."""
        ...

    async def find(self, state: DepositState, *, address: Address | None = None) -> list[Deposit]:
        """The deposits in one state, of one address or of all, by id."""
        ...

    async def credited_since(self, user: UserId, since_ms: int) -> Lamports:
        """The sum of a user's deposits that are CREDITED, with `credited_at_ms` at or after `since_ms`."""
        ...

    async def moved(self, addresses: Collection[Address]) -> dict[Address, int]:
        """The signed sum of all recorded changes of each of these addresses; 0 where none is recorded."""
        ...


class Withdrawals(Protocol):
    """The withdrawals with their decisions (append-only) and attempts."""

    async def add(self, withdrawal: Withdrawal) -> bool:
        """Record a withdrawal; False, and nothing done, if its user has one with its key (I5)."""
        ...

    async def by_key(self, user: UserId, key: str) -> Withdrawal | None:
        """The withdrawal a user asked for under this key, or None."""
        ...

    async def lock(self, withdrawal: WithdrawalId) -> Withdrawal | None:
        """Lock a withdrawal and read it, or None."""
        ...

    async def save(self, withdrawal: Withdrawal, *, was: WithdrawalState) -> bool:
        """Compare-and-set: write state, not_before_ms, reason and ended_at_ms if the stored state is still `was`."""
        ...

    async def find(self, states: Collection[WithdrawalState]) -> list[Withdrawal]:
        """The withdrawals in these states, by id, without locks."""
        ...

    async def asked_since(self, since_ms: int, *, user: UserId | None = None) -> Lamports:
        """The sum of the amounts requested at or after `since_ms` and not released, of one user or of all.

        Released: CANCELLED and FAILED_ON_CHAIN.
        """
        ...

    async def outflow_since(self, since_ms: int) -> Lamports:
        """The sum of `outflow` of the tier W0 withdrawals requested at or after `since_ms` and not released."""
        ...

    async def has_paid(self, user: UserId, destination: Address) -> bool:
        """Whether a withdrawal of this user to this destination is DONE."""
        ...

    async def add_decision(self, decision: Decision) -> bool:
        """Record an approver's decision; False, and nothing done, if he has decided on this withdrawal."""
        ...

    async def decisions(self, withdrawal: WithdrawalId) -> list[Decision]:
        """The decisions on a withdrawal, by approver."""
        ...

    async def add_attempt(self, attempt: Attempt) -> bool:
        """Record an attempt; False, and nothing done, if one of its withdrawal is live or its number is taken."""
        ...

    async def save_attempt(self, attempt: Attempt, *, was: AttemptState) -> bool:
        """Compare-and-set: write state, signature, wire and sent_at_ms if the stored state is still `was`.

        False too if it would become live beside another one.
        """
        ...

    async def attempts(self, withdrawal: WithdrawalId) -> list[Attempt]:
        """The attempts of a withdrawal, by number."""
        ...

    async def live_attempts(self) -> list[Attempt]:
        """All live attempts (`AttemptState.live`), by withdrawal."""
        ...


class Solvency(Protocol):
    """The reports of the solvency check, append-only."""

    async def add(self, report: SolvencyReport) -> None:
        """Keep a report."""
        ...

    async def last(self) -> SolvencyReport | None:
        """The newest report by `at_ms`, or None."""
        ...
