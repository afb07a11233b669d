"""A receipt verifies as it was made, and not after any digit of it is changed."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st
from tests.laws.worlds import NAMES, World, fair_houses, houses, worlds

from rooms_core.domain.market import Outcome
from rooms_core.domain.money import Lamports
from rooms_core.domain.rules import HouseRules
from rooms_core.domain.tally import Line, Position
from rooms_core.proofs.canonical import canonical_bytes, canonical_hash
from rooms_core.proofs.receipt import LineDigest, ReceiptFacts, line_record, make_receipt, pseudonym
from rooms_core.proofs.receipt_check import Verified, verify_receipt
from rooms_core.proofs.receipt_lines import LineSpeller, Pseudonyms
from rooms_core.result import Err, Ok


def receipt_of(world: World) -> dict[str, Any]:
    """The receipt of a world's end, as plain JSON."""
    facts = ReceiptFacts(
        room="1000",
        outcomes=tuple(Outcome(name) for name in NAMES),
        winning=world.winning,
        rules=world.rules,
        hosted=world.hosted,
        at_ms=1_735_732_800_000,
        late_after_ms=world.late_after_ms,
        question={"title": "SOL at 200 USD"},
        answer={"price": "200000000000000"},
        evidence=("sha256:" + "0" * 64,),
    )
    made: dict[str, Any] = json.loads(canonical_bytes(make_receipt(world.settled(), facts)))
    return made


@given(worlds())
def test_every_receipt_verifies(world: World) -> None:
    """Whatever house and room, settled or void: the core alone works out the same (R8)."""
    receipt = receipt_of(world)

    assert Ok(
        Verified("1000", receipt["header"]["state"], len(receipt["lines"]), receipt["hash"])
    ) == verify_receipt(receipt)


@given(worlds(), st.data())
def test_any_changed_digit_is_noticed(world: World, data: st.DataObject) -> None:
    """One digit of the text, wherever it stands, and the receipt is refused."""
    text = json.dumps(receipt_of(world))
    at = data.draw(st.sampled_from([index for index, letter in enumerate(text) if letter.isdecimal()]))
    digit = data.draw(st.sampled_from([each for each in "0123456789" if each != text[at]]))

    assert isinstance(verify_receipt(json.loads(text[:at] + digit + text[at + 1 :])), Err)


@given(worlds(st.one_of(houses(), fair_houses())), st.data(), st.integers(1, 10**9))
def test_a_forger_who_makes_all_hashes_anew_is_found(world: World, data: st.DataObject, more: int) -> None:
    """A figure, a payout or a stake raised by anything, with every digest recomputed: the arithmetic tells."""
    receipt = receipt_of(world)
    assume(receipt["header"]["state"] == "SETTLED")
    places: list[tuple[dict[str, str], str]] = [
        (receipt["header"]["figures"], name) for name in receipt["header"]["figures"]
    ]
    places += [(line, name) for line in receipt["lines"] for name in ("payout", "staked", "late", "refund")]
    record, name = data.draw(st.sampled_from(places))
    record[name] = str(int(record[name]) + more)
    digest = LineDigest()
    for line in receipt["lines"]:
        digest.add(line)
    receipt["header"]["lines"] = digest.record()
    receipt["hash"] = canonical_hash(receipt["header"])

    assert isinstance(verify_receipt(receipt), Err)


def test_the_rules_of_the_house_are_in_it() -> None:
    """A receipt carries every rule it was settled by, so that no page has to be trusted."""
    world = World(
        rules=HouseRules(), stakes=(), winning=(Outcome("A"),), hosted=True, late_after_ms=None, uplines={}
    )

    assert {"takeout_bps": "300", "host_bps": "100", "match_limit": "32"}.items() <= receipt_of(world)[
        "header"
    ]["rules"].items()


amounts = st.builds(Lamports, st.one_of(st.integers(0, 99), st.integers(0, 2**70)))
names = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
some_lines = st.lists(
    st.builds(
        Line,
        st.builds(
            Position,
            bettor=names,
            outcome=names.map(Outcome),
            staked=amounts,
            late=amounts,
            unmatched=amounts,
            uplines=st.lists(names, max_size=3).map(tuple),
        ),
        amounts,
    ),
    max_size=8,
)


@given(some_lines, some_lines, st.booleans())
def test_blocks_of_lines_are_spelled_as_each_line_by_itself(
    first: list[Line[str]], second: list[Line[str]], voided: bool
) -> None:
    """The quick spelling is the canonical one, for any names and amounts, wherever a block ends."""
    speller = LineSpeller[str](lambda who: who + "!", voided=voided)
    plain = [line_record(line, lambda who: who + "!", voided=voided) for line in (*first, *second)]
    one_by_one, blocks = LineDigest(), LineDigest()
    for record in plain:
        one_by_one.add(record)
    for block in (first, second):
        spelled = speller.spell(block)
        blocks.add_spelled(spelled)
        for text in spelled:
            assert canonical_bytes(plain.pop(0)) == text.encode()

    assert one_by_one.record() == blocks.record()


@given(st.binary(max_size=150), st.integers(0, 2**63))
def test_a_pseudonym_is_an_hmac_however_it_is_made(salt: bytes, bettor: int) -> None:
    """Keyed once for a whole room, it is what the standard library's HMAC says (RFC 2104)."""
    expected = hmac.new(salt, str(bettor).encode(), hashlib.sha256).hexdigest()[:16]

    assert expected == Pseudonyms(salt)(bettor) == pseudonym(salt, bettor)
