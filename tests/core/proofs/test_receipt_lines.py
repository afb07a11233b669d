"""Lines of a receipt in blocks: the same text as one by one, with bounded memory."""

from __future__ import annotations

import pytest

from rooms_core.domain.market import NO, YES, Outcome
from rooms_core.domain.money import ZERO, Lamports
from rooms_core.domain.tally import Line, Position
from rooms_core.proofs import receipt_lines
from rooms_core.proofs.canonical import canonical_bytes
from rooms_core.proofs.receipt import LineDigest, line_record, pseudonym
from rooms_core.proofs.receipt_lines import LineSpeller, Pseudonyms

SALT = bytes(range(16))


def lines_of(*bettors: int, outcome: Outcome = YES) -> list[Line[int]]:
    """One line each, referred by the bettors before."""
    return [
        Line(
            Position(
                bettor=bettor,
                outcome=outcome,
                staked=Lamports(100 + bettor),
                late=Lamports(3),
                unmatched=Lamports(2),
                uplines=tuple(range(bettor - 1, max(0, bettor - 4), -1)),
            ),
            Lamports(7 * bettor),
        )
        for bettor in bettors
    ]


def plainly(lines: list[Line[int]], *, voided: bool = False) -> list[str]:
    """The same lines, each by itself."""
    return [
        canonical_bytes(line_record(line, lambda who: pseudonym(SALT, who), voided=voided)).decode()
        for line in lines
    ]


@pytest.mark.parametrize("salt", [b"", b"salt", bytes(64), bytes(range(65)), bytes(200)])
def test_pseudonyms_are_the_same_made_one_by_one_or_many(salt: bytes) -> None:
    """Keys shorter and longer than a block of the hash."""
    names = Pseudonyms(salt)

    for bettor in (0, 2, 10**18, 2, 2**63 - 1):
        assert pseudonym(salt, bettor) == names(bettor)


@pytest.mark.parametrize("voided", [False, True])
def test_a_block_of_lines_is_spelled_as_one_by_one(voided: bool) -> None:
    """Bettors with several lines, and with none, one, two and three above them."""
    lines = [*lines_of(1, 2, 2, 3, 9), *lines_of(9, 1, outcome=NO)]
    speller = LineSpeller(Pseudonyms(SALT), voided=voided)

    assert plainly(lines, voided=voided) == [*speller.spell(lines[:3]), *speller.spell(lines[3:])]


def test_names_of_outcomes_and_bettors_are_escaped() -> None:
    """Quotes, controls and letters of all tongues, as in every canonical record."""
    odd = Outcome('"yes"\n\u00e9\U0001f600\\')
    line = Line(Position(bettor='"', outcome=odd, staked=Lamports(1), uplines=("\t",)), ZERO)
    speller = LineSpeller[str](str, voided=False)

    assert [canonical_bytes(line_record(line, str, voided=False)).decode()] == speller.spell([line])


def test_the_digest_of_a_block_is_that_of_its_lines() -> None:
    """Whether lines come one by one, in blocks, or in no block at all."""
    lines = lines_of(1, 2, 3)
    one_by_one, blocks = LineDigest(), LineDigest()
    speller = LineSpeller(Pseudonyms(SALT), voided=False)
    for line in lines:
        one_by_one.add(line_record(line, lambda who: pseudonym(SALT, who), voided=False))
    for block in (lines[:2], [], lines[2:]):
        blocks.add_spelled(speller.spell(block))

    assert one_by_one.record() == blocks.record()


def test_a_lone_surrogate_never_enters_a_digest() -> None:
    """It has no UTF-8: spelling it is a bug that is found, as everywhere."""
    spelled = LineSpeller(Pseudonyms(SALT), voided=False).spell(lines_of(1, outcome=Outcome("\ud800")))

    with pytest.raises(ValueError, match="surrogates not allowed"):
        LineDigest().add_spelled(spelled)


def test_rows_of_referrers_are_forgotten_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many referrers a room has, only so many rows are kept, and no line changes."""
    monkeypatch.setattr(receipt_lines, "REMEMBERED", 5)
    named: list[int] = []

    def name(bettor: int) -> str:
        named.append(bettor)
        return pseudonym(SALT, bettor)

    lines = lines_of(*range(1, 30))
    assert plainly(lines) == LineSpeller(name, voided=False).spell(lines)
    few = lines_of(*([3] * 20))
    named.clear()
    assert plainly(few) == LineSpeller(name, voided=False).spell(few)
    assert [3, 2, 1] == named
