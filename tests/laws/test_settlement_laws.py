"""Laws of settlement, for any house and any room."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import groupby
from random import Random

from hypothesis import assume, given
from hypothesis import strategies as st
from tests.laws.naive import naive_settle
from tests.laws.worlds import (
    World,
    fair_houses,
    naive_bets,
    naive_rules,
    plain,
    told,
    without_match_limit,
    worlds,
)

from rooms_core.domain import entries
from rooms_core.domain.ids import RoomId, UserId
from rooms_core.domain.journal import fold, pot, room_subsidy
from rooms_core.domain.market import Outcome
from rooms_core.domain.money import ZERO, Lamports, total
from rooms_core.domain.rules import HouseRules
from rooms_core.domain.settlement import Settlement, Stake, Voided, void
from rooms_core.domain.tally import Line, Position
from rooms_core.domain.terms import VoidReason


@given(worlds())
def test_the_engine_agrees_with_a_naive_model(world: World) -> None:
    """Reason, refunds, payouts, commissions and every figure are those worked out with fractions, bet by bet."""
    expected = naive_settle(
        naive_bets(world.stakes),
        [str(name) for name in world.winning],
        naive_rules(world.rules),
        hosted=world.hosted,
        late_after_ms=world.late_after_ms,
        uplines=dict(world.uplines),
    )

    assert expected == told(world.settled())


@given(worlds())
def test_no_lamport_is_made_or_lost(world: World) -> None:
    """What comes out (refunds, payouts, commissions, host, protocol, breakage) is what came in, plus the subsidy."""
    staked = sum(each.stake.value for each in world.stakes)
    ended = world.settled()
    back = sum(plain(ended.refunds).values())

    if isinstance(ended, Voided):
        assert (staked, staked) == (ended.staked.value, back)
    else:
        figures = ended.figures
        out = back + sum(plain(ended.payouts).values()) + sum(plain(ended.commissions).values())
        out += figures.host.value + figures.protocol.value + figures.breakage.value
        assert staked + figures.subsidy.value == out
        assert not (figures.subsidy and figures.breakage)


@given(worlds())
def test_the_pot_is_empty_afterwards(world: World) -> None:
    """The postings of a settled or void room leave its pot, and what was set aside for it, at zero (I1, I12)."""
    ids = {
        name: UserId(2 + 2 * number)
        for number, name in enumerate(("ann", "bob", "cid", "dan", "r1", "r2", "r3"))
    }
    room, host = RoomId(1_000), UserId(2_000) if world.hosted else None
    staked = sum(each.stake.value for each in world.stakes)
    ended = world.settled()

    if isinstance(ended, Voided):
        postings = [
            posting
            for name, back in ended.refunds.items()
            for posting in entries.refund(room, ids[name], back)
        ]
    else:
        lines = [Line(_for(line.position, ids[line.position.bettor]), line.payout) for line in ended.lines]
        commissions = {ids[name]: amount for name, amount in ended.commissions.items()}
        postings = [posting for line in lines for posting in entries.line(room, line)]
        postings += entries.takings(room, ended.figures, host=host, commissions=commissions)
        assert -ended.figures.subsidy.value == fold(postings).get(room_subsidy(room), 0)

    assert -staked == fold(postings).get(pot(room), 0)


def _for(position: Position[str], user: UserId) -> Position[UserId]:
    return Position(
        bettor=user,
        outcome=position.outcome,
        staked=position.staked,
        late=position.late,
        unmatched=position.unmatched,
    )


@given(worlds(), st.randoms(use_true_random=False))
def test_the_order_of_stakes_does_not_matter(world: World, chance: Random) -> None:
    """Without a match limit nobody gains by coming first or last."""
    world = without_match_limit(world)
    shuffled = list(world.stakes)
    chance.shuffle(shuffled)

    assert told(world.settled()) == told(replace(world, stakes=tuple(shuffled)).settled())


@given(worlds(), st.data())
def test_splitting_or_merging_a_stake_changes_nothing(world: World, data: st.DataObject) -> None:
    """A stake cut into pieces of the same moment gets what the whole would have got, match limit or not (M4, M6)."""
    index = data.draw(st.integers(0, len(world.stakes) - 1))
    whole = world.stakes[index]
    assume(whole.stake.value > 1)
    cut = data.draw(st.integers(1, whole.stake.value - 1))
    parts = [
        Stake(whole.bettor, whole.outcome, Lamports(part), whole.placed_at_ms)
        for part in (cut, whole.stake.value - cut)
    ]
    stakes = (*world.stakes[:index], *parts, *world.stakes[index + 1 :])

    assert told(world.settled()) == told(replace(world, stakes=stakes).settled())


@given(worlds(fair_houses()))
def test_no_winner_gets_less_than_he_staked(world: World) -> None:
    """With a capped or losing base and profits split, whoever is on a winner has his stake back at least (M2)."""
    ended = world.settled()
    assume(isinstance(ended, Settlement))
    assert isinstance(ended, Settlement)

    for line in ended.lines:
        if line.position.outcome in world.winning:
            assert line.payout >= line.position.in_pool
        else:
            assert ZERO == line.payout


@given(worlds(fair_houses()))
def test_a_payout_is_the_floor_of_the_exact_share(world: World) -> None:
    """One winner: floor(position × (gross − takeout) ÷ winning stakes); breakage below one lamport a winner (I9)."""
    world = replace(world, winning=world.winning[:1])
    ended = world.settled()
    assume(isinstance(ended, Settlement))
    assert isinstance(ended, Settlement)
    won = [line for line in ended.lines if line.position.outcome == world.winning[0]]
    on_winner = sum(line.position.in_pool.value for line in won)

    for line in won:
        exact = line.position.in_pool.value * Fraction(ended.terms.net.value, on_winner)
        assert exact // 1 == line.payout.value
    assert 0 <= ended.figures.breakage.value < len([line for line in won if line.position.in_pool])


@given(worlds())
def test_settling_again_gives_the_same(world: World) -> None:
    """The same stakes, answer and rules always end the same way; voiding what is void gives the same refunds."""
    ended = world.settled()

    assert ended == world.settled()
    if isinstance(ended, Voided):
        assert ended == void(world.stakes, ended.reason, late_after_ms=world.late_after_ms)


@given(worlds(), st.sampled_from(VoidReason))
def test_a_void_room_gives_exact_stakes_back(world: World, reason: VoidReason) -> None:
    """Whatever the reason, everybody gets what he staked, and nobody anything else (I10)."""
    ended = void(world.stakes, reason)

    assert total(each.stake for each in world.stakes) == ended.staked
    for bettor, back in ended.refunds.items():
        assert back == total(each.stake for each in world.stakes if each.bettor == bettor)


@given(worlds())
def test_names_of_outcomes_do_not_matter(world: World) -> None:
    """Swapping the names of outcomes swaps nothing else: YES is not treated better than NO."""
    other = {"A": "B", "B": "A", "C": "D", "D": "C"}
    mirrored = replace(
        world,
        stakes=tuple(replace(each, outcome=Outcome(other[each.outcome])) for each in world.stakes),
        winning=tuple(Outcome(other[name]) for name in world.winning),
    )

    assert told(world.settled()) == told(mirrored.settled())


@given(worlds(fair_houses()), st.integers(2, 10**6))
def test_a_room_k_times_as_large_pays_k_times_as_much(world: World, times: int) -> None:
    """Where rates divide evenly the takeout scales exactly, and each payout gains only what flooring had cost it."""
    base = tuple(replace(each, stake=Lamports(each.stake.value * 10_000)) for each in world.stakes)
    large = tuple(replace(each, stake=Lamports(each.stake.value * times)) for each in base)
    small_end = replace(world, stakes=base).settled()
    large_end = replace(world, stakes=large).settled()

    assert plain(large_end.refunds) == {name: back * times for name, back in plain(small_end.refunds).items()}
    if isinstance(small_end, Settlement):
        assert isinstance(large_end, Settlement)
        assert large_end.figures.takeout.value == times * small_end.figures.takeout.value
        for small, big in zip(small_end.lines, large_end.lines, strict=True):
            assert times * small.payout.value <= big.payout.value < times * (small.payout.value + 1)


@given(worlds(), st.integers(1, 40))
def test_the_match_limit_leaves_nobody_without_a_match(world: World, limit: int) -> None:
    """No outcome holds more than the limit times the others; the newest stakes of it left first, others whole (M6)."""
    world = replace(world, rules=replace(world.rules, match_limit=limit))
    ended = world.settled()
    if not isinstance(ended, Settlement):
        assert plain(ended.refunds).keys() == {each.bettor for each in world.stakes}
        return
    pool = ended.terms.pool

    for outcome, stakes in pool.stakes:
        assert stakes.value <= world.rules.match_limit * pool.against(outcome).value
    if ended.terms.excess is None:
        assert ZERO == ended.figures.match_refunds
        return
    long = ended.terms.excess.outcome
    assert pool.on(long).value == world.rules.match_limit * pool.against(long).value
    assert all(not line.position.unmatched for line in ended.lines if line.position.outcome != long)

    timely = [
        each
        for each in world.stakes
        if each.outcome == long and (world.late_after_ms is None or each.placed_at_ms <= world.late_after_ms)
    ]
    oldest_first = sorted(timely, key=lambda each: each.placed_at_ms)
    stands, expected = pool.on(long).value, dict.fromkeys((each.bettor for each in timely), 0)
    for each in oldest_first:
        kept = min(each.stake.value, stands)
        stands -= kept
        expected[each.bettor] += kept
    assert expected == {
        line.position.bettor: line.position.in_pool.value
        for line in ended.lines
        if line.position.outcome == long and line.position.bettor in expected
    }


@given(worlds())
def test_the_lines_of_a_bettor_stand_together(world: World) -> None:
    """One line per bettor and outcome, each bettor's lines together: the receipt and the commissions rely on it."""
    lines = world.settled().lines
    bettors = [bettor for bettor, _ in groupby(lines, key=lambda line: line.position.bettor)]

    assert len(set(bettors)) == len(bettors)
    assert len({(line.position.bettor, line.position.outcome) for line in lines}) == len(lines)


def test_the_sources_room_in_both_models() -> None:
    """An anchor outside of chance: both models give the source's 14.55 SOL."""
    sol = 10**9
    stakes = (
        Stake("you", Outcome("YES"), Lamports(10 * sol)),
        Stake("others", Outcome("YES"), Lamports(90 * sol)),
        Stake("against", Outcome("NO"), Lamports(50 * sol)),
    )
    world = World(
        rules=HouseRules(),
        stakes=stakes,
        winning=(Outcome("YES"),),
        hosted=True,
        late_after_ms=None,
        uplines={"you": ("r1", "r2", "r3")},
    )

    ended = told(world.settled())

    assert 14_550_000_000 == ended.payouts["you"]
    assert ended == naive_settle(
        naive_bets(stakes), ["YES"], naive_rules(world.rules), uplines={"you": ("r1", "r2", "r3")}
    )
