"""Cases of `rooms oracle aggregate`: the vectors byte for byte, and a strict door."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rooms_core.proofs.canonical import canonical_bytes
from rooms_core.result import Err, Ok
from rooms_oracle.lines import DIGITS_MAX, Malformed, aggregate_line

VECTORS = Path(__file__).parent / "vectors" / "aggregation_vectors.jsonl"
CASES = [json.loads(line) for line in VECTORS.read_text(encoding="utf-8").splitlines()]


def a_case() -> dict[str, Any]:
    """A fresh copy of the first vector: three families that agree, three hits."""
    case: dict[str, Any] = json.loads(json.dumps(CASES[0]))
    return case


def refusal(case: object) -> str:
    """Why a case is malformed."""
    match aggregate_line(case):
        case Err(Malformed(message)):
            return message
        case Ok(answer):
            return f"answered {answer}"


def test_there_are_76_vectors() -> None:
    """All of them are here."""
    assert 76 == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_vector_is_answered_byte_for_byte(case: dict[str, Any]) -> None:
    """The answer's canonical JSON is the vector's."""
    expected = {
        "name": case["name"],
        "result": case["expected"],
        "hits": [hit["expected"] for hit in case["hits"]],
    }
    answer = aggregate_line(case)

    assert isinstance(answer, Ok)
    assert canonical_bytes(expected) == canonical_bytes(answer.value)


def test_what_was_expected_is_ignored() -> None:
    """A case needs no expectation, and a wrong or foreign one changes nothing."""
    case = a_case()
    answer = aggregate_line(case)
    case["expected"], case["hits"][0]["expected"] = 7, "whatever"
    ignored = aggregate_line(case)
    del case["expected"], case["hits"][0]["expected"]

    assert answer == ignored
    assert answer == aggregate_line(case)


@pytest.mark.parametrize("case", [None, [], "x", 1, True])
def test_a_case_is_an_object(case: object) -> None:
    """Anything else is malformed."""
    assert "the case is no object" == refusal(case)


@pytest.mark.parametrize("key", ["name", "params", "observations", "hits"])
def test_every_key_of_a_case_is_needed(key: str) -> None:
    """Nothing has a default."""
    case = a_case()
    del case[key]

    assert f"the case has no {key}" == refusal(case)


@pytest.mark.parametrize("where", [("params",), ("observations", 0), ("hits", 0)])
def test_keys_inside_are_needed_and_no_others_known(where: tuple[Any, ...]) -> None:
    """A key left out or made up is malformed: a misspelt setting must not be passed over."""
    more, less = a_case(), a_case()
    inside, shorter = more, less
    for step in where:
        inside, shorter = inside[step], shorter[step]
    inside["other"] = "1"
    shorter.pop("target" if where[0] == "hits" else min(shorter))

    assert refusal(more).endswith("has an unknown key")
    assert " has no " in refusal(less)


def test_an_unknown_key_of_a_case_is_malformed() -> None:
    """Also at the top."""
    assert "the case has an unknown key" == refusal(a_case() | {"more": []})


def test_expected_is_known_only_where_it_belongs() -> None:
    """In an observation it is as unknown as any other key."""
    case = a_case()
    case["observations"][0]["expected"] = "1"

    assert "observations[0] has an unknown key" == refusal(case)


@pytest.mark.parametrize(
    "number",
    [1, 1.0, None, True, "", "01", "-0", "+1", " 1", "1 ", "1\n", "1e3", "1.0", "١", "0x1", "1_0", "--1"],
)
@pytest.mark.parametrize("key", ["price", "conf", "age_ms", "weight"])
def test_integers_are_canonical_decimal_strings(number: object, key: str) -> None:
    """One number has one spelling."""
    case = a_case()
    case["observations"][1][key] = number

    assert f"observations[1].{key} is no whole number in a string" == refusal(case)


def test_integers_may_be_long_but_not_endless() -> None:
    """Figures far beyond 64 bits are judged exactly; what no answer could be written for is malformed."""
    case = a_case()
    for seen in case["observations"]:
        seen["price"] = "9" * (DIGITS_MAX - 1)
    longer = json.loads(json.dumps(case))
    longer["observations"][0]["price"] = "9" * (DIGITS_MAX + 1)

    assert isinstance(aggregate_line(case), Ok)
    assert "observations[0].price is no whole number in a string" == refusal(longer)


def test_params_and_targets_are_integers_too() -> None:
    """Settings and targets are read by the same rule."""
    case, other = a_case(), a_case()
    case["params"]["tol_cap_ppm"] = 10_000
    other["hits"][0]["target"] = 1

    assert "params.tol_cap_ppm is no whole number in a string" == refusal(case)
    assert "hits[0].target is no whole number in a string" == refusal(other)


@pytest.mark.parametrize("quorum", ["0", "-1"])
def test_a_quorum_under_one_is_malformed(quorum: str) -> None:
    """It would accept silence."""
    case = a_case()
    case["params"]["quorum"] = quorum

    assert "params.quorum is under 1" == refusal(case)


def test_a_source_speaks_once() -> None:
    """A duplicate source is malformed, also across families."""
    case = a_case()
    case["observations"][2]["source"] = case["observations"][0]["source"]

    assert "observations[2].source is there twice" == refusal(case)


@pytest.mark.parametrize("weight", ["0", "-5"])
def test_a_bad_weight_is_well_formed(weight: str) -> None:
    """The rule rejects it by name."""
    case = a_case()
    case["observations"][0]["weight"] = weight
    answer = aggregate_line(case)

    assert isinstance(answer, Ok)
    assert {"binance": "BAD_VALUE"} == answer.value["result"]["rejected"]  # type: ignore[index,call-overload]


def test_no_observations_are_no_quorum() -> None:
    """An empty list is well formed; nobody said anything."""
    answer = aggregate_line(a_case() | {"observations": [], "hits": []})

    assert answer == Ok(
        {"name": "three agree", "result": {"status": "NO_QUORUM", "families": [], "rejected": {}}, "hits": []}
    )


@pytest.mark.parametrize("direction", ["UP", "", "sideways", None, 1, []])
def test_a_direction_is_up_or_down(direction: object) -> None:
    """Nothing else, in no other spelling."""
    case = a_case()
    case["hits"][0]["direction"] = direction

    assert 'hits[0].direction is neither "up" nor "down"' == refusal(case)


@pytest.mark.parametrize("key", ["observations", "hits"])
def test_lists_are_lists(key: str) -> None:
    """An object or null in their place is malformed."""
    assert f"{key} is no list" == refusal(a_case() | {key: {}})


@pytest.mark.parametrize("text", [None, 5, "\ud800", ["x"]])
def test_names_are_text_that_can_be_written(text: object) -> None:
    """Half a surrogate pair has no bytes, so no answer could hold it."""
    case = a_case()
    case["observations"][0]["family"] = text

    assert "observations[0].family is no text" == refusal(case)
    assert "name is no text" == refusal(a_case() | {"name": text})
