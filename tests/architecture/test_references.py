"""What the code refers to by number can be read: decisions and invariants have their pages."""

from __future__ import annotations

import re
from pathlib import Path

DECISION = re.compile(r"\b[Dd]ecisions? ((?:[MREC]\d{1,2}(?:, | and )?)+)")
INVARIANT = re.compile(r"[\"(` ](I\d{1,2})[\"`),;.: ]")


def sources(repo: Path) -> str:
    """All code of the packages, and the documents beside it."""
    pages = [*(repo / "packages").rglob("*.py"), *(repo / "docs").glob("*.md"), repo / "README.md"]
    return "\n".join(page.read_text(encoding="utf-8") for page in pages)


def test_each_decision_that_is_named_has_its_page(repo: Path) -> None:
    """A docstring that says "decision M6" can be looked up."""
    named = {row for found in DECISION.finditer(sources(repo)) for row in re.findall(r"[MREC]\d+", found[1])}
    pages = {path.name.partition("-")[0] for path in (repo / "docs/decisions").glob("*-*.md")}

    assert named
    assert {f"{row[0].lower()}{int(row[1:]):02d}" for row in named} <= pages


def test_each_decision_stands_in_the_index_and_answers_in_full(repo: Path) -> None:
    """A page has a question, an answer, its price and company, and is found from the index."""
    index = (repo / "docs/decisions/README.md").read_text(encoding="utf-8")
    wanted = ("**Question.** ", "**Answer.** ", "**Price.** ", "**Who else.** ")
    pages = {path: path.read_text(encoding="utf-8") for path in (repo / "docs/decisions").glob("*-*.md")}

    assert [] == [path.name for path in pages if f"]({path.name})" not in index]
    assert [] == [path.name for path, text in pages.items() if not all(part in text for part in wanted)]


def test_each_invariant_that_is_named_is_listed(repo: Path) -> None:
    """Whoever meets "I8" in an error finds out which promise is broken."""
    listed = set(
        re.findall(r"^\| (I\d+) \|", (repo / "docs/invariants.md").read_text(encoding="utf-8"), re.MULTILINE)
    )
    named = set(INVARIANT.findall(sources(repo)))

    assert named
    assert named <= listed


def test_each_section_that_is_named_can_be_found(repo: Path) -> None:
    """A § is that of docs/oracle.md or of an RFC, with its name before it."""
    rule = (repo / "docs/oracle.md").read_text(encoding="utf-8")
    written = set(re.findall(r"^#+ ([\d.]+) ", rule, re.MULTILINE))
    named = re.findall(r"(\S+(?: \d{4})?),? §([\d.]*\d)", sources(repo))

    assert [] == [
        (who, where) for who, where in named if not who.endswith(("oracle", "oracle.md")) and "RFC" not in who
    ]
    assert {where for who, where in named if "RFC" not in who} <= written
