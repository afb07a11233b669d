"""A room while a batch of bets is judged: what is taken at once, and what is left to the rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from rooms_core.domain.bet import (
    BalanceTooLow,
    BetOrder,
    BetRefused,
    BettingEnded,
    CapReached,
    OutcomeUnknown,
    ReturnTooLow,
    StakeTooLarge,
    StakeTooSmall,
    SubsidyUsedUp,
)
from rooms_core.domain.betting import Betting
from rooms_core.domain.dividend import DividendRule
from rooms_core.domain.ids import BetId
from rooms_core.domain.market import MarketState, Mode, Outcome, PoolDepth, PumpMarketCap
from rooms_core.domain.money import STORED_MAX, Lamports
from rooms_core.domain.pool import Pool
from rooms_core.domain.room import Room
from rooms_core.domain.rules import HouseRules
from rooms_core.domain.thin_pool import ThinPool
from rooms_core.result import Err, Ok
from rooms_core.testing.builders import a_bet, a_market, a_market_state, a_reading, a_room, an_order, sols
from rooms_core.testing.clock import NOON_MS

STAKES = {"YES": sols("90"), "NO": sols("50")}
DEPTH = PoolDepth(2_500_000, 10_000, 100 * 10**12)


def betting(room: Room | None = None, *, now_ms: int = NOON_MS, market: MarketState | None = None) -> Betting:
    """A room with 140 SOL in it, just now."""
    return Betting(room or a_room(stakes=STAKES), now_ms=now_ms, market=market)


def bet(desk: Betting, order: BetOrder, *, number: int = 8, available: str = "10", mint: str = "0") -> object:
    """The answer to an order: the bet, or why not."""
    answer = desk.judge(
        order, bet_id=BetId(number), available=sols(available).value, mint_staked=sols(mint).value
    )
    return answer.value if isinstance(answer, Ok) else answer.why


def standing(desk: Betting) -> Mapping[Outcome, Lamports]:
    """The pool."""
    return dict(desk.room.pool.stakes)


def test_bets_grow_the_pool_one_after_another() -> None:
    """Each has its own id, the one clock of the batch, and stands in the room that the next is judged by."""
    room = a_room(stakes=STAKES)
    desk = betting(room)

    assert a_bet(8, 2, "YES", sols("1"), key="1") == bet(desk, an_order(2, "YES", sols("1")))
    assert a_bet(10, 4, "NO", sols("10"), key="1") == bet(desk, an_order(4, "NO", sols("10")), number=10)
    assert replace(room, pool=Pool.of({"YES": sols("91"), "NO": sols("60")})) == desk.room


def test_a_room_in_which_nobody_bet_is_the_room_it_was() -> None:
    """Nothing is made anew."""
    room = a_room(stakes=STAKES)

    assert betting(room).room is room


@pytest.mark.parametrize(
    "order, refused",
    [
        (an_order(2, "MAYBE", sols("1")), OutcomeUnknown(Outcome("MAYBE"), (Outcome("YES"), Outcome("NO")))),
        (an_order(2, "YES", sols("0.0009")), StakeTooSmall(sols("0.0009"), sols("0.001"))),
        (an_order(2, "YES", sols("10.1")), BalanceTooLow(sols("10"), sols("10.1"))),
        # 141 SOL less 3 %, shared by 91
        (
            an_order(2, "YES", sols("1"), return_min=sols("1.51")),
            ReturnTooLow(sols("1.502967032"), sols("1.51")),
        ),
    ],
)
def test_a_refusal_is_that_of_the_room(order: BetOrder, refused: BetRefused) -> None:
    """Whatever a room refuses, it refuses here in the same words, and the pool stays."""
    desk = betting()

    assert refused == bet(desk, order)
    assert {Outcome(name): stake for name, stake in STAKES.items()} == standing(desk)


def test_a_room_that_rests_refuses_everybody() -> None:
    """At its lock no order is looked at more closely."""
    room = a_room(stakes=STAKES)
    desk = betting(room, now_ms=room.lock_at_ms)

    for outcome in ("YES", "NO"):
        assert BettingEnded(room.lock_at_ms, room.lock_at_ms) == bet(desk, an_order(2, outcome, sols("1")))


def test_a_protected_return_is_judged_with_the_bets_before() -> None:
    """What would do at first does no longer when others have staked on the same outcome."""
    desk = betting()
    order = an_order(2, "YES", sols("1"), return_min=sols("1.502"))

    assert a_bet(8, 2, "YES", sols("1"), key="1") == bet(desk, order)
    again = bet(desk, replace(order, key="2"))
    assert isinstance(again, ReturnTooLow)
    assert again.return_now < sols("1.502")


@pytest.mark.parametrize(
    "stakes, rules, order, returns",
    [
        # 141 SOL less 3 %, shared by 91
        ({"YES": "90", "NO": "50"}, "rooms", "YES", "1.502967032"),
        # nobody stands against him: the room would be void
        ({"YES": "90", "NO": "0"}, "rooms", "YES", "1"),
        # 33 SOL against 1 are one too many, and his is the newest
        ({"YES": "32", "NO": "1"}, "rooms", "YES", "1"),
        # 32 SOL against 1 are not; 3 % of 33 SOL leave 32.01, but nobody loses
        ({"YES": "31", "NO": "1"}, "rooms", "YES", "1.0003125"),
        # the other side holds 40 SOL against 2: eight of them would leave
        ({"YES": "0", "NO": "40"}, "rooms", "YES", "32.01"),
        # without a match limit the whole pool is his, less 3 % of what he wins
        ({"YES": "0", "NO": "40"}, "losing-pool", "YES", "39.8"),
        # 19 SOL less 3 %, shared by 10, floored to ten per cent steps
        ({"YES": "9", "NO": "9"}, HouseRules(dividend=DividendRule(step_bps=1_000)), "YES", "1.8"),
    ],
)
def test_a_return_is_protected_to_the_lamport(
    stakes: dict[str, str], rules: HouseRules | str, order: str, returns: str
) -> None:
    """The return itself is enough to be accepted, a lamport more is not (M12)."""
    house = HouseRules.preset(rules) if isinstance(rules, str) else rules
    room = a_room(stakes={name: sols(held) for name, held in stakes.items()}, rules=house)
    asked = an_order(2, order, sols("1"), return_min=sols(returns))
    more = Lamports(sols(returns).value + 1)

    assert ReturnTooLow(sols(returns), more) == bet(betting(room), replace(asked, return_min=more))
    assert a_bet(8, 2, order, sols("1"), key="1") == bet(betting(room), asked)


def test_the_pot_ends_where_it_cannot_be_stored() -> None:
    """The last lamport that fits is taken, one more is not (M10)."""
    most = Lamports(STORED_MAX - 5_000_000)
    desk = betting(a_room(stakes={"YES": most, "NO": Lamports(2_000_000)}))
    last = an_order(2, "YES", Lamports(3_000_000))

    assert a_bet(8, 2, "YES", Lamports(3_000_000), key="1") == bet(desk, last)
    least = an_order(2, "YES", Lamports(1_000_000))
    assert StakeTooLarge(Lamports(1_000_000), Lamports(0), Lamports(STORED_MAX)) == bet(desk, least)


def thin_room() -> Room:
    """A room on a thin token: all its rooms together may hold 2.5 SOL."""
    return a_room(
        market=a_market(subject=PumpMarketCap("mint"), mode=Mode.AT_CLOSE),
        thin=ThinPool(created=DEPTH, distance_ppm=210_000),
    )


def test_a_thin_token_is_bet_on_up_to_its_cap() -> None:
    """What all its rooms hold counts, this one included; the cap itself is reached, not passed (R6)."""
    desk = betting(thin_room(), market=replace(a_market_state(a_reading(1)), depth=DEPTH))

    assert a_bet(8, 2, "YES", sols("0.5"), key="1") == bet(desk, an_order(2, "YES", sols("0.5")), mint="2")
    more = an_order(2, "YES", Lamports(sols("0.5").value + 1))
    assert CapReached(sols("2.5"), sols("2")) == bet(desk, more, mint="2")


@pytest.mark.parametrize("market", [None, a_market_state(a_reading(1))])
def test_a_thin_token_of_unknown_depth_rests(market: MarketState | None) -> None:
    """Without its depth nothing bounds the room."""
    order = an_order(2, "YES", sols("0.5"))

    assert thin_room().rests(market, NOON_MS) == bet(betting(thin_room(), market=market), order)


def test_promised_dividends_are_judged_by_the_rule_alone() -> None:
    """A house that may have to pay subsidies asks for each bet what it could cost; the bets it takes still add up."""
    rules = HouseRules.preset("us-tote", subsidy_max=sols("1"))
    desk = betting(a_room(rules=rules, stakes={"YES": sols("10"), "NO": sols("10")}))

    assert a_bet(8, 2, "YES", sols("1"), key="1") == bet(desk, an_order(2, "YES", sols("1")))
    assert {"YES": sols("11"), "NO": sols("10")} == standing(desk)
    much = bet(desk, an_order(2, "YES", sols("90")), available="100")
    assert isinstance(much, SubsidyUsedUp)


def test_the_room_says_why_it_rests() -> None:
    """None: stake, balance and pool decide."""
    room = a_room(stakes=STAKES)

    assert room.rests(None, NOON_MS) is None
    assert BettingEnded(room.lock_at_ms, room.lock_at_ms) == room.rests(None, room.lock_at_ms)
    assert Err(room.rests(None, room.lock_at_ms)) == room.accept(
        an_order(2, "YES", sols("1")),
        bet_id=BetId(8),
        available=sols("10"),
        now_ms=room.lock_at_ms,
        market=None,
    )
