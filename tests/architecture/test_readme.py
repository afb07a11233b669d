"""The README's signposts point at something, and the links of all documents lead somewhere."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROW = re.compile(r"^\| (?P<what>[^|]+) \| \[`(?P<name>[^`]+)`\]\((?P<path>[^)]+)\) \|", re.MULTILINE)
LINK = re.compile(r"\[[^\]]*\]\((?!https?:|mailto:|#)(?P<path>[^)#\s]+)(?:#[^)]*)?\)")


def names_in(source: str) -> set[str]:
    """The names that a module defines, methods as `Class.method`."""
    found: set[str] = set()
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            members = (each for each in node.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef))
            found.update(f"{node.name}.{member.name}" for member in members)
        if isinstance(node, ast.Assign):
            found.update(target.id for target in node.targets if isinstance(target, ast.Name))
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.add(node.target.id)
    return found


def test_each_row_of_where_is_names_a_thing_in_a_file(repo: Path) -> None:
    """Whoever asks "Where is …?" is sent to a file that has it; a symbol is defined in the file it links to."""
    table = (
        (repo / "README.md").read_text(encoding="utf-8").partition("## Where is …?")[2].partition("\n## ")[0]
    )
    rows = list(ROW.finditer(table))
    lines = [line for line in table.splitlines() if line.startswith("| ")]
    wrong = []
    for row in rows:
        path = repo / row["path"]
        is_path = "/" in row["name"] or row["name"].endswith((".py", ".md"))
        if not path.exists():
            wrong.append(f"{row['path']} does not exist")
        elif not is_path and row["name"] not in names_in(path.read_text(encoding="utf-8")):
            wrong.append(f"{row['name']} is not in {row['path']}")

    assert len(rows) >= 12
    assert len(lines) == len(rows) + 2, "a row that the table's rule does not read"
    assert [] == wrong


def test_links_in_documents_lead_somewhere(repo: Path) -> None:
    """No page sends its reader to a file that is not there."""
    pages = [
        *repo.glob("*.md"),
        *repo.glob("docs/**/*.md"),
        *repo.glob("packages/*/*.md"),
        *repo.glob("examples/*.md"),
    ]
    dead = [
        f"{page.relative_to(repo)}: {link['path']}"
        for page in pages
        for link in LINK.finditer(page.read_text(encoding="utf-8"))
        if not (page.parent / link["path"]).exists()
    ]

    assert [] == dead
