"""The tests mirror the source, and every public name and every test says what it is for."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGES = {"core": "rooms_core", "store": "rooms_store", "oracle": "rooms_oracle", "cli": "rooms_cli"}
NO_TEST_OF_THEIR_OWN = {"__init__.py", "_version.py", "__main__.py"}

UNTESTED_BY_NAME: set[str] = set()
"""Modules of the domain and the proofs without a test file of their name, each with the reason beside it."""


def python_files(folder: Path) -> list[Path]:
    """The Python files below a folder."""
    return sorted(path for path in folder.rglob("*.py") if "__pycache__" not in path.parts)


def test_each_test_file_has_its_source(repo: Path) -> None:
    """tests/core/domain/test_pool.py tells of rooms_core/domain/pool.py; a test without a source is lost."""
    lost = []
    for short, package in PACKAGES.items():
        tests, source = repo / "tests" / short, repo / "packages" / package / "src" / package
        for path in (found for found in python_files(tests) if found.name.startswith("test_")):
            mirrored = source / path.relative_to(tests).parent / path.name.removeprefix("test_")
            if not mirrored.is_file() and not mirrored.with_suffix("").is_dir():
                lost.append(str(path.relative_to(repo)))

    assert [] == lost


def test_each_module_of_the_core_has_its_test_file(repo: Path) -> None:
    """Whoever reads a rule finds its tests at once."""
    source, tests = repo / "packages/rooms_core/src/rooms_core", repo / "tests/core"
    bare = {
        str(path.relative_to(source))
        for folder in ("domain", "proofs")
        for path in python_files(source / folder)
        if path.name not in NO_TEST_OF_THEIR_OWN
        and not (tests / path.relative_to(source).parent / f"test_{path.name}").is_file()
    }

    assert UNTESTED_BY_NAME == bare


def test_each_test_states_its_rule(repo: Path) -> None:
    """A test says in a sentence which rule it keeps."""
    silent = [
        f"{path.relative_to(repo)}: {node.name}"
        for path in python_files(repo / "tests")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and not ast.get_docstring(node)
    ]

    assert [] == silent


def undocumented(path: Path) -> Iterator[str]:
    """The public modules, classes, functions and methods of a file that have no docstring."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if not ast.get_docstring(tree):
        yield f"{path.name}: the module"
    defined = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    for node in (each for each in tree.body if isinstance(each, defined) and not each.name.startswith("_")):
        if not ast.get_docstring(node):
            yield f"{path.name}: {node.name}"
        members = node.body if isinstance(node, ast.ClassDef) else []
        for member in (
            each for each in members if isinstance(each, defined) and not each.name.startswith("_")
        ):
            if not ast.get_docstring(member):
                yield f"{path.name}: {node.name}.{member.name}"


def test_public_names_have_docstrings(repo: Path) -> None:
    """What others may use says what it is, in which unit, and when it refuses."""
    found = [
        f"{package}: {name}"
        for package in PACKAGES.values()
        for path in python_files(repo / "packages" / package / "src")
        if "versions" not in path.parts
        for name in undocumented(path)
    ]

    assert [] == found
