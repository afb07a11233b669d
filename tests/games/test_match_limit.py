"""Games against M6: what a sniper gets who stands against a large pool with next to nothing."""

from __future__ import annotations

from itertools import product

from tests.games.pots import UNIT, house, play

SOL = 1_000_000_000


def test_a_sniper_at_lock_wins_32_times_his_stake_at_most() -> None:
    """Attack: everybody is on YES; at lock 0.001 SOL on NO turns the refund of 100 SOL into a risk.

    Answer: with the limit 0.032 SOL stand against him; he wins 0.03101 SOL, and the others risk 0.032 of their 100. The
    control without the limit shows the attack: he would win 97.
    """
    bets = [("early", "YES", 60 * SOL), ("late", "YES", 40 * SOL), ("sniper", "NO", SOL // 1_000)]

    limited = play(bets, "NO", house())
    unlimited = play(bets, "NO", house(match_limit=0))

    assert (31_010_000, -32_000_000, 0) == (
        limited.of(["sniper"]),
        limited.of(["early"]),
        limited.of(["late"]),
    )
    assert (96_999_970_000, -60 * SOL, -40 * SOL) == (
        unlimited.of(["sniper"]),
        unlimited.of(["early"]),
        unlimited.of(["late"]),
    )


def test_no_sniper_of_any_size_wins_more() -> None:
    """Attack: the same with any small stake against any pool, betting on both sides too.

    Size: 6 pools × 6 stakes × 4 hedges × 3 limits. Answer: a sniper's prize is at most limit × his stake, and the
    other side never loses more than limit × all that stands against it.
    """
    for pool, stake, hedge, limit in product(
        [1, 10, 100, 1_000, 10_000, 10**6], [1, 2, 3, 10, 100, 500], [0, 1, 50, 1_000], [1, 2, 32]
    ):
        bets = [
            ("y", "YES", pool * UNIT),
            ("sniper", "YES", hedge * UNIT),
            ("sniper", "NO", stake * UNIT),
        ]
        ended = play(bets, "NO", house(match_limit=limit))

        assert ended.of(["sniper"]) <= limit * stake * UNIT
        assert ended.of(["y"]) >= -limit * stake * UNIT


def test_who_comes_after_the_limit_changes_nothing_for_anybody() -> None:
    """Attack: push others out of the pool, or into it, by staking on a side that is at its limit already.

    Size: 5 newcomers × 4 long sides × both answers. Answer: the newcomer is the newest, so his stake comes back whole
    and everybody else ends exactly as without him.
    """
    for newcomer, long, winner in product([1, 2, 31, 1_000, 10**9], [32, 33, 64, 500], ["YES", "NO"]):
        honest = [("old", "YES", 20 * UNIT), ("n", "NO", UNIT), ("mid", "YES", (long - 20) * UNIT)]
        before = play(honest, winner, house())
        after = play([*honest, ("we", "YES", newcomer * UNIT)], winner, house())

        assert 0 == after.of(["we"])
        assert [before.of([who]) for who in ("old", "mid", "n", "host")] == [
            after.of([who]) for who in ("old", "mid", "n", "host")
        ]
