"""One word, one meaning: docs/glossary.md holds the words, and this keeps the worn-out ones away."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

INSTEAD = {
    "transaction": "unit of work (database), journal entry (ledger) or transfer (chain)",
    "payoff": "payout",
    "vig": "takeout",
    "rake": "takeout",
    "wager": "stake or bet",
    "punter": "bettor",
    "todo": "an issue",
}


def named(path: Path) -> list[tuple[int, str]]:
    """The worn-out words of a file with their lines. `words:` in a line's comment says that the word is another's."""
    return [
        (number, f"{word}: say {better}")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        for word, better in INSTEAD.items()
        if re.search(rf"(?<![a-z]){word}s?(?![a-z])", line, re.IGNORECASE) and "words:" not in line
    ]


def test_the_core_speaks_the_words_of_the_glossary(repo: Path) -> None:
    """What has a name in the glossary is called by no other name in the core."""
    found = [
        f"{path.relative_to(repo)}:{number} {advice}"
        for path in sorted((repo / "packages/rooms_core/src").rglob("*.py"))
        for number, advice in named(path)
    ]

    assert [] == found


@pytest.mark.parametrize(
    "word", ["stake", "pot", "gross", "takeout", "net pool", "breakage", "dividend", "posting"]
)
def test_the_glossary_explains_the_words_of_money(repo: Path, word: str) -> None:
    """Each word that money goes by has its entry."""
    assert f"\n**{word}**" in (repo / "docs/glossary.md").read_text(encoding="utf-8").lower()
