"""Open a deposit address: one for each user, kept by the signer, written down before it is shown."""

from __future__ import annotations

from dataclasses import dataclass

from rooms_core.domain.deposit import DepositAddress
from rooms_core.domain.ids import UserId
from rooms_core.domain.invariants import ensure
from rooms_core.domain.withdrawal_request import UserUnknown
from rooms_core.ports.books import Books
from rooms_core.ports.signer import Signer, SignerFailed
from rooms_core.ports.store import Store, StoreFailed
from rooms_core.result import Err, Ok, Result


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDepositAddress:
    """Answer a user's deposit address, and make it if he has none. Refuses strangers with `UserUnknown`."""

    store: Store
    signer: Signer

    async def __call__(
        self, user: UserId
    ) -> Result[DepositAddress, UserUnknown | SignerFailed | StoreFailed]:
        """The same address every time. It is shown only after it is stored, so that nothing arrives unwatched."""

        async def known(books: Books) -> Result[DepositAddress | None, UserUnknown]:
            if await books.users.get(user) is None:
                return Err(UserUnknown(user))
            return Ok(await books.deposits.address_of(user))

        found = await self.store.run(known)
        if isinstance(found, Err):
            return found
        if found.value is not None:
            return Ok(found.value)
        made = await self.signer.deposit_address(user)
        if isinstance(made, Err):
            return made
        address = made.value

        async def keep(books: Books) -> Result[DepositAddress, StoreFailed]:
            row = DepositAddress(address=address, user=user, made_at_ms=await books.now_ms())
            await books.deposits.add_address(row)  # False: another call was faster, with the same answer
            stored = await books.deposits.address_of(user)
            ensure(
                stored is not None and stored.address == address, "I16", f"{address} belongs to user {user}"
            )
            return Ok(stored or row)

        return await self.store.run(keep)
