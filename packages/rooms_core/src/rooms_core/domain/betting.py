"""A room while a batch of bets is judged: the answers of `Room.accept`, one order after another, without a room each.

`Room.accept` is the rule. What it would say to every order alike is asked once; an order that plain comparisons of
whole numbers show to be acceptable is taken; all others, and every refusal, go to `Room.accept` itself.
"""

from __future__ import annotations

from dataclasses import replace

from rooms_core.domain.bet import Bet, BetOrder, BetRefused
from rooms_core.domain.ids import BetId
from rooms_core.domain.market import MarketState, Outcome
from rooms_core.domain.money import STORED_MAX, Lamports
from rooms_core.domain.pool import Pool
from rooms_core.domain.quote import returned
from rooms_core.domain.room import Room
from rooms_core.result import Err, Ok, Result


class Betting:
    """A room that is being bet on at `now_ms`; its pool grows with each bet that is accepted.

    `market` is the row the monitor wrote, as for `Room.accept`.
    """

    def __init__(self, room: Room, *, now_ms: int, market: MarketState | None) -> None:
        self._room = room
        self._id = room.id
        self._now_ms = now_ms
        self._market = market
        self._stakes: dict[Outcome, int] = {outcome: held.value for outcome, held in room.pool.stakes}
        self._left = STORED_MAX - room.pool.gross.value
        self._least = room.rules.limits.stake_min.value
        self._cap: int | None = None
        if room.thin is not None and market is not None and market.depth is not None:
            self._cap = room.thin.cap(market.depth).value
        self._plain = room.rules.dividend.may_need_subsidy or room.rests(market, now_ms) is not None

    @property
    def room(self) -> Room:
        """The room as it stands after the bets accepted so far."""
        pool = self._pool()
        if pool != self._room.pool:
            self._room = replace(self._room, pool=pool)
        return self._room

    def judge(
        self, order: BetOrder, *, bet_id: BetId, available: int, mint_staked: int = 0
    ) -> Result[Bet, BetRefused]:
        """Judge an order by the bettor's balance and what all rooms on a thin token hold, both in lamports."""
        stake, outcome = order.stake.value, order.outcome
        held = self._stakes.get(outcome)
        if (
            self._plain
            or held is None
            or not self._least <= stake <= available
            or stake > self._left
            or (self._cap is not None and mint_staked + stake > self._cap)
            or (order.return_min is not None and not self._returns(order, order.return_min))
        ):
            return self._by_the_rule(order, bet_id, available, mint_staked)
        self._stakes[outcome] = held + stake
        self._left -= stake
        return Ok(
            Bet(
                id=bet_id,
                key=order.key,
                room=self._id,
                bettor=order.bettor,
                outcome=outcome,
                stake=order.stake,
                placed_at_ms=self._now_ms,
            )
        )

    def _by_the_rule(
        self, order: BetOrder, bet_id: BetId, available: int, mint_staked: int
    ) -> Result[Bet, BetRefused]:
        judged = self.room.accept(
            order,
            bet_id=bet_id,
            available=Lamports(available),
            now_ms=self._now_ms,
            market=self._market,
            mint_staked=Lamports(mint_staked),
        )
        if isinstance(judged, Err):
            return judged
        self._room, bet = judged.value
        self._stakes[bet.outcome] += bet.stake.value
        self._left -= bet.stake.value
        return Ok(bet)

    def _returns(self, order: BetOrder, least: Lamports) -> bool:
        """Whether the stake would return at least so much, itself included (`quote.returned`)."""
        outcome, stake, rules = order.outcome, order.stake.value, self._room.rules
        on, gross = self._stakes[outcome] + stake, STORED_MAX - self._left + stake
        if on == gross or not rules.dividend.exact or self._beyond_the_limit(outcome, on, gross):
            return returned(self._pool(outcome, stake), outcome, order.stake, rules) >= least
        # Nothing is refunded and no dividend is rounded: a single winner shares what the takeout leaves.
        takeout = rules.fees.takeout(gross=Lamports(gross), winning=Lamports(on))
        return stake * (gross - takeout.value) // on >= least.value

    def _beyond_the_limit(self, outcome: Outcome, on: int, gross: int) -> bool:
        """Whether some outcome would hold more than the match limit allows, with `on` lamports on this one."""
        limit = self._room.rules.match_limit
        if limit == 0:
            return False
        return any(
            held > (gross - held) * limit
            for held in (on if name == outcome else held for name, held in self._stakes.items())
        )

    def _pool(self, grows: Outcome | None = None, by: int = 0) -> Pool:
        """The pool as it stands, or with `by` lamports more on one outcome."""
        return Pool(
            tuple(
                (outcome, Lamports(held + by if outcome == grows else held))
                for outcome, held in self._stakes.items()
            )
        )
