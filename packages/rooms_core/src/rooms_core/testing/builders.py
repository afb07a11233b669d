"""Short constructors: a test names what it is about, everything else is ordinary.

All times lie at or after `NOON_MS`. A room is on SOL above 200 USD at its settle time, 15 minutes ahead, unless told
otherwise; an even id is a person, and his referral code is that of his id.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from rooms_core.domain import entries
from rooms_core.domain.bet import Bet, BetOrder
from rooms_core.domain.ids import BetId, RoomId, UserId
from rooms_core.domain.invariants import ensure
from rooms_core.domain.market import (
    CoinPrice,
    Direction,
    FoundBy,
    Market,
    MarketState,
    Mode,
    Outcome,
    Reading,
    Subject,
)
from rooms_core.domain.money import Lamports, parse_sol
from rooms_core.domain.pool import Pool
from rooms_core.domain.referral import User, code_number
from rooms_core.domain.room import ANSWERS, Hold, Resolution, Room
from rooms_core.domain.rules import HouseRules
from rooms_core.domain.status import RoomStatus
from rooms_core.domain.thin_pool import ThinPool
from rooms_core.ports.books import Books
from rooms_core.ports.store import Store
from rooms_core.result import Ok, Result
from rooms_core.testing.clock import NOON_MS

MINUTE_MS: Final = 60_000
USD: Final = 10**12
"""One US dollar, in the units of a coin's price."""
SOL: Final = CoinPrice("SOL")


def sols(text: str) -> Lamports:
    """An amount as people write it: `sols("14.55")`. Raises ValueError for anything else."""
    read = parse_sol(text)
    if isinstance(read, Ok):
        return read.value
    raise ValueError(f"not an amount of SOL: {text!r}")


def a_market(
    *,
    subject: Subject = SOL,
    target: int = 200 * USD,
    direction: Direction = Direction.UP,
    mode: Mode = Mode.AT_CLOSE,
) -> Market:
    """A question."""
    return Market(subject, direction, target, mode)


def a_room(
    number: int = 1_000,
    *,
    market: Market | None = None,
    outcomes: Sequence[str] = ANSWERS,
    stakes: Mapping[str, Lamports] | None = None,
    rules: HouseRules | None = None,
    host: int | None = None,
    status: RoomStatus = RoomStatus.QUEUING,
    created_at_ms: int = NOON_MS,
    lock_at_ms: int | None = None,
    settle_at_ms: int | None = None,
    opened_at_ms: int | None = None,
    thin: ThinPool | None = None,
    hold: Hold | None = None,
    resolution: Resolution | None = None,
) -> Room:
    """A room; its pool is empty unless `stakes` are given (pure tests only: a store begins rooms empty)."""
    settles = created_at_ms + 15 * MINUTE_MS if settle_at_ms is None else settle_at_ms
    locks = created_at_ms + (settles - created_at_ms) // 2 if lock_at_ms is None else lock_at_ms
    return Room(
        id=RoomId(number),
        title="SOL above 200 USD",
        market=market or a_market(),
        rules=rules or HouseRules(),
        host=None if host is None else UserId(host),
        created_at_ms=created_at_ms,
        lock_at_ms=locks,
        settle_at_ms=settles,
        pool=Pool.empty(Outcome(each) for each in outcomes) if stakes is None else Pool.of(stakes),
        salt=number.to_bytes(16, "big"),
        status=status,
        opened_at_ms=opened_at_ms,
        thin=thin,
        hold=hold,
        resolution=resolution,
    )


def a_resolution(
    *winning: str, price: int = 201 * USD, at_ms: int = NOON_MS, late_after_ms: int | None = None
) -> Resolution:
    """An answer, found at the settle price."""
    return Resolution(
        winning=tuple(Outcome(each) for each in winning),
        price=price,
        at_ms=at_ms,
        found_by=FoundBy.CLOSE,
        evidence=("sha256:" + "0" * 64,),
        late_after_ms=late_after_ms,
    )


def an_order(
    bettor: int,
    outcome: str,
    stake: Lamports,
    *,
    room: int = 1_000,
    key: str = "1",
    return_min: Lamports | None = None,
) -> BetOrder:
    """An order for a bet."""
    return BetOrder(
        key=key,
        room=RoomId(room),
        bettor=UserId(bettor),
        outcome=Outcome(outcome),
        stake=stake,
        return_min=return_min,
    )


def a_bet(
    number: int,
    bettor: int,
    outcome: str,
    stake: Lamports,
    *,
    room: int = 1_000,
    key: str | None = None,
    at_ms: int = NOON_MS,
) -> Bet:
    """An accepted bet; its key is its number unless one is given."""
    return Bet(
        id=BetId(number),
        key=str(number) if key is None else key,
        room=RoomId(room),
        bettor=UserId(bettor),
        outcome=Outcome(outcome),
        stake=stake,
        placed_at_ms=at_ms,
    )


def a_user(number: int, *uplines: int, joined_at_ms: int = NOON_MS) -> User:
    """A person, with the referrers above him, nearest first."""
    return User(
        id=UserId(number),
        code=code_number(number),
        joined_at_ms=joined_at_ms,
        uplines=tuple(UserId(each) for each in uplines),
    )


def a_reading(
    price: int,
    *,
    instrument: str = "SOL/USD",
    tick_ms: int = NOON_MS,
    lo: int | None = None,
    hi: int | None = None,
    evidence: str = "",
) -> Reading:
    """An accepted tick whose families agree, so that it hits what its price reaches."""
    return Reading(
        instrument=instrument,
        tick_ms=tick_ms,
        price=price,
        lo=price if lo is None else lo,
        hi=price if hi is None else hi,
        hit_up=price,
        hit_down=price,
        evidence=evidence or f"sha256:{tick_ms:064x}",
    )


def a_market_state(reading: Reading, *, range_ppm: int = 0, gap_from_ms: int | None = None) -> MarketState:
    """What the monitor wrote on this tick."""
    return MarketState(reading.instrument, reading, range_ppm, gap_from_ms)


async def populate(store: Store, users: Mapping[User, Lamports]) -> None:
    """Let people join, each with a deposit (0: none). Whoever is known already is a mistake of the test."""

    async def work(books: Books) -> Result[None, None]:
        for user, amount in users.items():
            ensure(await books.users.add(user), "I5", f"user {user.id} joins once")
            if amount:
                deposit = entries.deposit(user.id, amount, signature=f"first:{user.id}", address="address")
                ensure(await books.journal.post(deposit), "I5", f"user {user.id} deposits once")
        return Ok(None)

    ensure(isinstance(await store.run(work), Ok), "I5", "the store takes the people in")
