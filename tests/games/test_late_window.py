"""Games against R4: what does it bring to bet on a result one knows already?"""

from __future__ import annotations

from itertools import product

from tests.games.pots import house

from rooms_core.domain.ids import RoomId
from rooms_core.domain.market import NO, YES, CoinPrice, Direction, FoundBy, Market, Mode
from rooms_core.domain.money import Lamports
from rooms_core.domain.pool import Pool
from rooms_core.domain.room import ANSWERS, Room
from rooms_core.domain.settlement import Settlement, Stake, settle

ROOM = Room(
    id=RoomId(2),
    title="SOL to 200",
    market=Market(CoinPrice("SOL"), Direction.UP, 200, Mode.TOUCH),
    rules=house(match_limit=0),
    host=None,
    created_at_ms=0,
    lock_at_ms=10**6,
    settle_at_ms=2 * 10**6,
    pool=Pool.empty(ANSWERS),
    salt=b"",
)
CLEAR = 300_000
"""The last accepted tick on which the answer was open."""
EDGE = ROOM.late_after_ms(CLEAR, FoundBy.TICKS)


def test_whoever_knew_has_his_stake_back_and_no_more() -> None:
    """Attack: somebody with a live stream bets up to 12 s before the last clear tick, or after it, on either side.

    Size: 7 moments × 4 stakes × 2 sides × 9 pools. Answer: whatever is placed after the edge comes back exactly, and
    everybody else ends as if it had never been placed. At the edge it stays and is an honest bet.
    """
    moments = [EDGE, EDGE + 1, EDGE + 6_000, CLEAR - 1, CLEAR, CLEAR + 3_000, CLEAR + 6_000]
    for at_ms, stake, side, yes, no in product(
        moments, [1, 10, 500, 10**9], (YES, NO), [1, 50, 900], [1, 50, 900]
    ):
        honest = [
            Stake("y", YES, Lamports(yes), 10),
            Stake("n", NO, Lamports(no), 20),
        ]
        sniped = [*honest, Stake("we", side, Lamports(stake), at_ms)]
        alone = settle(honest, [YES], ROOM.rules, late_after_ms=EDGE)
        ending = settle(sniped, [YES], ROOM.rules, late_after_ms=EDGE)

        assert isinstance(alone, Settlement)
        assert isinstance(ending, Settlement)
        if at_ms > EDGE:
            assert {"we": Lamports(stake)} == ending.refunds
            assert alone.payouts == ending.payouts
            assert (alone.figures.takeout, alone.figures.gross) == (
                ending.figures.takeout,
                ending.figures.gross,
            )
        else:
            assert {} == ending.refunds


def test_late_stakes_cannot_keep_a_room_alive() -> None:
    """Attack: be the only one on YES, late, so that the losers' stakes have a winner to go to.

    Size: 5 stakes × 4 moments. Answer: late stakes leave first; what stays is one-sided, and all stakes go back.
    """
    for stake, at_ms in product([1, 7, 100, 10**6, 10**12], [EDGE + 1, CLEAR, CLEAR + 3_000, CLEAR + 9_000]):
        stakes = [Stake("n", NO, Lamports(100), 10), Stake("we", YES, Lamports(stake), at_ms)]

        ending = settle(stakes, [YES], ROOM.rules, late_after_ms=EDGE)

        assert not isinstance(ending, Settlement)
        assert {"n": Lamports(100), "we": Lamports(stake)} == ending.refunds
