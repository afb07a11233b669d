"""Join: the first start of a user, with the referral code of whoever brought him, or without."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from rooms_core.domain.ids import UserId
from rooms_core.domain.invariants import InvariantBroken
from rooms_core.domain.referral import (
    CODES,
    AlreadyJoined,
    CodeUnknown,
    JoinRefused,
    User,
    code_number,
    is_code,
    uplines_of,
)
from rooms_core.ports.books import Books
from rooms_core.ports.rng import Rng
from rooms_core.ports.store import Store, StoreFailed
from rooms_core.result import Err, Ok, Result

_CODE_TRIES: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinByReferral:
    """Give a new user a wallet, a referral code of his own, and his referrers, once and for ever (decision M7)."""

    store: Store
    rng: Rng

    async def __call__(
        self, user: UserId, *, code: str | None = None
    ) -> Result[User, JoinRefused | StoreFailed]:
        """Join with an application-made id. Starting again without a code, or with the same one, answers the first.

        Refuses an unknown code, another code than the first, and a referrer who is not older: nobody can refer
        himself, and no ring can close.
        """
        numbers = [self.rng.below(CODES) for _ in range(_CODE_TRIES)]

        async def work(books: Books) -> Result[User, JoinRefused]:
            # A code may be taken: the next is tried. Who starts twice at the same moment may be known by then.
            for number in numbers:
                found = await _found(books, user, code)
                if isinstance(found, Err):
                    return found
                if isinstance(found.value, User):
                    return Ok(found.value)
                joined_at_ms = await books.now_ms()
                joined = User(
                    id=user, code=code_number(number), joined_at_ms=joined_at_ms, uplines=found.value
                )
                if await books.users.add(joined):
                    return Ok(joined)
            raise InvariantBroken("I5", f"no free referral code in {len(numbers)} draws of {CODES}")

        return await self.store.run(work)


async def _found(
    books: Books, user: UserId, code: str | None
) -> Result[User | tuple[UserId, ...], JoinRefused]:
    """Who joined before, or the referrers of one who is new."""
    # What is no code has no owner; and a stranger's text goes no further than here.
    referrer = await books.users.by_code(code) if code is not None and is_code(code) else None
    known = await books.users.get(user)
    if known is not None:
        same = code is None or (referrer is not None and known.uplines[:1] == (referrer.id,))
        return Ok(known) if same else Err(AlreadyJoined(user))
    if code is None:
        return Ok(())
    return Err(CodeUnknown(code)) if referrer is None else uplines_of(user, referrer=referrer)
