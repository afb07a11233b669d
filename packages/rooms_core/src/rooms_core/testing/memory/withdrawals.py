"""Withdrawals in memory, with their decisions and attempts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from rooms_core.domain.address import Address
from rooms_core.domain.approval import Decision
from rooms_core.domain.attempt import Attempt, AttemptState
from rooms_core.domain.ids import UserId, WithdrawalId
from rooms_core.domain.money import Lamports, total
from rooms_core.domain.withdrawal import Tier, Withdrawal, WithdrawalState
from rooms_core.testing.memory.tables import Tables


class MemoryWithdrawals:
    """Implements `ports.custody_books.Withdrawals`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def add(self, withdrawal: Withdrawal) -> bool:
        """Record a withdrawal; False if its user has one with its key."""
        key = (withdrawal.user, withdrawal.key)
        if key in self._tables.withdrawal_ids:
            return False
        self._tables.withdrawal_ids.put(key, withdrawal.id)
        self._tables.withdrawals.put(withdrawal.id, withdrawal)
        return True

    async def by_key(self, user: UserId, key: str) -> Withdrawal | None:
        """The withdrawal of this user and key, or None."""
        known = self._tables.withdrawal_ids.get((user, key))
        return None if known is None else self._tables.withdrawals[known]

    async def lock(self, withdrawal: WithdrawalId) -> Withdrawal | None:
        """A withdrawal, or None."""
        return self._tables.withdrawals.get(withdrawal)

    async def save(self, withdrawal: Withdrawal, *, was: WithdrawalState) -> bool:
        """Compare-and-set."""
        stored = self._tables.withdrawals.get(withdrawal.id)
        if stored is None or stored.state is not was:
            return False
        moved = replace(
            stored,
            state=withdrawal.state,
            not_before_ms=withdrawal.not_before_ms,
            reason=withdrawal.reason,
            ended_at_ms=withdrawal.ended_at_ms,
        )
        self._tables.withdrawals.put(withdrawal.id, moved)
        return True

    async def find(self, states: Collection[WithdrawalState]) -> list[Withdrawal]:
        """The withdrawals in these states, by id."""
        return [each for _, each in sorted(self._tables.withdrawals.items()) if each.state in states]

    async def asked_since(self, since_ms: int, *, user: UserId | None = None) -> Lamports:
        """What was requested since then and not released."""
        return total(each.amount for each in self._owed(since_ms) if user in (None, each.user))

    async def outflow_since(self, since_ms: int) -> Lamports:
        """What left automatically since then, beyond the users' own deposits."""
        return total(each.outflow for each in self._owed(since_ms) if each.tier is Tier.W0)

    async def has_paid(self, user: UserId, destination: Address) -> bool:
        """Whether this destination was paid before."""
        return any(
            each.user == user and each.destination == destination and each.state is WithdrawalState.DONE
            for each in self._tables.withdrawals.values()
        )

    async def add_decision(self, decision: Decision) -> bool:
        """Record a decision; False if its approver has decided."""
        key = (decision.withdrawal, decision.approver)
        if key in self._tables.decisions:
            return False
        self._tables.decisions.put(key, decision)
        return True

    async def decisions(self, withdrawal: WithdrawalId) -> list[Decision]:
        """The decisions on a withdrawal, by approver."""
        return [each for key, each in sorted(self._tables.decisions.items()) if key[0] == withdrawal]

    async def add_attempt(self, attempt: Attempt) -> bool:
        """Record an attempt; False if its number is taken or another one is live."""
        key = (attempt.withdrawal, attempt.number)
        if key in self._tables.attempts or self._live_beside(attempt):
            return False
        self._tables.attempts.put(key, attempt)
        return True

    async def save_attempt(self, attempt: Attempt, *, was: AttemptState) -> bool:
        """Compare-and-set."""
        key = (attempt.withdrawal, attempt.number)
        stored = self._tables.attempts.get(key)
        if stored is None or stored.state is not was or (attempt.state.live and self._live_beside(attempt)):
            return False
        moved = replace(
            stored,
            state=attempt.state,
            signature=attempt.signature,
            wire=attempt.wire,
            sent_at_ms=attempt.sent_at_ms,
        )
        self._tables.attempts.put(key, moved)
        return True

    async def attempts(self, withdrawal: WithdrawalId) -> list[Attempt]:
        """The attempts of a withdrawal, by number."""
        return [each for key, each in sorted(self._tables.attempts.items()) if key[0] == withdrawal]

    async def live_attempts(self) -> list[Attempt]:
        """All live attempts, by withdrawal."""
        return [each for _, each in sorted(self._tables.attempts.items()) if each.state.live]

    def _owed(self, since_ms: int) -> list[Withdrawal]:
        withdrawals = self._tables.withdrawals.values()
        return [each for each in withdrawals if each.requested_at_ms >= since_ms and not each.state.released]

    def _live_beside(self, attempt: Attempt) -> bool:
        """Whether another attempt of its withdrawal may still pay."""
        return any(
            each.state.live and each.number != attempt.number
            for key, each in self._tables.attempts.items()
            if key[0] == attempt.withdrawal
        )
