"""Giving a withdrawal up: what was reserved goes back to its user. Shared by the use cases that end one."""

from __future__ import annotations

from rooms_core.domain import entries
from rooms_core.domain.attempt import Attempt, AttemptState
from rooms_core.domain.events import Event, EventKind
from rooms_core.domain.invariants import InvariantBroken, ensure
from rooms_core.domain.withdrawal import CancelReason, TooLateToCancel, Withdrawal
from rooms_core.ports.books import Books
from rooms_core.result import Err, Ok, Result


async def paid_by(books: Books, attempt: Attempt) -> Withdrawal:
    """The withdrawal that an attempt pays, locked. Raises InvariantBroken if there is none."""
    withdrawal = await books.withdrawals.lock(attempt.withdrawal)
    if withdrawal is None:
        raise InvariantBroken("I13", f"an attempt of no withdrawal {attempt.withdrawal}")
    return withdrawal


async def cancel(
    books: Books, withdrawal: Withdrawal, reason: CancelReason
) -> Result[Withdrawal, TooLateToCancel]:
    """Cancel a locked withdrawal, unless signed bytes may still pay it.

    An attempt without stored bytes dies with it, so that whoever is signing it cannot store them any more; after it,
    since a store may let some cancel who may not end an attempt otherwise.
    """
    match withdrawal.cancelled(reason, now_ms=await books.now_ms()):
        case Err() as refused:
            return refused
        case Ok(ended):
            await release(books, ended, was=withdrawal)
            for attempt in await books.withdrawals.attempts(withdrawal.id):
                if attempt.state.live:
                    ensure(attempt.signature is None, "I13", f"{withdrawal.id} has signed bytes")
                    dead = attempt.moved(AttemptState.EXPIRED)
                    ensure(
                        await books.withdrawals.save_attempt(dead, was=attempt.state),
                        "I13",
                        f"{withdrawal.id} is locked",
                    )
            return Ok(ended)


async def release(books: Books, ended: Withdrawal, *, was: Withdrawal) -> None:
    """Write a locked withdrawal that ended without paying, give the money back, and tell its user."""
    ensure(ended.state.released, "I15", f"withdrawal {ended.id} is {ended.state}")
    ensure(await books.withdrawals.save(ended, was=was.state), "I15", f"withdrawal {ended.id} is locked")
    back = entries.release(ended.id, ended.user, ended.amount)
    ensure(await books.journal.post(back), "I15", f"withdrawal {ended.id} has ended before")
    cancelled = ended.reason in {reason.value for reason in CancelReason}
    await books.outbox.add(
        [
            Event(
                kind=EventKind.WITHDRAWAL_CANCELLED if cancelled else EventKind.WITHDRAWAL_FAILED,
                user=ended.user,
                ref=ended.id,
                facts={"amount": str(ended.amount.value), "reason": ended.reason or ""},
            )
        ]
    )
