"""`rooms oracle aggregate`: the published vectors, and lines that are no case."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Protocol

import pytest

from rooms_core.proofs.canonical import canonical_bytes


class Rooms(Protocol):
    """Runs the command line (see conftest)."""

    def __call__(self, *words: str, stdin: bytes = b"") -> Any:
        """Run it to its end."""
        ...


@pytest.fixture(scope="module")
def vectors(repo: Path) -> list[dict[str, Any]]:
    """The cases everybody who implements the rule can check himself against."""
    (file,) = (repo / "tests" / "oracle").rglob("aggregation_vectors.jsonl")
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_the_vectors_are_answered_byte_for_byte(rooms: Rooms, vectors: list[dict[str, Any]]) -> None:
    """One canonical line for each case, in order; what the vectors expect is ignored on the way in."""
    lines = "\n".join(json.dumps(vector) for vector in vectors)
    expected = [
        canonical_bytes(
            {
                "name": vector["name"],
                "result": vector["expected"],
                "hits": [hit["expected"] for hit in vector["hits"]],
            }
        ).decode()
        for vector in vectors
    ]
    ran = rooms("oracle", "aggregate", "-", stdin=lines.encode())

    assert 76 == len(expected)
    assert (0, "") == (ran.status, ran.err)
    assert expected == ran.out.splitlines()


def test_one_object_over_many_lines_is_one_case(rooms: Rooms, vectors: list[dict[str, Any]]) -> None:
    """`--json` changes nothing: answers are always JSON."""
    ran = rooms("oracle", "aggregate", "-", "--json", stdin=json.dumps(vectors[0], indent=1).encode())

    assert [vectors[0]["name"]] == [line["name"] for line in ran.lines]


def test_a_bad_line_answers_an_error(rooms: Rooms, vectors: list[dict[str, Any]]) -> None:
    """Duplicate sources, a number that is no string and a quorum of 0 are malformed; the rest go on."""
    good = vectors[0]
    seen = good["observations"]
    bad = [
        good | {"observations": [seen[0], seen[0]]},
        good | {"observations": [seen[0] | {"price": 165030000000000}]},
        good | {"params": good["params"] | {"quorum": "0"}},
        good,
    ]
    ran = rooms("oracle", "aggregate", "-", stdin="\n".join(map(json.dumps, bad)).encode())

    assert 1 == ran.status
    assert [1, 2, 3] == [line["error"]["line"] for line in ran.lines if "error" in line]
    assert {"MALFORMED"} == {line["error"]["code"] for line in ran.lines if "error" in line}
    assert good["name"] == ran.lines[3]["name"]
