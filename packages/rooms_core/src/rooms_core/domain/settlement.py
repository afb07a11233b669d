"""Settling and voiding a room in one go: stakes in, what everybody gets out.

`settle(stakes, winning, rules)` is the whole engine in one call; it answers a `Settlement`, or `Voided` when nobody
stands against anybody (decision M5). Rooms too large for memory use `terms.decide` and `tally.Tally` directly.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from rooms_core.domain.market import Outcome
from rooms_core.domain.money import ZERO, Lamports, total
from rooms_core.domain.pool import Pool
from rooms_core.domain.returns import Excess, is_late, match_refunds
from rooms_core.domain.rules import HouseRules
from rooms_core.domain.tally import Figures, Line, Position, Tally
from rooms_core.domain.terms import Terms, VoidReason, decide

B = TypeVar("B", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Stake(Generic[B]):
    """One accepted stake, in lamports. Of two stakes placed in the same ms the later in the list is the newer."""

    bettor: B
    outcome: Outcome
    stake: Lamports
    placed_at_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement(Generic[B]):
    """A settled pool: its figures, a line for each position, and sums per bettor (only amounts above 0)."""

    figures: Figures
    terms: Terms
    lines: tuple[Line[B], ...]
    payouts: Mapping[B, Lamports]
    refunds: Mapping[B, Lamports]
    commissions: Mapping[B, Lamports]


@dataclass(frozen=True, slots=True, kw_only=True)
class Voided(Generic[B]):
    """A void room: everybody gets his exact stake back; no takeout, no commissions (invariant I10)."""

    reason: VoidReason
    staked: Lamports
    lines: tuple[Line[B], ...]
    refunds: Mapping[B, Lamports]


def settle(
    stakes: Sequence[Stake[B]],
    winning: Sequence[Outcome],
    rules: HouseRules,
    *,
    outcomes: Sequence[Outcome] = (),
    hosted: bool = True,
    late_after_ms: int | None = None,
    uplines: Mapping[B, tuple[B, ...]] | None = None,
) -> Settlement[B] | Voided[B]:
    """Pay a pool out, exactly; sums that do not agree raise InvariantBroken.

    `winning` names the outcome that won (several: a dead heat); `hosted` whether a host takes his share;
    `late_after_ms` after which instant stakes go back (decision R4); `uplines` the referrers of each bettor.
    """
    named = dict.fromkeys((*outcomes, *(each.outcome for each in stakes), *winning))
    timely = [each for each in stakes if not is_late(each.placed_at_ms, late_after_ms=late_after_ms)]
    amounts = dict.fromkeys(named, 0)
    for each in timely:
        amounts[each.outcome] += each.stake.value
    if len(named) < 2:
        why = VoidReason.ONE_SIDED if winning else VoidReason.NO_WINNER_GIVEN
        return void(stakes, why, late_after_ms=late_after_ms)
    pool = Pool(tuple((outcome, Lamports(amount)) for outcome, amount in amounts.items()))
    terms = decide(pool, winning, rules, hosted=hosted)
    if isinstance(terms, VoidReason):
        return void(stakes, terms, late_after_ms=late_after_ms)
    tally: Tally[B] = Tally(terms)
    unmatched = _unmatched(timely, terms.excess)
    lines = tally.take(_positions(stakes, unmatched, late_after_ms, uplines or {}))
    figures = tally.close()
    return Settlement(
        figures=figures,
        terms=terms,
        lines=tuple(lines),
        payouts=_by_bettor((line.position.bettor, line.payout) for line in lines),
        refunds=_by_bettor(
            (line.position.bettor, line.position.late + line.position.unmatched) for line in lines
        ),
        commissions={bettor: Lamports(amount) for bettor, amount in tally.commissions.items()},
    )


def void(stakes: Sequence[Stake[B]], reason: VoidReason, *, late_after_ms: int | None = None) -> Voided[B]:
    """Give every stake back in full. The lines still tell which stakes were late, as that may be the reason."""
    return Voided(
        reason=reason,
        staked=total(each.stake for each in stakes),
        lines=tuple(Line(position, ZERO) for position in _positions(stakes, {}, late_after_ms, {})),
        refunds=_by_bettor((each.bettor, each.stake) for each in stakes),
    )


def _unmatched(timely: Sequence[Stake[B]], excess: Excess | None) -> dict[tuple[B, Outcome], int]:
    """What of each position nothing stands against (decision M6), in lamports."""
    back: dict[tuple[B, Outcome], int] = {}
    if excess is None:
        return back
    on_it = (each for each in timely if each.outcome == excess.outcome)
    newest_first = sorted(on_it, key=lambda each: each.placed_at_ms)[::-1]
    for each, amount in match_refunds(newest_first, excess.amount):
        key = (each.bettor, each.outcome)
        back[key] = back.get(key, 0) + amount.value
    return back


def _positions(
    stakes: Sequence[Stake[B]],
    unmatched: Mapping[tuple[B, Outcome], int],
    late_after_ms: int | None,
    uplines: Mapping[B, tuple[B, ...]],
) -> list[Position[B]]:
    """Every bettor's stakes, summed per outcome; the bettors in the order of their first stake."""
    held: dict[B, dict[Outcome, list[int]]] = {}
    for each in stakes:
        sums = held.setdefault(each.bettor, {}).setdefault(each.outcome, [0, 0])
        sums[0] += each.stake.value
        sums[1] += each.stake.value if is_late(each.placed_at_ms, late_after_ms=late_after_ms) else 0
    return [
        Position(
            bettor=bettor,
            outcome=outcome,
            staked=Lamports(staked),
            late=Lamports(late),
            unmatched=Lamports(unmatched.get((bettor, outcome), 0)),
            uplines=uplines.get(bettor, ()),
        )
        for bettor, outcomes in held.items()
        for outcome, (staked, late) in outcomes.items()
    ]


def _by_bettor(amounts: Iterable[tuple[B, Lamports]]) -> dict[B, Lamports]:
    """Sums per bettor, without those who get nothing."""
    sums: dict[B, int] = {}
    for bettor, amount in amounts:
        if amount:
            sums[bettor] = sums.get(bettor, 0) + amount.value
    return {bettor: Lamports(amount) for bettor, amount in sums.items()}
