"""A second opinion: settlement worked out with fractions, bet by bet, from the written decisions alone.

It shares no code with the engine: plain numbers and texts go in and come out, so that both can only agree by being
right (or by misreading the same sentence). Slow and plain on purpose.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from math import floor


@dataclass(frozen=True, kw_only=True)
class NaiveRules:
    """The rules of a house as plain figures; rates in basis points, 0 and () mean not used."""

    takeout_bps: int = 300
    host_bps: int = 100
    base: str = "TOTAL_CAPPED"
    step_bps: int = 0
    minimum_bps: int = 0
    ladder: tuple[tuple[int, int], ...] = ()
    dead_heat: str = "PROFIT_SPLIT"
    match_limit: int = 0
    tiers_bps: tuple[int, ...] = ()
    winning_only: bool = False


@dataclass(frozen=True)
class NaiveBet:
    """One stake. Later in the list means newer among bets of the same time."""

    bettor: str
    outcome: str
    stake: int
    at_ms: int = 0


@dataclass(kw_only=True)
class NaiveEnd:
    """How a room ended: a reason (void) or figures, and what everybody got. Only amounts above 0 are listed."""

    reason: str | None
    refunds: dict[str, int] = field(default_factory=dict)
    payouts: dict[str, int] = field(default_factory=dict)
    commissions: dict[str, int] = field(default_factory=dict)
    figures: dict[str, int] = field(default_factory=dict)


def share(rate_bps: int) -> Fraction:
    """A rate as a fraction of the whole."""
    return Fraction(rate_bps, 10_000)


def naive_settle(
    bets: list[NaiveBet],
    winning: list[str],
    rules: NaiveRules,
    *,
    hosted: bool = True,
    late_after_ms: int | None = None,
    uplines: dict[str, tuple[str, ...]] | None = None,
) -> NaiveEnd:
    """Settle a room as the decisions tell it, in their order: late, void, match, takeout, dividends, commissions."""
    late = [bet for bet in bets if late_after_ms is not None and bet.at_ms > late_after_ms]
    stay = [bet for bet in bets if bet not in late]
    reason = void_reason(stay, winning)
    kept, unmatched = match(stay, 0 if reason else rules.match_limit)
    if reason is None and not any(bet.outcome in winning for bet in kept):
        reason = "EMPTY_WINNER"
    if reason is not None:
        return NaiveEnd(reason=reason, refunds=summed((bet.bettor, bet.stake) for bet in bets))

    end = NaiveEnd(reason=None)
    end.refunds = summed([*((bet.bettor, bet.stake) for bet in late), *unmatched])
    gross = sum(bet.stake for bet in kept)
    winners = {name: side(kept, name) for name in winning if side(kept, name) > 0}
    takeout = takeout_of(gross, sum(winners.values()), rules)
    host = floor(Fraction(takeout * rules.host_bps, rules.takeout_bps)) if hosted and rules.host_bps else 0
    net = gross - takeout

    paid = 0
    for bettor in dict.fromkeys(bet.bettor for bet in kept):
        for outcome in winners:
            position = sum(bet.stake for bet in kept if (bet.bettor, bet.outcome) == (bettor, outcome))
            payout = floor(position * rounded(dividend(net, outcome, winners, rules), rules))
            paid += payout
            if payout:
                end.payouts[bettor] = end.payouts.get(bettor, 0) + payout
    for bettor, above in (uplines or {}).items():
        counted = sum(
            bet.stake
            for bet in kept
            if bet.bettor == bettor and (bet.outcome in winners or not rules.winning_only)
        )
        for referrer, tier in zip(above, rules.tiers_bps, strict=False):
            earned = floor(takeout * Fraction(counted, gross) * share(tier))
            if earned:
                end.commissions[referrer] = end.commissions.get(referrer, 0) + earned
    commissions = sum(end.commissions.values())
    end.figures = {
        "staked": sum(bet.stake for bet in bets),
        "late_refunds": sum(bet.stake for bet in late),
        "match_refunds": sum(amount for _, amount in unmatched),
        "gross": gross,
        "takeout": takeout,
        "host": host,
        "protocol": takeout - host - commissions,
        "commissions": commissions,
        "paid": paid,
        "breakage": max(0, net - paid),
        "subsidy": max(0, paid - net),
    }
    return end


def void_reason(stay: list[NaiveBet], winning: list[str]) -> str | None:
    """Why there is nothing to settle before any winner is looked at."""
    if not winning:
        return "NO_WINNER_GIVEN"
    if len({bet.outcome for bet in stay}) < 2:
        return "ONE_SIDED"
    return None


def side(bets: list[NaiveBet], outcome: str) -> int:
    """All that stands on one outcome."""
    return sum(bet.stake for bet in bets if bet.outcome == outcome)


def match(bets: list[NaiveBet], limit: int) -> tuple[list[NaiveBet], list[tuple[str, int]]]:
    """Take away, newest first, what stands beyond `limit` × the others; the bets that stay, and who gets what back."""
    if limit == 0:
        return bets, []
    everything = sum(bet.stake for bet in bets)
    for outcome in {bet.outcome for bet in bets}:
        too_much = side(bets, outcome) - limit * (everything - side(bets, outcome))
        if too_much > 0:
            break
    else:
        return bets, []
    kept, back = [], []
    for _, bet in sorted(enumerate(bets), key=lambda each: (each[1].at_ms, each[0]), reverse=True):
        gone = min(too_much, bet.stake) if bet.outcome == outcome else 0
        too_much -= gone
        if gone:
            back.append((bet.bettor, gone))
        if bet.stake > gone:
            kept.append(NaiveBet(bet.bettor, bet.outcome, bet.stake - gone, bet.at_ms))
    return kept, back


def takeout_of(gross: int, winning: int, rules: NaiveRules) -> int:
    """What the house takes, by its base."""
    if rules.base == "LOSING":
        return floor((gross - winning) * share(rules.takeout_bps))
    full = floor(gross * share(rules.takeout_bps))
    return min(full, gross - winning) if rules.base == "TOTAL_CAPPED" else full


def dividend(net: int, outcome: str, winners: dict[str, int], rules: NaiveRules) -> Fraction:
    """What one staked lamport is paid on a winning outcome, before the house rounds it."""
    on_all = sum(winners.values())
    part = Fraction(1, len(winners))
    if rules.dead_heat == "EQUAL_SPLIT":
        return net * part / winners[outcome]
    if net < on_all:
        return Fraction(net, on_all)
    return 1 + (net - on_all) * part / winners[outcome]


def rounded(exact: Fraction, rules: NaiveRules) -> Fraction:
    """The dividend the house pays instead."""
    if not (rules.step_bps or rules.minimum_bps or rules.ladder):
        return exact
    for up_to, pays in rules.ladder:
        if exact <= share(up_to):
            return share(pays)
    step = share(rules.step_bps or 1)
    return max(floor(exact / step) * step, share(rules.minimum_bps))


def summed(amounts: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Sums by name, without those who get nothing."""
    sums: dict[str, int] = {}
    for name, amount in amounts:
        if amount:
            sums[name] = sums.get(name, 0) + amount
    return sums
