"""Books with many users and bets, made inside the database in seconds; the ledger verifies them afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import asyncpg

from rooms_core.domain.ids import RoomId, UserId
from rooms_core.domain.journal import OUTSIDE
from rooms_core.domain.room import Room
from rooms_core.domain.rules import HouseRules
from rooms_core.domain.status import RoomStatus
from rooms_core.ports.books import Books
from rooms_core.ports.store import Store
from rooms_core.result import Err, Ok, Result
from rooms_core.testing.builders import MINUTE_MS, a_resolution, a_room
from rooms_store.accounts import account_id

FIRST_USER: Final = 10_000_000
FIRST_ROOM: Final = 1_000
FREE_IDS: Final = 1 << 50
"""Ids of the peers' settlements start here; what the books give out themselves lies far above."""
PURSE: Final = 1_000_000_000_000
"""What every user has deposited, in lamports."""
_FIRST_BET: Final = 1 << 40
_FIRST_DEPOSIT: Final = 1 << 44
_LIFE_MS: Final = 20 * 60 * MINUTE_MS


def user(number: int) -> UserId:
    """The id of the user with this number, from 0."""
    return UserId(FIRST_USER + 2 * number)


def room_id(number: int) -> RoomId:
    """The id of the room with this number, from 0."""
    return RoomId(FIRST_ROOM + 2 * number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A room with bets in it: `bettors` users stake in turn, on both outcomes, amounts that hardly ever repeat."""

    number: int
    bets: int = 0
    bettors: int = 1
    status: RoomStatus = RoomStatus.OPEN

    def room(self, now_ms: int) -> Room:
        """The room's own row; one that is to be settled has its answer."""
        settling = self.status is RoomStatus.SETTLING
        return a_room(
            room_id(self.number),
            rules=HouseRules(match_limit=0),
            host=user(0),
            status=self.status,
            created_at_ms=now_ms,
            settle_at_ms=now_ms + _LIFE_MS,
            opened_at_ms=now_ms,
            resolution=a_resolution("YES", at_ms=now_ms) if settling else None,
        )


async def load(store: Store, dsn: str, *, users: int, rooms: Sequence[Loaded], now_ms: int) -> None:
    """Fill empty books. Each user but the first was brought by another: three levels above nearly everybody."""

    async def work(books: Books) -> Result[None, None]:
        for each in rooms:
            await books.rooms.add(each.room(now_ms))
        return Ok(None)

    done = await store.run(work)
    if isinstance(done, Err):
        raise RuntimeError(f"the rooms could not be recorded: {done.why}")
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction():
            await connection.execute("SET LOCAL synchronous_commit = off; SET LOCAL work_mem = '256MB'")
            await connection.execute(_PEOPLE, FIRST_USER, users, now_ms)
            await connection.execute(_CODES)
            await connection.execute(_ACCOUNTS, PURSE)
            await _bets(connection, [each for each in rooms if each.bets], now_ms)
            await connection.execute("INSERT INTO entry (key, id, at_ms) VALUES ('deposits', 2, $1)", now_ms)
            await connection.execute(_DEPOSITS, account_id(OUTSIDE), PURSE, now_ms, _FIRST_DEPOSIT)
            await connection.execute(
                "UPDATE account SET balance = balance - $2, version = version + 1 WHERE id = $1",
                account_id(OUTSIDE),
                PURSE * users,
            )
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


async def _bets(connection: Any, rooms: Sequence[Loaded], now_ms: int) -> None:
    """Bets arrive in all rooms at once, so that those of one room do not lie together."""
    ids, bets, bettors = (
        [room_id(each.number) for each in rooms],
        [each.bets for each in rooms],
        [each.bettors for each in rooms],
    )
    await connection.execute(_BETS, ids, bets, bettors, _FIRST_BET, FIRST_USER, now_ms)
    await connection.execute(_STAKES)
    await connection.execute(_POOLS)
    await connection.execute(_POTS)
    await connection.execute(_PURSES)


_PEOPLE: Final = """
INSERT INTO person (id, code, joined_at_ms, ref1, ref2, ref3)
SELECT $1::bigint + 2 * k, 'REF' || k, $3,
  CASE WHEN k > 0 THEN $1 + 2 * (k / 3) END,
  CASE WHEN k > 2 THEN $1 + 2 * (k / 9) END,
  CASE WHEN k > 8 THEN $1 + 2 * (k / 27) END
FROM generate_series(0, $2::bigint - 1) AS k
"""
_CODES: Final = "INSERT INTO referral_code (code, person_id) SELECT code, id FROM person"
_ACCOUNTS: Final = """
INSERT INTO account (id, kind, owner, balance, version, waiting, waits_until_ms)
SELECT id + twin, 1 + twin, id, CASE WHEN twin = 0 THEN $1::bigint ELSE 0 END, 1, 0, 0
FROM person CROSS JOIN generate_series(0, 1) AS twin ORDER BY id
"""
_DEPOSITS: Final = """
INSERT INTO posting (source, id, target, amount, kind, entry_id, at_ms)
SELECT $1, $4::bigint + id, id, $2, 1, 2, $3 FROM person
"""
_BETS: Final = """
INSERT INTO bet (room_id, id, account_id, outcome, stake, key, placed_at_ms)
SELECT room, $4::bigint + 2 * (k * cardinality($1) + place), $5::bigint + 2 * (k % bettors), (k / bettors + k) % 2,
  1000000 + k * 2654435761 % 1000000007, 'k' || k, $6
FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) WITH ORDINALITY AS each (room, bets, bettors, place)
CROSS JOIN LATERAL generate_series(0, bets - 1) AS k ORDER BY k, place
"""
_STAKES: Final = """
INSERT INTO posting (source, id, target, amount, kind, entry_id, at_ms)
SELECT account_id, id, room_id, stake, 2, id, placed_at_ms FROM bet ORDER BY id
"""
_POOLS: Final = """
UPDATE pool SET total = stakes, bets = number FROM (
  SELECT room_id, outcome, sum(stake)::bigint AS stakes, count(*) AS number FROM bet GROUP BY room_id, outcome
) AS sums WHERE pool.room_id = sums.room_id AND pool.outcome = sums.outcome AND pool.shard = 0
"""
_POTS: Final = """
UPDATE account SET version = version + 1, balance = stakes FROM (
  SELECT room_id, sum(total)::bigint AS stakes FROM pool GROUP BY room_id HAVING sum(total) > 0
) AS sums WHERE id = room_id
"""
_PURSES: Final = """
UPDATE account SET balance = balance - staked FROM (
  SELECT account_id, sum(stake)::bigint AS staked FROM bet GROUP BY account_id
) AS sums WHERE id = account_id
"""
