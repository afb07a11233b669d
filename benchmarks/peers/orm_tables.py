"""The tables of ROOMS as an ORM sees them: one class for each that a bet or a settlement touches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import registry

from rooms_store import tables


class _Row:
    """A row is made of its columns, and the mapper adds the attributes."""

    def __init__(self, **values: Any) -> None:
        for name, value in values.items():
            setattr(self, name, value)

    if TYPE_CHECKING:  # the columns, which only the mapper knows

        def __getattr__(self, name: str) -> Any: ...

        def __setattr__(self, name: str, value: Any) -> None: ...


class RoomRow(_Row):
    """A room."""


class PoolRow(_Row):
    """What stands on one outcome of a room."""


class AccountRow(_Row):
    """A balance."""


class PersonRow(_Row):
    """A user with the referrers above him."""


class BetRow(_Row):
    """A bet."""


class EntryRow(_Row):
    """The key of a journal entry."""


class PostingRow(_Row):
    """One movement of money."""


class OutboxRow(_Row):
    """A notice that waits to be told."""


class SettlementRow(_Row):
    """How a room ended."""


_mapped = registry()
for _row, _table in (
    (RoomRow, tables.room),
    (PoolRow, tables.pool),
    (AccountRow, tables.account),
    (PersonRow, tables.person),
    (BetRow, tables.bet),
    (EntryRow, tables.entry),
    (PostingRow, tables.posting),
    (OutboxRow, tables.outbox),
    (SettlementRow, tables.settlement),
):
    _mapped.map_imperatively(_row, _table)
