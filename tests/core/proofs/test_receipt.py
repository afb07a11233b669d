"""Receipts: what a settlement leaves in everybody's hands (decision R8)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from rooms_core.domain.market import NO, YES
from rooms_core.domain.money import Lamports
from rooms_core.domain.rules import HouseRules
from rooms_core.domain.settlement import Settlement, Stake, Voided, settle
from rooms_core.domain.tally import Line, Position
from rooms_core.proofs.canonical import Json, canonical_bytes, canonical_hash
from rooms_core.proofs.receipt import (
    VERSION,
    LineDigest,
    ReceiptFacts,
    line_record,
    make_receipt,
    pseudonym,
)
from rooms_core.proofs.rules_record import rules_record

RULES = HouseRules()
FACTS = ReceiptFacts(
    room="1000", outcomes=(YES, NO), winning=(YES,), rules=RULES, hosted=True, at_ms=5, late_after_ms=10
)
STAKES = [
    Stake("ann", YES, Lamports(100), 1),
    Stake("ben", NO, Lamports(2), 2),
    Stake("ben", NO, Lamports(50), 11),
]


def settled() -> Settlement[str]:
    """Ann is over the match limit of 64, and 50 of ben's stake are late."""
    ended = settle(STAKES, [YES], RULES, late_after_ms=10, uplines={"ann": ("cleo",)})
    assert isinstance(ended, Settlement)
    return ended


def test_a_receipt_says_all_that_a_settlement_is_made_of() -> None:
    """Rules, winner, figures, positions with what went back: every number a string, and nothing else."""
    receipt = make_receipt(settled(), FACTS)
    lines = [
        {
            "bettor": "ann",
            "outcome": "YES",
            "staked": "100",
            "late": "0",
            "refund": "36",
            "payout": "65",
            "uplines": ["cleo"],
        },
        {
            "bettor": "ben",
            "outcome": "NO",
            "staked": "52",
            "late": "50",
            "refund": "50",
            "payout": "0",
            "uplines": [],
        },
    ]

    assert lines == receipt["lines"]
    assert {
        "v": VERSION,
        "room": "1000",
        "state": "SETTLED",
        "reason": None,
        "outcomes": ["YES", "NO"],
        "winning": ["YES"],
        "hosted": True,
        "rules": rules_record(RULES),
        "late_after_ms": "10",
        "question": {},
        "answer": {},
        "evidence": [],
        "figures": {
            "staked": "152",
            "late_refunds": "50",
            "match_refunds": "36",
            "gross": "66",
            "takeout": "1",
            "host": "0",
            "protocol": "1",
            "commissions": "0",
            "paid": "65",
            "breakage": "0",
            "subsidy": "0",
        },
        "lines": {"count": "2", "sha256": _digest(lines)},
        "at_ms": "5",
    } == receipt["header"]


def test_the_receipt_of_a_void_room_shows_every_stake_going_back() -> None:
    """State, reason and full refunds; there are no figures. Late stakes are still marked, as they may be the reason."""
    ended = settle(STAKES, [NO], RULES, late_after_ms=1)
    assert isinstance(ended, Voided)
    receipt = make_receipt(ended, FACTS)

    assert ("VOIDED", "ONE_SIDED", None) == tuple(
        receipt["header"][key] for key in ("state", "reason", "figures")
    )
    assert [("100", "0", "100", "0"), ("52", "52", "52", "0")] == [
        tuple(line[key] for key in ("staked", "late", "refund", "payout")) for line in receipt["lines"]
    ]


def test_a_room_without_a_late_window_says_so() -> None:
    """None is not 0: no stake was judged by its time."""
    plain = ReceiptFacts(
        room="1000",
        outcomes=(YES, NO),
        winning=(YES,),
        rules=RULES,
        hosted=False,
        at_ms=5,
        question={"target": "200"},
        answer={"price": "201"},
        evidence=("sha256:aa",),
    )
    header = make_receipt(settled(), plain)["header"]

    assert (None, False) == (header["late_after_ms"], header["hosted"])
    assert ({"target": "200"}, {"price": "201"}, ["sha256:aa"]) == (
        header["question"],
        header["answer"],
        header["evidence"],
    )


def test_the_hash_covers_header_and_lines() -> None:
    """It is the header's, and the header holds the digest of the lines."""
    receipt = make_receipt(settled(), FACTS)

    assert canonical_hash(receipt["header"]) == receipt["hash"]
    assert _digest(receipt["lines"]) == receipt["header"]["lines"]["sha256"]


def test_lines_can_be_digested_one_by_one() -> None:
    """A receipt of a million positions needs no memory for them: the digest takes line after line."""
    digest = LineDigest()
    empty = digest.record()
    digest.add({"bettor": "ann"})
    digest.add({"bettor": "ben"})

    assert {"count": "0", "sha256": hashlib.sha256().hexdigest()} == empty
    assert {"count": "2", "sha256": _digest([{"bettor": "ann"}, {"bettor": "ben"}])} == digest.record()


def test_a_bettor_has_another_name_in_every_room() -> None:
    """Pseudonyms are the same within a room, differ between rooms, and hide the id from whoever has no salt."""
    here, there = bytes(16), bytes(15) + b"\1"

    assert pseudonym(here, 2) == pseudonym(here, 2)
    assert len({pseudonym(here, 2), pseudonym(there, 2), pseudonym(here, 4), pseudonym(here, 22)}) == 4
    assert 16 == len(pseudonym(here, 2))
    assert int(pseudonym(here, 2), 16) >= 0


def test_bettors_and_referrers_are_named_alike() -> None:
    """The upline of one line and the bettor of another are seen to be the same person, who is still not named."""
    line = Line(
        Position(bettor=2, outcome=YES, staked=Lamports(5), late=Lamports(1), uplines=(4,)), Lamports(3)
    )

    assert {
        "bettor": "user 2",
        "outcome": "YES",
        "staked": "5",
        "late": "1",
        "refund": "1",
        "payout": "3",
        "uplines": ["user 4"],
    } == line_record(line, lambda user: f"user {user}", voided=False)
    assert "5" == line_record(line, str, voided=True)["refund"]


def _digest(lines: Sequence[Json]) -> str:
    """SHA-256 over each line's canonical JSON and a line feed."""
    return hashlib.sha256(b"".join(canonical_bytes(line) + b"\n" for line in lines)).hexdigest()
