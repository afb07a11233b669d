"""Referrals grow a forest, and commissions fit into the takeout."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.laws.worlds import World, worlds

from rooms_core.domain.ids import UserId
from rooms_core.domain.referral import (
    CODES,
    LEVELS_MAX,
    ReferrerNotOlder,
    User,
    code_number,
    is_code,
    uplines_of,
)
from rooms_core.domain.settlement import Settlement
from rooms_core.result import Err, Ok


@given(st.lists(st.tuples(st.integers(1, 40), st.integers(0, 40)), max_size=40))
def test_the_referral_graph_is_a_forest(joins: list[tuple[int, int]]) -> None:
    """Whoever tries to be brought by whom, in any order: following referrers upwards always ends (M7)."""
    users: dict[UserId, User] = {}
    for number, referrer in joins:
        user = UserId(number)
        if user in users:
            continue  # a referrer is set once
        above: tuple[UserId, ...] = ()
        if UserId(referrer) in users:
            match uplines_of(user, referrer=users[UserId(referrer)]):
                case Ok(found):
                    above = found
                case Err(why):
                    assert ReferrerNotOlder(UserId(referrer), user) == why
                    assert referrer >= number
        users[user] = User(id=user, code=code_number(number), joined_at_ms=0, uplines=above)

    for member in users.values():
        chain: list[UserId] = []
        at = member
        while at.uplines:
            at = users[at.uplines[0]]
            assert at.id < (chain[-1] if chain else member.id)
            chain.append(at.id)
        assert tuple(chain[:LEVELS_MAX]) == member.uplines
        assert member.id not in chain


@given(worlds())
def test_commissions_never_exceed_what_the_host_leaves(world: World) -> None:
    """takeout = host + protocol + commissions, with nothing negative, for any tiers that fit (I8, M7)."""
    ended = world.settled()

    if isinstance(ended, Settlement):
        figures = ended.figures
        assert figures.takeout == figures.host + figures.protocol + figures.commissions


@given(st.integers(0, CODES - 1), st.integers(0, CODES - 1))
def test_codes_differ_as_their_numbers_do(one: int, other: int) -> None:
    """Each number has a code of its own, of the same form."""
    assert is_code(code_number(one))
    assert (one == other) is (code_number(one) == code_number(other))
