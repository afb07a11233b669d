"""The withdrawals in SQL, with their decisions and attempts."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import attrs
from sqlalchemy import ColumnElement, Select, select, update

from rooms_core.domain.address import Address
from rooms_core.domain.approval import Decision
from rooms_core.domain.attempt import Attempt, AttemptState
from rooms_core.domain.ids import UserId, WithdrawalId
from rooms_core.domain.money import Lamports
from rooms_core.domain.withdrawal import Tier, Withdrawal, WithdrawalState
from rooms_store.codes import ATTEMPT_STATES, WITHDRAWAL_STATES
from rooms_store.custody_rows import (
    attempt_of,
    attempt_values,
    decision_of,
    decision_values,
    withdrawal_of,
    withdrawal_values,
)
from rooms_store.dialect import insert_new, locked, wide, wide_sum
from rooms_store.side_tables import IS_LIVE
from rooms_store.side_tables import attempt as attempts
from rooms_store.side_tables import decision as decisions
from rooms_store.side_tables import withdrawal as withdrawals
from rooms_store.work import Work

_RELEASED = WITHDRAWAL_STATES.numbers((WithdrawalState.CANCELLED, WithdrawalState.FAILED_ON_CHAIN))
_MOVING = ("state", "not_before_ms", "reason", "ended_at_ms")
_ATTEMPT_MOVING = ("state", "signature", "wire", "sent_at_ms")


@attrs.frozen
class SqlWithdrawals:
    """Implements `ports.custody_books.Withdrawals`."""

    _work: Work

    async def add(self, withdrawal: Withdrawal) -> bool:
        """Record a withdrawal; False if its user has one with its key."""
        return await self._work.write(insert_new(withdrawals).values(withdrawal_values(withdrawal))) == 1

    async def by_key(self, user: UserId, key: str) -> Withdrawal | None:
        """The withdrawal a user asked for under this key, or None."""
        return await self._one(
            select(withdrawals).where(withdrawals.c.user_id == user, withdrawals.c.key == key)
        )

    async def lock(self, withdrawal: WithdrawalId) -> Withdrawal | None:
        """Lock a withdrawal and read it, or None."""
        return await self._one(locked(select(withdrawals).where(withdrawals.c.id == withdrawal)))

    async def save(self, withdrawal: Withdrawal, *, was: WithdrawalState) -> bool:
        """Compare-and-set on the state."""
        statement = update(withdrawals).where(
            withdrawals.c.id == withdrawal.id, withdrawals.c.state == WITHDRAWAL_STATES.number(was)
        )
        values = withdrawal_values(withdrawal)
        return await self._work.write(statement.values({name: values[name] for name in _MOVING})) == 1

    async def find(self, states: Collection[WithdrawalState]) -> list[Withdrawal]:
        """The withdrawals in these states, by id."""
        statement = select(withdrawals).where(withdrawals.c.state.in_(WITHDRAWAL_STATES.numbers(states)))
        rows = await self._work.rows(statement.order_by(withdrawals.c.id))
        return [withdrawal_of(row) for row in rows]

    async def asked_since(self, since_ms: int, *, user: UserId | None = None) -> Lamports:
        """The sum of the amounts requested since and not released."""
        wanted = [withdrawals.c.requested_at_ms >= since_ms, withdrawals.c.state.not_in(_RELEASED)]
        if user is not None:
            wanted.append(withdrawals.c.user_id == user)
        return await self._sum(withdrawals.c.amount, wanted)

    async def outflow_since(self, since_ms: int) -> Lamports:
        """The sum of `outflow` of the automatic withdrawals requested since and not released."""
        wanted = [withdrawals.c.requested_at_ms >= since_ms, withdrawals.c.state.not_in(_RELEASED)]
        return await self._sum(withdrawals.c.outflow, [*wanted, withdrawals.c.tier == Tier.W0.value])

    async def has_paid(self, user: UserId, destination: Address) -> bool:
        """Whether a withdrawal of this user to this destination is DONE."""
        statement = select(withdrawals.c.id).where(
            withdrawals.c.user_id == user,
            withdrawals.c.destination == destination,
            withdrawals.c.state == WITHDRAWAL_STATES.number(WithdrawalState.DONE),
        )
        return await self._work.first(statement.limit(1)) is not None

    async def add_decision(self, decision: Decision) -> bool:
        """Record an approver's decision; False if he has decided on this withdrawal."""
        return await self._work.write(insert_new(decisions).values(decision_values(decision))) == 1

    async def decisions(self, withdrawal: WithdrawalId) -> list[Decision]:
        """The decisions on a withdrawal, by approver."""
        statement = select(decisions).where(decisions.c.withdrawal_id == withdrawal)
        rows = await self._work.rows(statement.order_by(decisions.c.approver))
        return [decision_of(row) for row in rows]

    async def add_attempt(self, attempt: Attempt) -> bool:
        """Record an attempt; the tables refuse a second live one and a number that is taken."""
        return await self._work.write(insert_new(attempts).values(attempt_values(attempt))) == 1

    async def save_attempt(self, attempt: Attempt, *, was: AttemptState) -> bool:
        """Compare-and-set on the state; False too if it would become live beside another one.

        Of one without signed bytes nothing but the state moves: whoever may only cancel may write no other column.
        """
        if attempt.state.live and await self._lives_beside(attempt):
            return False
        statement = update(attempts).where(
            attempts.c.withdrawal_id == attempt.withdrawal,
            attempts.c.number == attempt.number,
            attempts.c.state == ATTEMPT_STATES.number(was),
        )
        values = attempt_values(attempt)
        moving = ("state",) if attempt.signature is None else _ATTEMPT_MOVING
        return await self._work.write(statement.values({name: values[name] for name in moving})) == 1

    async def attempts(self, withdrawal: WithdrawalId) -> list[Attempt]:
        """The attempts of a withdrawal, by number."""
        statement = select(attempts).where(attempts.c.withdrawal_id == withdrawal)
        return [attempt_of(row) for row in await self._work.rows(statement.order_by(attempts.c.number))]

    async def live_attempts(self) -> list[Attempt]:
        """All live attempts, by withdrawal."""
        statement = select(attempts).where(IS_LIVE).order_by(attempts.c.withdrawal_id)
        return [attempt_of(row) for row in await self._work.rows(statement)]

    async def _one(self, statement: Select[Any]) -> Withdrawal | None:
        row = await self._work.first(statement)
        return None if row is None else withdrawal_of(row)

    async def _sum(self, amount: ColumnElement[int], wanted: list[ColumnElement[bool]]) -> Lamports:
        row = await self._work.first(select(*wide_sum(amount)).where(*wanted))
        return Lamports(0 if row is None else wide(row.sum_high, row.sum_low))

    async def _lives_beside(self, attempt: Attempt) -> bool:
        statement = select(attempts.c.number).where(
            attempts.c.withdrawal_id == attempt.withdrawal,
            attempts.c.number != attempt.number,
            IS_LIVE,
        )
        return await self._work.first(statement.limit(1)) is not None
