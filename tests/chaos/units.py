"""The units of work that move money, each over a house that is furnished for it, and what the database holds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final, TypeAlias

import asyncpg

from rooms_core.domain import entries
from rooms_core.domain.bet import BetOrder
from rooms_core.domain.events import bucket_of
from rooms_core.domain.ids import UserId
from rooms_core.domain.money import Lamports
from rooms_core.domain.room import Room
from rooms_core.domain.status import RoomStatus
from rooms_core.domain.terms import OPERATOR_CAUSES
from rooms_core.domain.two_persons import Consent
from rooms_core.domain.withdrawal_request import WithdrawalOrder
from rooms_core.ports.books import Books
from rooms_core.ports.evidence import EvidenceRecord
from rooms_core.ports.ids import IdSource
from rooms_core.ports.store import Store
from rooms_core.result import Ok, Result
from rooms_core.services.place_bets import PlaceBets
from rooms_core.services.settle_room import SettleRoom
from rooms_core.services.void_room import VoidRoom
from rooms_core.testing.builders import a_bet, a_resolution, a_room, a_user, an_order, populate, sols
from rooms_core.testing.clock import NOON_MS
from rooms_core.testing.custody_house import CustodyHouse
from rooms_core.testing.scripted_wire import scripted_address
from rooms_store.opening import OpenBooks

ANN, BEN, CEM, HOST = 2, 4, 6, 8
HAS: Final = sols("10")
OPEN: Final[tuple[Room, ...]] = (a_room(1_000), a_room(1_002))
SETTLING: Final[Room] = a_room(
    1_004, status=RoomStatus.SETTLING, resolution=a_resolution("YES", late_after_ms=NOON_MS + 1), host=HOST
)
LOCKED: Final[Room] = a_room(1_006, status=RoomStatus.LOCKED)
CONSENTS: Final = (Consent("ann", "office"), Consent("bob", "remote"))
RECORD: Final = EvidenceRecord("room:1006", NOON_MS, "sha256:" + "1" * 64, None, "{}")

Unit: TypeAlias = Callable[[OpenBooks], Awaitable[Result[object, object]]]


async def furnish(store: Store) -> None:
    """Four people, some brought by others; rooms to bet in, one to settle with late stakes, one to void."""
    people = {a_user(ANN): HAS, a_user(BEN, ANN): HAS, a_user(CEM, BEN, ANN): HAS, a_user(HOST): Lamports(0)}
    await populate(store, people)

    async def work(books: Books) -> Result[None, None]:
        for room in (*OPEN, SETTLING, LOCKED):
            await books.rooms.add(room)
        await books.bets.place(
            [
                a_bet(902, ANN, "YES", sols("3"), room=SETTLING.id),
                a_bet(904, BEN, "NO", sols("1"), room=SETTLING.id),
                a_bet(906, CEM, "YES", sols("0.5"), room=SETTLING.id),
                a_bet(908, CEM, "NO", sols("0.25"), room=SETTLING.id, at_ms=NOON_MS + 2),
                a_bet(910, ANN, "YES", sols("1"), room=LOCKED.id),
                a_bet(912, BEN, "NO", sols("1"), room=LOCKED.id),
            ]
        )
        return Ok(None)

    assert isinstance(await store.run(work), Ok)


def orders(key: str) -> list[BetOrder]:
    """Orders of three people for two rooms."""
    return [
        an_order(who, outcome, sols("0.1"), room=room.id, key=f"{key}:{who}")
        for who, outcome, room in ((ANN, "YES", OPEN[0]), (BEN, "NO", OPEN[0]), (CEM, "YES", OPEN[1]))
    ]


async def one_bet(store: OpenBooks) -> Result[object, object]:
    """A bet alone."""
    return await PlaceBets(store=store, ids=store.ids)(orders("one")[:1])


async def a_batch(store: OpenBooks) -> Result[object, object]:
    """Several bets in several rooms."""
    return await PlaceBets(store=store, ids=store.ids)(orders("many"))


async def a_settlement(store: OpenBooks) -> Result[object, object]:
    """A room with a host, referrers and late stakes."""
    return await SettleRoom(store=store)(SETTLING.id)


async def a_void(store: OpenBooks) -> Result[object, object]:
    """A room voided by two persons."""
    void = VoidRoom(store=store)
    return await void(LOCKED.id, cause=OPERATOR_CAUSES[0], evidence=[RECORD], consents=CONSENTS)


async def a_withdrawal(store: OpenBooks) -> Result[object, object]:
    """A withdrawal asked for."""
    house = CustodyHouse(store=store)
    request = replace(house.request, ids=_as_ids(store))
    return await request(
        WithdrawalOrder(user=UserId(ANN), key="w", amount=sols("1"), destination=scripted_address("outside"))
    )


async def a_deposit(store: OpenBooks) -> Result[object, object]:
    """Money that came in."""

    async def work(books: Books) -> Result[bool, object]:
        return Ok(await books.journal.post(entries.deposit(UserId(ANN), HAS, signature="s", address="a")))

    return await store.run(work)


async def taken_notices(store: OpenBooks) -> Result[object, object]:
    """Notices taken from the outbox, to be told."""

    async def work(books: Books) -> Result[object, object]:
        return Ok(
            await books.outbox.take(
                sorted({bucket_of(a_user(who).id) for who in (ANN, BEN)}), 10, now_ms=NOON_MS, hide_ms=1_000
            )
        )

    return await store.run(work)


UNITS: Final[dict[str, Unit]] = {
    "a bet": one_bet,
    "a batch of bets": a_batch,
    "a settlement": a_settlement,
    "a void": a_void,
    "a withdrawal": a_withdrawal,
    "a deposit": a_deposit,
    "notices": taken_notices,
}
"""In an order in which the later ones find what they need: what was settled is to be told."""


def _as_ids(store: OpenBooks) -> IdSource:
    return store.ids


async def contents(rival: asyncpg.Connection) -> dict[str, str]:
    """Every table with a digest of its rows, but the leases of the processes."""
    tables = [
        row["relname"]
        for row in await rival.fetch(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            " AND relname NOT IN ('lease', 'fence') ORDER BY 1"
        )
    ]
    digests = " UNION ALL ".join(
        f"SELECT '{table}' AS name, md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) AS digest"
        f' FROM "{table}" AS t'
        for table in tables
    )
    return {row["name"]: row["digest"] for row in await rival.fetch(digests)}
