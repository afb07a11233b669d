"""Games against M12: does `return_min` protect against whoever bets first?"""

from __future__ import annotations

from itertools import product

from tests.games.pots import play

from rooms_core.domain.bet import BetOrder, ReturnTooLow
from rooms_core.domain.ids import BetId, RoomId, UserId
from rooms_core.domain.market import NO, YES, CoinPrice, Direction, Market, Mode
from rooms_core.domain.money import Lamports
from rooms_core.domain.pool import Pool
from rooms_core.domain.quote import quote
from rooms_core.domain.room import Room
from rooms_core.domain.rules import HouseRules, RoomLimits
from rooms_core.result import Ok

ROOM = Room(
    id=RoomId(2),
    title="SOL to 200",
    market=Market(CoinPrice("SOL"), Direction.UP, 200, Mode.AT_CLOSE),
    rules=HouseRules(limits=RoomLimits(stake_min=Lamports(1))),
    host=None,
    created_at_ms=0,
    lock_at_ms=1_000,
    settle_at_ms=2_000,
    pool=Pool.of({"YES": Lamports(0), "NO": Lamports(0)}),
    salt=b"",
)


def order(stake: int, *, outcome: str = "YES", return_min: int | None = None) -> BetOrder:
    """An order of one person; each has his own key."""
    return BetOrder(
        key=f"{outcome}{stake}",
        room=RoomId(2),
        bettor=UserId(4),
        outcome=YES if outcome == "YES" else NO,
        stake=Lamports(stake),
        return_min=None if return_min is None else Lamports(return_min),
    )


def test_nobody_in_front_lowers_a_protected_return() -> None:
    """Attack: see an order coming, and stake on the same side before it to thin its share.

    Size: 36 pools × 4 stakes × 7 stakes in front × 3 protections around the quote. Answer: the order is refused exactly
    when its return would be below what was asked; accepted, a settlement at once pays at least that.
    """
    for yes, no, stake, front in product(
        [0, 1, 9, 40, 100, 2_000], [0, 1, 9, 40, 100, 2_000], [1, 7, 30, 500], [0, 1, 5, 20, 90, 1_000, 10**6]
    ):
        quoted = quote(
            Pool.of({"YES": Lamports(yes), "NO": Lamports(no)}), YES, Lamports(stake), ROOM.rules
        ).return_now.value
        room = Room(
            **{name: getattr(ROOM, name) for name in ROOM.__dataclass_fields__ if name != "pool"},
            pool=Pool.of({"YES": Lamports(yes + front), "NO": Lamports(no)}),
        )
        bets = [("y", "YES", yes), ("n", "NO", no), ("front", "YES", front), ("me", "YES", stake)]
        real = play(bets, "YES", ROOM.rules).of(["me"]) + stake
        for wanted in (quoted - 1, quoted, quoted + 1):
            answer = room.accept(
                order(stake, return_min=wanted),
                bet_id=BetId(6),
                available=Lamports(stake),
                now_ms=1,
                market=None,
            )
            if isinstance(answer, Ok):
                assert real >= wanted
            else:
                assert ReturnTooLow(Lamports(real), Lamports(wanted)) == answer.why
                assert real < wanted


def test_an_unprotected_order_takes_what_it_finds() -> None:
    """Control: without `return_min` a stake in front leaves 11 of the 19 that were quoted; nobody was told a lie.

    The quote says "at present pools; can fall until betting ends".
    """
    before = Pool.of({"YES": Lamports(10), "NO": Lamports(20)})
    quoted = quote(before, YES, Lamports(10), ROOM.rules)
    after = quote(before.plus(YES, Lamports(100)), YES, Lamports(10), ROOM.rules)

    assert (19, 11) == (quoted.return_now.value, after.return_now.value)
