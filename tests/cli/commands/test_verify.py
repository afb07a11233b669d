"""`rooms verify`: a receipt that holds, one that was changed, and files that are none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Protocol

import pytest

from rooms_core.domain.market import NO, YES
from rooms_core.domain.money import Lamports
from rooms_core.domain.rules import HouseRules
from rooms_core.domain.settlement import Stake, settle
from rooms_core.proofs.receipt import ReceiptFacts, make_receipt


class Rooms(Protocol):
    """Runs the command line (see conftest)."""

    def __call__(self, *words: str, stdin: bytes = b"") -> Any:
        """Run it to its end."""
        ...


@pytest.fixture
def receipt() -> dict[str, Any]:
    """A small room's receipt."""
    rules = HouseRules.preset("rooms")
    ended = settle([Stake("ann", YES, Lamports(1_000)), Stake("bob", NO, Lamports(500))], [YES], rules)
    facts = ReceiptFacts(room="7", outcomes=(YES, NO), winning=(YES,), rules=rules, hosted=True, at_ms=1)
    return make_receipt(ended, facts)


def test_a_receipt_is_run_again(rooms: Rooms, tmp_path: Path, receipt: dict[str, Any]) -> None:
    """However the file is indented, the core comes to the same figures."""
    (tmp_path / "receipt.json").write_text(json.dumps(receipt, indent=2), encoding="utf-8")
    said = rooms("verify", str(tmp_path / "receipt.json"))
    told = rooms("verify", "-", "--json", stdin=json.dumps(receipt).encode())

    assert (0, "") == (said.status, said.err)
    assert "verified" in said.out
    assert [
        {"ok": True, "room": "7", "state": "SETTLED", "lines": 2, "hash": receipt["hash"], "differences": []}
    ] == told.lines


def test_a_changed_receipt_is_not_believed(rooms: Rooms, receipt: dict[str, Any]) -> None:
    """What differs is listed on stdout, and the exit status is 1."""
    receipt["lines"][0]["payout"] = "1466"
    said = rooms("verify", "-", stdin=json.dumps(receipt).encode())
    told = rooms("verify", "-", "--json", stdin=json.dumps(receipt).encode())

    assert [1, 1] == [said.status, told.status]
    assert "payout of ann on YES" in said.out
    assert not told.lines[0]["ok"]
    assert {"where": "payout of ann on YES", "stated": "1466", "computed": "1455"} in told.lines[0][
        "differences"
    ]


@pytest.mark.parametrize(
    "content, why",
    [
        (b"", "it is empty"),
        (b"{", "no JSON"),
        (b"[]", "JSON, but no object"),
        (b"{}\n{}", "more than one JSON object"),
        (b'{"hash":"a","hash":"b"}', "there twice"),
    ],
)
def test_what_is_no_receipt_is_said(rooms: Rooms, content: bytes, why: str) -> None:
    """A file of another kind fails with one sentence."""
    ran = rooms("verify", "-", stdin=content)

    assert (1, "") == (ran.status, ran.out)
    assert why in ran.err


def test_json_of_another_form_is_no_receipt(rooms: Rooms) -> None:
    """What a receipt lacks is named."""
    ran = rooms("verify", "-", "--json", stdin=b"{}")

    assert 1 == ran.status
    assert [{"code": "NOT_A_RECEIPT", "message": "header is missing"}] == [
        line["error"] for line in ran.lines
    ]


def test_no_text_breaks_the_checker(rooms: Rooms, receipt: dict[str, Any]) -> None:
    """Whatever stands in a field, the receipt is refused and nothing else happens."""
    for key, value in [
        ("room", ""),
        ("at_ms", 1),
        ("rules", []),
        ("winning", [7]),
        ("lines", None),
        ("v", {}),
    ]:
        changed = receipt | {"header": receipt["header"] | {key: value}}

        assert 1 == rooms("verify", "-", stdin=json.dumps(changed).encode()).status
