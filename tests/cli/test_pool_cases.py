"""`rooms pool settle`, case by case: a second calculator that shares no code, examples, and the door."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any, Final

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from rooms_cli.pool_cases import Answer, pool_line
from rooms_core.result import Err, Ok

MAX: Final = 2**63 - 1


def bets(*rows: tuple[str, str, int]) -> list[dict[str, str]]:
    """Bets as JSON."""
    return [{"bettor": who, "outcome": outcome, "stake": str(stake)} for who, outcome, stake in rows]


def answered(case: dict[str, Any]) -> Answer:
    """The answer to a well-formed case."""
    match pool_line(case):
        case Ok(answer):
            return answer
        case Err(why):
            pytest.fail(f"{why.message}: {case}")


def refused(case: object) -> str:
    """Why a case is malformed."""
    assert isinstance(case, dict)
    match pool_line(case):
        case Ok(answer):
            pytest.fail(f"answered {answer}")
        case Err(why):
            return why.message


# --- a second calculator, written from the plan's text alone: fractions, no division of integers but floor ---

TABLE: Final[dict[str, dict[str, Any]]] = {
    "rooms": {"takeout_bps": 300, "host_bps": 100, "takeout_base": "TOTAL_CAPPED"},
    "pancakeswap": {"takeout_bps": 300, "host_bps": 0, "takeout_base": "TOTAL"},
    "losing-pool": {"takeout_bps": 300, "host_bps": 100, "takeout_base": "LOSING"},
    "us-tote": {
        "takeout_bps": 1800,
        "host_bps": 0,
        "takeout_base": "TOTAL",
        "dividend_step_bps": 1000,
        "dividend_min_bps": 10500,
    },
    "uk-tote": {
        "takeout_bps": 1925,
        "host_bps": 0,
        "takeout_base": "TOTAL",
        "dividend_step_bps": 1000,
        "dividend_ladder": [[9000, 10200], [11000, 11000]],
        "dead_heat": "EQUAL_SPLIT",
    },
}


def floor(value: Fraction | int) -> int:
    """Rounded down."""
    return int(value // 1)


def merged(given_rules: dict[str, Any]) -> dict[str, Any]:
    """The preset's row with the overrides laid over it."""
    return TABLE[given_rules.get("preset", "rooms")] | {k: v for k, v in given_rules.items() if k != "preset"}


def by_text(case: dict[str, Any]) -> Answer:
    """What the plan says the answer is."""
    rules = merged(case.get("rules", {}))
    limit = rules.get("match_limit", 0)
    placed = [(bet["bettor"], bet["outcome"], int(bet["stake"])) for bet in case["bets"]]
    staked: dict[str, int] = {}
    for _, outcome, stake in placed:
        staked[outcome] = staked.get(outcome, 0) + stake
    reason = None
    if "void" in case:
        reason = "REQUESTED"
    elif case["winning"] == []:
        reason = "NO_WINNER_GIVEN"
    elif len(staked) == 1:
        reason = "ONE_SIDED"
    elif not any(outcome in staked for outcome in case["winning"]):
        reason = "EMPTY_WINNER"
    refunds: dict[str, int] = {}
    if reason is not None:
        for who, _, stake in placed:
            refunds[who] = refunds.get(who, 0) + stake
        return show(
            "VOIDED",
            reason,
            sum(staked.values()),
            0,
            0,
            0,
            0,
            0,
            {},
            refunds,
            0 if "match_limit" in rules else None,
        )

    # The match limit: the excess of one outcome goes back, newest first.
    left = [list(each) for each in placed]
    matched = 0
    if limit:
        for outcome, amount in staked.items():
            excess = amount - limit * (sum(staked.values()) - amount)
            if excess > 0:
                matched = excess
                for bet in reversed(left):
                    if bet[1] == outcome and excess:
                        back = min(int(bet[2]), excess)
                        excess -= back
                        bet[2] = int(bet[2]) - back
                        refunds[str(bet[0])] = refunds.get(str(bet[0]), 0) + back
                break
    positions: dict[tuple[str, str], int] = {}
    pool: dict[str, int] = {}
    for who, outcome, stake in left:
        positions[str(who), str(outcome)] = positions.get((str(who), str(outcome)), 0) + int(stake)
        pool[str(outcome)] = pool.get(str(outcome), 0) + int(stake)

    gross = sum(pool.values())
    winners = {outcome: stakes for outcome, stakes in pool.items() if outcome in case["winning"]}
    on_winners = sum(winners.values())
    rate = Fraction(rules["takeout_bps"], 10_000)
    takeout = floor(gross * rate)
    if rules["takeout_base"] == "TOTAL_CAPPED":
        takeout = min(takeout, gross - on_winners)
    if rules["takeout_base"] == "LOSING":
        takeout = floor((gross - on_winners) * rate)
    host = floor(Fraction(takeout * rules["host_bps"], rules["takeout_bps"])) if rules["takeout_bps"] else 0
    net = gross - takeout
    tied = len(winners)
    payouts: dict[str, int] = {}
    for (who, outcome), position in positions.items():
        if outcome not in winners:
            continue
        own = winners[outcome]
        if tied == 1 or rules.get("dead_heat") == "EQUAL_SPLIT":
            each = Fraction(net, tied * own)
        elif net >= on_winners:
            each = Fraction(tied * own + net - on_winners, tied * own)
        else:
            each = Fraction(net, on_winners)
        step, least = rules.get("dividend_step_bps", 0), rules.get("dividend_min_bps", 0)
        ladder = rules.get("dividend_ladder", [])
        if step or least or ladder:
            bps = floor(each * 10_000)
            bps -= bps % step if step else 0
            bps = max(bps, least)
            for up_to, pays in reversed(ladder):
                if each <= Fraction(up_to, 10_000):
                    bps = pays
            each = Fraction(bps, 10_000)
        paid = floor(position * each)
        if paid:
            payouts[who] = payouts.get(who, 0) + paid
    spent = sum(payouts.values())
    return show(
        "SETTLED",
        None,
        gross,
        takeout,
        host,
        takeout - host,
        max(0, net - spent),
        max(0, spent - net),
        payouts,
        refunds,
        matched if "match_limit" in rules else None,
    )


def show(
    state: str,
    reason: str | None,
    gross: int,
    takeout: int,
    host: int,
    protocol: int,
    breakage: int,
    subsidy: int,
    payouts: dict[str, int],
    refunds: dict[str, int],
    matched: int | None,
) -> Answer:
    """An answer in the plan's form."""
    shown: Answer = {
        "state": state,
        "reason": reason,
        "gross": str(gross),
        "takeout": str(takeout),
        "host": str(host),
        "protocol": str(protocol),
        "breakage": str(breakage),
        "subsidy": str(subsidy),
        "payouts": {who: str(amount) for who, amount in payouts.items()},
        "refunds": {who: str(amount) for who, amount in refunds.items()},
    }
    return shown if matched is None else shown | {"match_refunds": str(matched)}


amounts = st.one_of(
    st.integers(1, 9),
    st.integers(1, 10_000),
    st.integers(1, MAX),
    st.sampled_from([1, 2, 3, 10**9, 10**18, MAX - 1, MAX]),
)
steps = st.sampled_from([1, 5, 10, 16, 100, 625, 1000, 2000, 2500, 5000, 10_000])


@st.composite
def some_rules(draw: st.DrawFn) -> dict[str, Any]:
    """Well-formed rules: any preset, or none, with any overrides that go together."""
    preset = draw(st.sampled_from([None, *TABLE]))
    rules: dict[str, Any] = {} if preset is None else {"preset": preset}
    if draw(st.booleans()):
        rules["takeout_bps"] = draw(st.integers(0, 10_000) | st.sampled_from([0, 1, 300, 9_999, 10_000]))
        rules["host_bps"] = draw(st.integers(0, rules["takeout_bps"]))
    if draw(st.booleans()):
        rules["takeout_base"] = draw(st.sampled_from(["TOTAL", "TOTAL_CAPPED", "LOSING"]))
    if draw(st.booleans()):
        rules["dead_heat"] = draw(st.sampled_from(["PROFIT_SPLIT", "EQUAL_SPLIT"]))
    if draw(st.booleans()):
        rules["dividend_step_bps"] = draw(steps)
    way = draw(st.sampled_from(["preset", "preset", "minimum", "ladder", "none"]))
    if way == "minimum":
        rules |= {"dividend_min_bps": draw(st.integers(0, 30_000)), "dividend_ladder": []}
    if way == "ladder":
        tops = draw(st.lists(st.integers(0, 40_000), min_size=1, max_size=4, unique=True))
        rules["dividend_ladder"] = [[top, draw(st.integers(0, 40_000))] for top in sorted(tops)]
        rules["dividend_min_bps"] = 0
    if way == "none":
        rules |= {"dividend_min_bps": 0, "dividend_ladder": []}
    if draw(st.booleans()):
        rules["match_limit"] = draw(st.sampled_from([0, 1, 2, 3, 32, 10**6, 2**80]))
    return rules


rows_of = st.tuples(st.sampled_from("abcde"), st.integers(0, 7), amounts)
NAMES: Final = ["YES", "NO", "yes", "Ø", "e", "f", "g", "h"]


@st.composite
def settled_case(draw: st.DrawFn) -> dict[str, Any]:
    """A well-formed case of up to 8 outcomes and 14 bets in which somebody wins against somebody."""
    count = draw(st.integers(2, 8))
    drawn = draw(st.lists(rows_of, min_size=2, max_size=14))
    rows = [(who, NAMES[number % count], stake) for who, number, stake in drawn]
    rows[0], rows[-1] = (rows[0][0], "YES", rows[0][2]), (rows[-1][0], "NO", rows[-1][2])
    others = draw(st.lists(st.sampled_from([*NAMES[1:count], "nobody's"]), unique=True, max_size=3))
    return {
        "bets": bets(*rows),
        "winning": draw(st.permutations(["YES", *others])),
        "rules": draw(some_rules()),
    }


@st.composite
def some_case(draw: st.DrawFn) -> dict[str, Any]:
    """A well-formed case, settled or void for any reason, with and without rules."""
    case = draw(settled_case())
    way = draw(st.sampled_from(["one side", "empty winner", "no winner", "void", "void alone", "as it is"]))
    if way == "one side":
        case["bets"] = [bet | {"outcome": "YES"} for bet in case["bets"]]
    if way == "empty winner":
        case["winning"] = ["nobody's", "none"]
    if way == "no winner":
        case["winning"] = []
    if way.startswith("void"):
        case["void"] = "asked for"
    if way == "void alone":
        del case["winning"]
    if draw(st.booleans()):
        del case["rules"]
    return case


@given(settled_case())
def test_every_settlement_is_calculated_as_the_plan_says(case: dict[str, Any]) -> None:
    """Two calculators, one in fractions and one in integers, give the same answer to the last unit."""
    event(f"{len(case['winning'])} winners listed")

    assert by_text(case) == answered(case)


@given(some_case())
def test_every_case_is_settled_or_void_as_the_plan_says(case: dict[str, Any]) -> None:
    """The first reason to void is found, and the answer has all keys, whatever the way there."""
    expected = by_text(case)
    event(str(expected["reason"] or expected["state"]))

    assert expected == answered(case)


@given(some_case())
def test_no_unit_is_lost(case: dict[str, Any]) -> None:
    """All stakes and the subsidy are found again in refunds, payouts, takeout and breakage."""
    found = answered(case)
    staked = sum(int(bet["stake"]) for bet in case["bets"])
    out = sum(map(int, found["payouts"].values())) + sum(map(int, found["refunds"].values()))

    assert staked + int(found["subsidy"]) == out + int(found["takeout"]) + int(found["breakage"])
    assert int(found["takeout"]) == int(found["host"]) + int(found["protocol"])
    assert "0" in (found["subsidy"], found["breakage"])


# --- examples worked on paper ---

SOURCE: Final = bets(("you", "YES", 10), ("nine", "YES", 90), ("five", "NO", 50))


def test_the_sources_own_room_answers_14_55() -> None:
    """YES 100, NO 50, you hold 10 of YES: 14.55 SOL; takeout 4.5, of which 1.5 is the host's."""
    sol = [bet | {"stake": bet["stake"] + "0" * 9} for bet in SOURCE]

    assert {
        "state": "SETTLED",
        "reason": None,
        "gross": "150000000000",
        "takeout": "4500000000",
        "host": "1500000000",
        "protocol": "3000000000",
        "breakage": "0",
        "subsidy": "0",
        "payouts": {"you": "14550000000", "nine": "130950000000"},
        "refunds": {},
    } == answered({"bets": sol, "winning": ["YES"]})


@pytest.mark.parametrize(
    "rows, rules, takeout, breakage, subsidy, payouts",
    [
        # 150 × 3 % = 4; the host's third of it is 1; 146 shared by 100
        ([("a", "Y", 100), ("b", "N", 50)], {}, 4, 0, 0, {"a": 146}),
        # a favourite everybody backs: 3 % of 1010 would be 30, more than the 10 that were lost
        ([("a", "Y", 1000), ("b", "N", 10)], {}, 10, 0, 0, {"a": 1000}),
        ([("a", "Y", 1000), ("b", "N", 10)], {"preset": "pancakeswap"}, 30, 0, 0, {"a": 980}),
        ([("a", "Y", 1000), ("b", "N", 10)], {"preset": "losing-pool"}, 0, 0, 0, {"a": 1010}),
        # 1500 − 18 % = 1230 on 1000: 1.23 is floored to 1.20, 30 is breakage
        ([("a", "Y", 1000), ("b", "N", 500)], {"preset": "us-tote"}, 270, 30, 0, {"a": 1200}),
        # 1100 − 18 % = 902: the promised 1.05 costs 1050, so the house adds 148
        ([("a", "Y", 1000), ("b", "N", 100)], {"preset": "us-tote"}, 198, 0, 148, {"a": 1050}),
        # 1100 − 19.25 % = 889 (takeout 211): 0.889 is at most 0.90 and pays 1.02
        ([("a", "Y", 1000), ("b", "N", 100)], {"preset": "uk-tote"}, 211, 0, 131, {"a": 1020}),
        # 1300 − 19.25 % = 1050 (takeout 250): 1.05 is at most 1.10 and pays 1.10
        ([("a", "Y", 1000), ("b", "N", 300)], {"preset": "uk-tote"}, 250, 0, 50, {"a": 1100}),
        # a minimum without a step: 11640 ÷ 7919 is floored to the basis point, 1.4698
        ([("a", "Y", 7919), ("b", "N", 4081)], {"dividend_min_bps": 10_100}, 360, 1, 0, {"a": 11_639}),
        # no takeout, no host: each lamport of the pool is paid
        ([("a", "Y", 3), ("b", "N", 4)], {"takeout_bps": 0, "host_bps": 0}, 0, 0, 0, {"a": 7}),
        # everything taken, up to what was lost
        ([("a", "Y", 3), ("b", "N", 4)], {"takeout_bps": 10_000}, 4, 0, 0, {"a": 3}),
        ([("a", "Y", 3), ("b", "N", 4)], {"takeout_bps": 10_000, "takeout_base": "TOTAL"}, 7, 0, 0, {}),
    ],
)
def test_the_presets_pay_what_was_worked_out_on_paper(
    rows: list[tuple[str, str, int]],
    rules: dict[str, Any],
    takeout: int,
    breakage: int,
    subsidy: int,
    payouts: dict[str, int],
) -> None:
    """Takeout, breakage, subsidy and payouts of single winners."""
    found = answered({"bets": bets(*rows), "winning": ["Y"], "rules": rules})

    assert (str(takeout), str(breakage), str(subsidy)) == (
        found["takeout"],
        found["breakage"],
        found["subsidy"],
    )
    assert {who: str(amount) for who, amount in payouts.items()} == found["payouts"]


def test_a_dead_heat_returns_stakes_and_splits_the_profit() -> None:
    """300 and 200 tie against 100: 18 are taken, 82 of profit are halved; outcomes without stakes do not count."""
    found = answered(
        {"bets": bets(("a", "N", 300), ("b", "S", 100), ("c", "W", 200)), "winning": ["N", "W", "E"]}
    )

    assert {"a": "341", "c": "241"} == found["payouts"]


def test_where_everybody_wins_the_room_is_settled() -> None:
    """No stake is lost, so nothing can be taken, and everybody has his stake back."""
    found = answered({"bets": bets(("a", "Y", 300), ("b", "N", 100)), "winning": ["Y", "N"]})

    assert ("SETTLED", "0", {"a": "300", "b": "100"}) == (found["state"], found["takeout"], found["payouts"])


@pytest.mark.parametrize(
    "rows, more, reason",
    [
        ([("a", "Y", 1), ("b", "N", 2)], {"winning": ["Y"], "void": "the feed was wrong"}, "REQUESTED"),
        ([("a", "Y", 1), ("b", "Y", 2)], {"winning": [], "void": "x"}, "REQUESTED"),
        ([("a", "Y", 1), ("b", "N", 2)], {"void": "x"}, "REQUESTED"),
        ([("a", "Y", 1), ("b", "Y", 2)], {"winning": []}, "NO_WINNER_GIVEN"),
        ([("a", "Y", 1), ("b", "Y", 2)], {"winning": ["N"]}, "ONE_SIDED"),
        ([("a", "Y", 1), ("b", "Y", 2)], {"winning": ["Y"]}, "ONE_SIDED"),
        ([("a", "Y", 1), ("b", "N", 2)], {"winning": ["n"]}, "EMPTY_WINNER"),
    ],
)
def test_the_first_reason_to_void_is_given(
    rows: list[tuple[str, str, int]], more: dict[str, Any], reason: str
) -> None:
    """REQUESTED before NO_WINNER_GIVEN before ONE_SIDED before EMPTY_WINNER; everybody has his stake back."""
    found = answered({"bets": bets(*rows), **more, "rules": {"match_limit": 1}})
    amounts_shown = ("takeout", "host", "protocol", "breakage", "subsidy", "match_refunds")

    assert ("VOIDED", reason) == (found["state"], found["reason"])
    assert {"a": "1", "b": "2"} == found["refunds"]
    assert ("3", {}, {"0"}) == (found["gross"], found["payouts"], {found[name] for name in amounts_shown})


def test_the_match_limit_refunds_the_newest_first() -> None:
    """At limit 2 against 10, 20 of 33 stay: the newest bet goes back whole, the one before it in part."""
    found = answered(
        {
            "bets": bets(("a", "Y", 15), ("b", "Y", 10), ("c", "N", 10), ("b", "Y", 5), ("a", "Y", 3)),
            "winning": ["Y"],
            "rules": {"match_limit": 2, "takeout_bps": 0, "host_bps": 0},
        }
    )

    assert ("30", "13") == (found["gross"], found["match_refunds"])
    assert {"a": "3", "b": "10"} == found["refunds"]
    assert {"a": "22", "b": "7"} == found["payouts"]


@pytest.mark.parametrize("rules", [None, {}, {"preset": "rooms"}, {"match_limit": 0}])
def test_no_match_limit_applies_unless_it_is_given(rules: dict[str, Any] | None) -> None:
    """Here even the preset `rooms` refunds nothing for want of a match; the figure appears where a limit is given."""
    case = {"bets": bets(("a", "Y", 1000), ("b", "N", 1)), "winning": ["Y"]}
    found = answered(case if rules is None else case | {"rules": rules})

    assert ("1001", {}) == (found["gross"], found["refunds"])
    assert ("0" if rules and "match_limit" in rules else None) == found.get("match_refunds")


def test_an_uncapped_takeout_with_a_host_is_arithmetic_here() -> None:
    """A room may not combine them; a calculation may."""
    found = answered(
        {
            "bets": bets(("a", "Y", 1000), ("b", "N", 10)),
            "winning": ["Y"],
            "rules": {"takeout_base": "TOTAL"},
        }
    )

    assert ("30", "10", "20") == (found["takeout"], found["host"], found["protocol"])


# --- the door ---

GOOD: Final[dict[str, Any]] = {"bets": bets(("a", "Y", 1), ("b", "N", 2)), "winning": ["Y"]}
BET: Final = {"bettor": "a", "outcome": "Y", "stake": "1"}


@pytest.mark.parametrize(
    "change, why",
    [
        ({"bets": []}, "bets is empty"),
        ({"bets": {}}, "bets is no list"),
        ({"bets": None}, "bets is no list"),
        ({"bets": [[]]}, "bets[0] is no object"),
        ({"bets": [BET, BET | {"note": 1}]}, 'bets[1] has an unknown key "note"'),
        ({"bets": [{"bettor": "a", "outcome": "Y"}]}, "bets[0] has no stake"),
        ({"bets": [{"bettor": "a", "stake": "1"}]}, "bets[0] has no outcome"),
        ({"bets": [BET | {"bettor": ""}]}, "bets[0].bettor is no text, or empty"),
        ({"bets": [BET | {"bettor": 7}]}, "bets[0].bettor is no text, or empty"),
        ({"bets": [BET | {"bettor": "\ud800"}]}, "bets[0].bettor holds half of a surrogate pair"),
        ({"bets": [BET | {"outcome": ""}]}, "bets[0].outcome is no text, or empty"),
        ({"winning": None}, "winning is no list"),
        ({"winning": "Y"}, "winning is no list"),
        ({"winning": ["Y", "Y"]}, "winning names an outcome twice"),
        ({"winning": [1]}, "winning[0] is no text, or empty"),
        ({"winning": [""]}, "winning[0] is no text, or empty"),
        ({"winning": ["Y", "Y"], "void": "x"}, "winning names an outcome twice"),
        ({"void": ""}, "void is no text, or empty"),
        ({"void": None}, "void is no text, or empty"),
        ({"void": True}, "void is no text, or empty"),
        ({"rule": {}}, 'the case has an unknown key "rule"'),
        ({"Bets": []}, 'the case has an unknown key "Bets"'),
        ({"rules": None}, "rules is no object"),
        ({"rules": []}, "rules is no object"),
        ({"rules": {"takeout": 1}}, 'rules has an unknown key "takeout"'),
        (
            {"rules": {"preset": "Rooms"}},
            "rules.preset is none of rooms, pancakeswap, losing-pool, us-tote, uk-tote",
        ),
        (
            {"rules": {"preset": None}},
            "rules.preset is none of rooms, pancakeswap, losing-pool, us-tote, uk-tote",
        ),
        ({"rules": {"takeout_bps": "300"}}, "rules.takeout_bps is no JSON integer"),
        ({"rules": {"takeout_bps": 300.0}}, "rules.takeout_bps is no JSON integer"),
        ({"rules": {"takeout_bps": True}}, "rules.takeout_bps is no JSON integer"),
        ({"rules": {"takeout_bps": None}}, "rules.takeout_bps is no JSON integer"),
        ({"rules": {"takeout_bps": 10_001}}, "rules: takeout_bps and host_bps are between"),
        ({"rules": {"takeout_bps": -1}}, "rules: takeout_bps and host_bps are between"),
        ({"rules": {"host_bps": -1}}, "rules: takeout_bps and host_bps are between"),
        ({"rules": {"host_bps": 301}}, "rules: host_bps 301 is above takeout_bps 300"),
        ({"rules": {"takeout_bps": 99}}, "rules: host_bps 100 is above takeout_bps 99"),
        (
            {"rules": {"preset": "us-tote", "host_bps": 1801}},
            "rules: host_bps 1801 is above takeout_bps 1800",
        ),
        ({"rules": {"takeout_base": "total"}}, "rules.takeout_base is none of TOTAL_CAPPED, TOTAL, LOSING"),
        ({"rules": {"takeout_base": 1}}, "rules.takeout_base is none of TOTAL_CAPPED, TOTAL, LOSING"),
        ({"rules": {"dead_heat": "SPLIT"}}, "rules.dead_heat is none of PROFIT_SPLIT, EQUAL_SPLIT"),
        ({"rules": {"dividend_step_bps": 0}}, "rules.dividend_step_bps does not divide 10,000"),
        ({"rules": {"dividend_step_bps": 3}}, "rules.dividend_step_bps does not divide 10,000"),
        ({"rules": {"dividend_step_bps": -1}}, "rules.dividend_step_bps does not divide 10,000"),
        ({"rules": {"dividend_step_bps": 20_000}}, "rules.dividend_step_bps does not divide 10,000"),
        ({"rules": {"dividend_min_bps": -1}}, "rules: a minimum dividend is not negative"),
        (
            {"rules": {"preset": "uk-tote", "dividend_min_bps": 1}},
            "rules: a minimum dividend and a ladder exclude each other",
        ),
        (
            {"rules": {"preset": "us-tote", "dividend_ladder": [[1, 1]]}},
            "rules: a minimum dividend and a ladder exclude each other",
        ),
        ({"rules": {"dividend_ladder": [[2, 1], [2, 1]]}}, "rules: a dividend ladder rises from row to row"),
        ({"rules": {"dividend_ladder": [[-1, 1]]}}, "rules: a dividend ladder has no negative figures"),
        ({"rules": {"dividend_ladder": [[1]]}}, "rules.dividend_ladder[0] is no pair of [up to, pays]"),
        ({"rules": {"dividend_ladder": [[1, "1"]]}}, "rules.dividend_ladder[0] is no JSON integer"),
        ({"rules": {"dividend_ladder": {}}}, "rules.dividend_ladder is no list"),
        ({"rules": {"match_limit": -1}}, "rules: match_limit is not negative"),
        ({"rules": {"match_limit": 1.5}}, "rules.match_limit is no JSON integer"),
    ],
)
def test_a_malformed_case_is_refused_with_the_place(change: dict[str, Any], why: str) -> None:
    """Nothing is guessed: an unknown key, another type or rules that exclude each other are said, not mended."""
    assert refused(GOOD | change).startswith(why)


@pytest.mark.parametrize(
    "stake",
    [
        "",
        "0",
        "01",
        "+1",
        "-1",
        "1.0",
        "1e3",
        " 1",
        "1 ",
        "1_000",
        "١",
        "¹",
        "0x1",
        str(MAX + 1),
        "9" * 19,
        1,
        1.0,
        None,
        True,
    ],
)
def test_a_stake_is_a_plain_number_in_a_string(stake: object) -> None:
    """From 1 to 2^63−1, ASCII digits, no sign, no leading zero; a JSON number is refused."""
    case = GOOD | {"bets": [BET | {"stake": stake}]}

    assert f"bets[0].stake is no whole number in a string, from 1 to {MAX}" == refused(case)


def test_winning_is_needed_unless_the_case_is_voided() -> None:
    """A forgotten winner is no reason to refund anybody."""
    assert 'neither "winning" nor "void" is given' == refused({"bets": GOOD["bets"]})


def test_the_largest_figures_of_the_door_are_answered() -> None:
    """A dividend of a thousand digits on many of the largest stakes can still be written out."""
    rows = [(f"b{number}", "Y", MAX) for number in range(100)]
    found = answered(
        {
            "bets": bets(*rows, ("z", "N", MAX)),
            "winning": ["Y"],
            "rules": {"dividend_min_bps": 10**999, "match_limit": 10**999},
        }
    )

    assert str(MAX * 10**995) == found["payouts"]["b0"]
    assert json.dumps(found)
