"""Whether the books are sound after something went wrong: I1 to I16, as far as the books themselves can tell.

I13 and I14 are about the chain and are tried with custody's services (`tests/laws/test_custody.py`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from rooms_core.domain.bet import Bet
from rooms_core.domain.ids import RoomId, UserId
from rooms_core.domain.journal import reserved
from rooms_core.domain.room import Room
from rooms_core.domain.status import RoomStatus
from rooms_core.domain.withdrawal import WithdrawalState
from rooms_core.ports.books import Books
from rooms_core.proofs.receipt_check import verify_receipt
from rooms_core.result import Err, Ok
from rooms_core.services.read_receipt import ReadReceipt
from rooms_core.services.settle_room import SettleRoom
from rooms_core.testing.bookkeeper import Bookkeeper
from rooms_store.opening import OpenBooks


async def unsound(keeper: Bookkeeper) -> list[str]:
    """What is wrong with the books; nothing is the right answer."""
    store = keeper.store
    report = await keeper.ask(lambda queries: queries.verify())
    wrong = [f"{check.rule}: {check.what}: {check.wrong}" for check in report.checks if not check.holds]
    if report.first_difference is not None:
        wrong.append(f"I2: {report.first_difference}")
    if isinstance(store, OpenBooks):
        wrong += [
            f"I6: {table}" for table, refused in (await store.rewrites_refused()).items() if not refused
        ]
    rooms, bets = await keeper.do(_rooms)
    for room in rooms:
        wrong += _bets(room, bets[room.id])
        if room.status.final:
            wrong += await _ended(keeper, room)
    people = {bet.bettor for each in bets.values() for bet in each}
    wrong += await keeper.do(lambda books: _reserved(books, people))
    if report != await keeper.ask(lambda queries: queries.verify()):
        wrong.append("I5: a second settler changed the books")
    return wrong


async def _rooms(books: Books) -> tuple[list[Room], dict[RoomId, list[Bet]]]:
    rooms = await books.rooms.find(list(RoomStatus))
    found: dict[RoomId, list[Bet]] = {room.id: [] for room in rooms}
    for room in rooms:
        for outcome in room.pool.outcomes:
            async for block in books.bets.newest_first(room.id, outcome, late_after_ms=None):
                found[room.id] += block
    return rooms, found


def _bets(room: Room, bets: list[Bet]) -> Iterator[str]:
    """Each key once (I5), each before the lock (I11)."""
    for key, count in Counter((bet.bettor, bet.key) for bet in bets).items():
        if count > 1:
            yield f"I5: {key} stands {count} times in room {room.id}"
    for bet in bets:
        if bet.placed_at_ms >= room.lock_at_ms:
            yield f"I11: bet {bet.id} was placed after the lock"


async def _ended(keeper: Bookkeeper, room: Room) -> list[str]:
    """Its receipt is what the core works out offline (I8 to I10), and it cannot be settled again (I5, I7)."""
    wrong = []
    receipt = await ReadReceipt(queries=keeper.store.queries)(room.id)
    if isinstance(receipt, Err):
        wrong.append(f"I8: room {room.id} has no receipt: {receipt.why}")
    elif isinstance(checked := verify_receipt(receipt.value), Err):
        wrong.append(f"I8: room {room.id}: {checked.why}")
    if isinstance(await SettleRoom(store=keeper.store)(room.id), Ok):
        wrong.append(f"I7: room {room.id} was settled again")
    return wrong


async def _reserved(books: Books, people: set[UserId]) -> list[str]:
    """Each has reserved exactly what he waits for (I15)."""
    asked = dict.fromkeys(people, 0)
    waiting = await books.withdrawals.find([state for state in WithdrawalState if not state.over])
    for withdrawal in waiting:
        asked[withdrawal.user] = asked.get(withdrawal.user, 0) + withdrawal.amount.value
    held = {user: await books.journal.balance(reserved(user)) for user in sorted(asked)}
    return [
        f"I15: {user} waits for {asked[user]}, reserved are {held[user]}"
        for user in held
        if held[user] != asked[user]
    ]
