"""Numbers of accounts: no table has to be asked for them.

A user's balance has his id, what he has reserved the id's twin; a room's pot has the room's id, its subsidy the
twin. Accounts of the house are negative, so that they never meet an id: minus the number of their kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rooms_core.domain.ids import twin
from rooms_core.domain.invariants import InvariantBroken
from rooms_core.domain.journal import BREAKAGE, OPERATING, OUTSIDE, PROTOCOL, SUBSIDY, Account, AccountKind
from rooms_store.codes import ACCOUNT_KINDS

HOUSE: Final[Mapping[Account, int]] = {
    account: -ACCOUNT_KINDS.number(account.kind)
    for account in (PROTOCOL, BREAKAGE, SUBSIDY, OPERATING, OUTSIDE)
}
"""The accounts that exist once; the first migration makes them."""

_TWINS: Final = frozenset({AccountKind.RESERVED, AccountKind.ROOM_SUBSIDY})


def account_id(account: Account) -> int:
    """The number of an account. Raises InvariantBroken for an owner whose id is odd or not above 0."""
    owner = account.owner
    if not owner:
        return HOUSE[account]
    if owner < 0 or owner & 1:
        raise InvariantBroken("I2", f"{account}: ids are even, their twins odd")
    return twin(owner) if account.kind in _TWINS else owner


def account_of(kind: int, owner: int) -> Account:
    """An account from its row."""
    return Account(ACCOUNT_KINDS.word(kind), owner)
