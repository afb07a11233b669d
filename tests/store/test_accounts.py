"""Numbers of accounts."""

from __future__ import annotations

import pytest

from rooms_core.domain.ids import RoomId, UserId
from rooms_core.domain.invariants import InvariantBroken
from rooms_core.domain.journal import Account, AccountKind, available, pot, reserved, room_subsidy
from rooms_store.accounts import HOUSE, account_id, account_of
from rooms_store.codes import ACCOUNT_KINDS


def test_a_user_and_a_room_own_an_id_and_its_twin() -> None:
    """Balance and pot are found under the owner's id, reserved money and subsidy under the odd number after it."""
    user, room = UserId(22), RoomId(40)

    assert [22, 23] == [account_id(available(user)), account_id(reserved(user))]
    assert [40, 41] == [account_id(pot(room)), account_id(room_subsidy(room))]


def test_accounts_of_the_house_never_meet_an_id() -> None:
    """They are negative, and each has a number of its own."""
    assert [-9, -8, -7, -6, -5] == sorted(HOUSE.values())
    assert all(number == account_id(account) for account, number in HOUSE.items())


@pytest.mark.parametrize("kind", list(AccountKind))
def test_an_account_is_read_back_from_its_row(kind: AccountKind) -> None:
    """Kind and owner say all there is."""
    assert Account(kind, 8) == account_of(ACCOUNT_KINDS.number(kind), 8)


@pytest.mark.parametrize("owner", [7, -2])
def test_an_owner_without_room_for_a_twin_is_refused(owner: int) -> None:
    """An odd id would share its account with its neighbour's reserved money."""
    with pytest.raises(InvariantBroken, match="I2"):
        account_id(Account(AccountKind.AVAILABLE, owner))
