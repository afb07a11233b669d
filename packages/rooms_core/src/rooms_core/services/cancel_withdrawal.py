"""Cancel a withdrawal: its user changes his mind while no signed bytes can pay it."""

from __future__ import annotations

from dataclasses import dataclass

from rooms_core.domain.ids import UserId, WithdrawalId
from rooms_core.domain.withdrawal import CancelReason, CancelRefused, Withdrawal, WithdrawalUnknown
from rooms_core.ports.books import Books
from rooms_core.ports.store import Store, StoreFailed
from rooms_core.result import Err, Ok, Result
from rooms_core.services.releasing import cancel


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelWithdrawal:
    """Release what a user has reserved. Refuses somebody else's (`WithdrawalUnknown`) and `TooLateToCancel`."""

    store: Store

    async def __call__(
        self, withdrawal_id: WithdrawalId, user: UserId
    ) -> Result[Withdrawal, CancelRefused | StoreFailed]:
        """The withdrawal, CANCELLED. Cancelling again what he cancelled changes nothing."""

        async def work(books: Books) -> Result[Withdrawal, CancelRefused]:
            withdrawal = await books.withdrawals.lock(withdrawal_id)
            if withdrawal is None or withdrawal.user != user:
                return Err(WithdrawalUnknown(withdrawal_id))
            if withdrawal.reason == CancelReason.BY_USER.value:
                return Ok(withdrawal)
            return await cancel(books, withdrawal, CancelReason.BY_USER)

        return await self.store.run(work)
