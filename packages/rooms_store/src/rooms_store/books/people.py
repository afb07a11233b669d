"""The people in SQL."""

from __future__ import annotations

import attrs
from sqlalchemy import select

from rooms_core.domain.ids import UserId
from rooms_core.domain.journal import available, reserved
from rooms_core.domain.referral import User
from rooms_store.books.balances import open_accounts
from rooms_store.dialect import insert_new
from rooms_store.failures import Overtaken
from rooms_store.rows import user_of, user_values
from rooms_store.tables import person, referral_code
from rooms_store.work import Work


@attrs.frozen
class SqlUsers:
    """Implements `ports.books.Users`."""

    _work: Work

    async def add(self, user: User) -> bool:
        """Record a new user with an empty wallet; False if he is known or his code is taken.

        Who starts twice at the same moment may be known a moment later: then everything is looked at again.
        """
        work = self._work
        if await self.get(user.id) is not None:
            return False
        code = insert_new(referral_code).values(code=user.code, person_id=user.id)
        if not await work.write(code):
            return False
        if not await work.write(insert_new(person).values(user_values(user))):
            raise Overtaken(f"user {user.id} has joined meanwhile")
        await open_accounts(work, [available(user.id), reserved(user.id)])
        return True

    async def get(self, user: UserId) -> User | None:
        """A user, or None."""
        row = await self._work.first(select(person).where(person.c.id == user))
        return None if row is None else user_of(row)

    async def by_code(self, code: str) -> User | None:
        """The owner of a code, or None. The codes have a table of their own, so that they can be spread by code.

        Two statements, as a code and its owner need not lie on one server.
        """
        row = await self._work.first(select(referral_code.c.person_id).where(referral_code.c.code == code))
        return None if row is None else await self.get(UserId(row.person_id))
