"""A house in which every refusal of a bet can be met: a room for each reason, and the order that runs into it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rooms_core.domain.bet import (
    BalanceTooLow,
    Bet,
    BetOrder,
    BetRefused,
    BettingEnded,
    BettorUnknown,
    CapReached,
    GapUnaudited,
    KeyConflict,
    LiquidityHalved,
    OutcomeUnknown,
    PriceTooNear,
    PriceTooOld,
    ReturnTooLow,
    RoomHeld,
    RoomNotOpen,
    RoomUnknown,
    StakeTooLarge,
    StakeTooSmall,
    SubsidyUsedUp,
    TouchPending,
)
from rooms_core.domain.ids import RoomId, UserId
from rooms_core.domain.keys import KeyIllFormed
from rooms_core.domain.market import (
    YES,
    CoinPrice,
    MarketState,
    Mode,
    Outcome,
    PoolDepth,
    PumpMarketCap,
    Reading,
)
from rooms_core.domain.money import STORED_MAX, ZERO, Lamports
from rooms_core.domain.room import Hold, Room
from rooms_core.domain.rules import HouseRules
from rooms_core.domain.status import RoomStatus
from rooms_core.domain.thin_pool import ThinPool
from rooms_core.ports.books import Books
from rooms_core.result import Ok
from rooms_core.services.settle_room import SettleRoom
from rooms_core.testing.bookkeeper import Bookkeeper
from rooms_core.testing.builders import (
    MINUTE_MS,
    USD,
    a_bet,
    a_market,
    a_market_state,
    a_reading,
    a_resolution,
    a_room,
    an_order,
    sols,
)
from rooms_core.testing.clock import NOON_MS

TENTH, ONE, HAS = sols("0.1"), sols("1"), sols("10")
ANN, BEN, RICH = 2, 4, 6
DEPTH = PoolDepth(liquidity_cents=10_000_00, fee_ppm=10_000, sol_price=150 * USD)
SMALL = replace(DEPTH, liquidity_cents=DEPTH.liquidity_cents // 2)
THIN = ThinPool(created=DEPTH, distance_ppm=200_000)
CAP = THIN.cap(DEPTH)
FIRST: Bet = a_bet(900, ANN, "YES", TENTH, key="used")
WEALTH = Lamports(STORED_MAX - 20 * HAS.value)
"""What the rich man has; with what the others have it fits into 63 bits."""
FULL = Lamports(WEALTH.value - sols("3").value)
"""What stands in the room that is nearly full."""


@dataclass(frozen=True, slots=True)
class Bad:
    """An order, and why it is refused."""

    order: BetOrder
    why: BetRefused


def touch(number: int, coin: str) -> Room:
    """A TOUCH room on a coin of its own."""
    return a_room(number, market=a_market(subject=CoinPrice(coin), mode=Mode.TOUCH))


def thin(number: int, mint: str) -> Room:
    """An AT_CLOSE room on a thin token of its own."""
    return a_room(number, market=a_market(subject=PumpMarketCap(mint), target=120_000_00), thin=THIN)


def seen(reading: Reading, coin: str, *, range_ppm: int = 0, gap_from_ms: int | None = None) -> MarketState:
    """What the monitor wrote of a coin."""
    return a_market_state(
        replace(reading, instrument=f"{coin}/USD"), range_ppm=range_ppm, gap_from_ms=gap_from_ms
    )


def deep(mint: str, depth: PoolDepth | None, tick_ms: int = NOON_MS) -> MarketState:
    """What the monitor wrote of a thin token."""
    instrument = f"pump:{mint}"
    return MarketState(
        instrument, a_reading(100_000_00, instrument=instrument, tick_ms=tick_ms), 0, None, depth
    )


PLAIN, FULL_ROOM, EMPTY = a_room(1_000), a_room(1_002), a_room(1_004)
TOTE = a_room(1_006, rules=HouseRules.preset("us-tote", subsidy_max=Lamports(1)))
HELD = a_room(1_008, hold=Hold("a rumour", NOON_MS))
OVER = a_room(1_010, created_at_ms=NOON_MS - 10 * MINUTE_MS)
BY_STATUS = {
    status: a_room(1_020 + 2 * place, status=status, resolution=resolution)
    for place, (status, resolution) in enumerate(
        [(RoomStatus.LOCKED, None), (RoomStatus.SETTLING, a_resolution("YES"))]
    )
}
SETTLED, VOIDED = (
    a_room(number, status=RoomStatus.SETTLING, resolution=a_resolution(won))
    for number, won in ((1_040, "YES"), (1_042, "YES"))
)
TOUCHES = {
    "SEEN": touch(1_100, "SEEN"),
    "NEVER": touch(1_102, "NEVER"),
    "OLD": touch(1_104, "OLD"),
    "AHEAD": touch(1_106, "AHEAD"),
    "HIT": touch(1_108, "HIT"),
    "BAND": touch(1_110, "BAND"),
    "WIDE": touch(1_112, "WIDE"),
    "GAP": touch(1_114, "GAP"),
}
MARKETS = [
    seen(a_reading(190 * USD), "SEEN"),
    seen(a_reading(190 * USD, tick_ms=NOON_MS - 6_001), "OLD"),
    seen(a_reading(190 * USD, tick_ms=NOON_MS + 2_001), "AHEAD"),
    seen(a_reading(200 * USD), "HIT"),
    seen(replace(a_reading(199 * USD), hi=200 * USD), "BAND"),
    seen(a_reading(190 * USD), "WIDE", range_ppm=50_000),
    seen(a_reading(190 * USD), "GAP", gap_from_ms=5),
    deep("CAP", DEPTH),
    deep("FILL", DEPTH),
    deep("HALF", SMALL),
    deep("BLIND", None),
    deep("STALE", DEPTH, NOON_MS - 6_001),
]
THINS = {
    name: thin(1_200 + 2 * place, name)
    for place, name in enumerate(("CAP", "FILL", "HALF", "BLIND", "STALE", "DARK"))
}
ROOMS = [
    *(PLAIN, FULL_ROOM, EMPTY, TOTE, HELD, OVER, SETTLED, VOIDED),
    *BY_STATUS.values(),
    *TOUCHES.values(),
    *THINS.values(),
]


def _order(room: Room | int, stake: Lamports = TENTH, *, bettor: int = ANN, outcome: str = YES) -> BetOrder:
    return an_order(bettor, outcome, stake, room=room if isinstance(room, int) else room.id, key="bad")


LEFT = Lamports(STORED_MAX - FULL.value)
PAST = Lamports(2**64)
NOBODY = (0, -2, 8, STORED_MAX, 2**63, 2**70, -(2**70))
"""Numbers that nobody has; some fit into no column."""

BAD: dict[str, Bad] = {
    **{f"room {number}": Bad(_order(number), RoomUnknown(RoomId(number))) for number in NOBODY},
    **{
        f"bettor {number}": Bad(_order(PLAIN, bettor=number), BettorUnknown(UserId(number)))
        for number in (*NOBODY, PLAIN.id, ANN + 1)
    },
    **{f"a room {room.status}": Bad(_order(room), RoomNotOpen(room.status)) for room in BY_STATUS.values()},
    "a settled room": Bad(_order(SETTLED), RoomNotOpen(RoomStatus.SETTLED)),
    "a voided room": Bad(_order(VOIDED), RoomNotOpen(RoomStatus.VOIDED)),
    "a held room": Bad(_order(HELD), RoomHeld("a rumour")),
    "too late": Bad(_order(OVER), BettingEnded(OVER.lock_at_ms, NOON_MS)),
    "another outcome": Bad(_order(PLAIN, outcome="yes"), OutcomeUnknown(Outcome("yes"), PLAIN.pool.outcomes)),
    "nothing": Bad(_order(PLAIN, ZERO), StakeTooSmall(ZERO, sols("0.001"))),
    "too little": Bad(_order(PLAIN, sols("0.000999999")), StakeTooSmall(sols("0.000999999"), sols("0.001"))),
    "more than he has": Bad(_order(PLAIN, HAS + Lamports(1)), BalanceTooLow(HAS - TENTH, HAS + Lamports(1))),
    "more than a column holds": Bad(
        _order(EMPTY, PAST), StakeTooLarge(PAST, Lamports(STORED_MAX), Lamports(STORED_MAX))
    ),
    "more than a pot holds": Bad(
        _order(FULL_ROOM, LEFT + Lamports(1), bettor=BEN),
        StakeTooLarge(LEFT + Lamports(1), LEFT, Lamports(STORED_MAX)),
    ),
    "a return too low": Bad(replace(_order(EMPTY), return_min=HAS), ReturnTooLow(TENTH, HAS)),
    "a return past every column": Bad(replace(_order(EMPTY), return_min=PAST), ReturnTooLow(TENTH, PAST)),
    "a key without signs": Bad(replace(_order(PLAIN), key=""), KeyIllFormed()),
    "a key of signs nobody sees": Bad(replace(_order(PLAIN), key="a\0b"), KeyIllFormed()),
    "a key of other signs": Bad(replace(_order(PLAIN), key="\ud800"), KeyIllFormed()),
    "a key too long": Bad(replace(_order(PLAIN), key="x" * 101), KeyIllFormed()),
    "a key used for another outcome": Bad(
        replace(_order(PLAIN, outcome="NO"), key="used"), KeyConflict(FIRST)
    ),
    "a key used for another stake": Bad(replace(_order(PLAIN, ONE), key="used"), KeyConflict(FIRST)),
    "a minimum nobody set aside": Bad(_order(TOTE, ONE), SubsidyUsedUp(sols("0.2218"), Lamports(1))),
    "a touch never seen": Bad(_order(TOUCHES["NEVER"]), PriceTooOld(None, 6_000)),
    "an old price": Bad(_order(TOUCHES["OLD"]), PriceTooOld(6_001, 6_000)),
    "a price of the future": Bad(_order(TOUCHES["AHEAD"]), PriceTooOld(-2_001, 6_000)),
    "a first hit": Bad(_order(TOUCHES["HIT"]), TouchPending(NOON_MS)),
    "a band at the target": Bad(_order(TOUCHES["BAND"]), PriceTooNear(0, 1_000)),
    "a wide market": Bad(_order(TOUCHES["WIDE"]), PriceTooNear(50_000, 50_000)),
    "a gap": Bad(_order(TOUCHES["GAP"]), GapUnaudited(5)),
    "more than moving the price costs": Bad(_order(THINS["CAP"], CAP + Lamports(1)), CapReached(CAP, ZERO)),
    "a pool that halved": Bad(
        _order(THINS["HALF"]), LiquidityHalved(DEPTH.liquidity_cents, SMALL.liquidity_cents)
    ),
    "a pool nobody can read": Bad(_order(THINS["BLIND"]), PriceTooOld(None, 6_000)),
    "a pool read long ago": Bad(_order(THINS["STALE"]), PriceTooOld(6_001, 6_000)),
    "a pool never read": Bad(_order(THINS["DARK"]), PriceTooOld(None, 6_000)),
}

GOOD = [
    an_order(BEN, "NO", TENTH, room=PLAIN.id, key="good"),
    an_order(BEN, "YES", TENTH, room=TOUCHES["SEEN"].id, key="good"),
    an_order(BEN, "YES", CAP, room=THINS["FILL"].id, key="good"),
    an_order(BEN, "YES", TENTH, room=PLAIN.id, key="good again"),
]
"""Orders that nothing stands against, whatever stands beside them."""


async def furnish(keeper: Bookkeeper) -> None:
    """Make the house: everyone has joined, and each room stands as its orders need it."""
    await keeper.people(ANN, BEN, each=HAS)
    await keeper.people(RICH, each=WEALTH)

    async def work(books: Books) -> None:
        for room in ROOMS:
            await books.rooms.add(room)
        await books.markets.save(MARKETS)
        await books.bets.place(
            [
                FIRST,
                a_bet(902, RICH, "YES", FULL, room=FULL_ROOM.id),
                a_bet(904, RICH, "YES", ONE, room=SETTLED.id),
                a_bet(906, BEN, "NO", ONE, room=SETTLED.id),
                a_bet(910, RICH, "NO", sols("0.01"), room=TOTE.id),
                a_bet(908, RICH, "NO", ONE, room=VOIDED.id),
            ]
        )

    await keeper.do(work)
    for room in (SETTLED, VOIDED):
        ended = await SettleRoom(store=keeper.store)(room.id)
        assert isinstance(ended, Ok)
