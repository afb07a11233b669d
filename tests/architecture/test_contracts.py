"""The walls of the house stand: who may import whom, and what the core may not do."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

CORE = Path("packages/rooms_core/src/rooms_core")
FORBIDDEN_CALLS = {
    "datetime.now": "the time is passed in",
    "datetime.utcnow": "the time is passed in",
    "datetime.today": "the time is passed in",
    "date.today": "the time is passed in",
    "time.time": "the time is passed in",
    "time.time_ns": "the time is passed in",
    "time.monotonic": "the time is passed in",
    "time.monotonic_ns": "the time is passed in",
    "time.perf_counter": "the time is passed in",
    "time.sleep": "nothing waits",
    "random.random": "chance is passed in",
    "random.Random": "chance is passed in",
    "random.randint": "chance is passed in",
    "random.choice": "chance is passed in",
    "secrets.token_hex": "chance is passed in",
    "secrets.token_bytes": "chance is passed in",
    "secrets.randbelow": "chance is passed in",
    "uuid.uuid4": "ids are passed in",
    "uuid4": "ids are passed in",
    "os.urandom": "chance is passed in",
    "asyncio.sleep": "time passes outside of the core",
    "asyncio.create_task": "tasks are started outside of the core",
    "asyncio.ensure_future": "tasks are started outside of the core",
    "float": "amounts, prices and rates are whole numbers",
    "print": "the core speaks in values",
    "open": "the core reads no files",
}


def dotted(node: ast.expr) -> str:
    """`a.b.c` as written, or "" for anything else."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=name):
            before = dotted(value)
            return f"{before}.{name}" if before else ""
        case _:
            return ""


def forbidden_in(source: str) -> list[str]:
    """The forbidden calls of a module, with their lines."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    named = [(call.lineno, dotted(call.func)) for call in calls]
    return [
        f"line {line}: {call}: {why}"
        for line, call in named
        for name, why in FORBIDDEN_CALLS.items()
        if call == name or (call.endswith(f".{name}") and "." in name)
    ]


def test_every_contract_is_kept(repo: Path) -> None:
    """Nobody imports what the house's plan does not let him see."""
    command = Path(sys.executable).with_name("lint-imports")

    ended = subprocess.run(
        [command, "--no-cache"], cwd=repo, capture_output=True, text=True, check=False, timeout=120
    )

    assert (0, "") == (ended.returncode, ended.stderr), ended.stdout


def test_the_core_imports_nothing_but_the_standard_library(repo: Path) -> None:
    """The core can be installed alone."""
    allowed = sys.stdlib_module_names | {"rooms_core"}
    foreign = [
        f"{path.name}: {name}"
        for path in (repo / CORE).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or "."]
            if isinstance(node, ast.ImportFrom)
            else []
        )
        if name.partition(".")[0] not in allowed
    ]

    assert [] == foreign


def test_the_core_asks_neither_clock_nor_chance(repo: Path) -> None:
    """Time, chance and ids are passed in, so that every run can be repeated; nothing is a float."""
    sources = [path for path in (repo / CORE).rglob("*.py") if "testing" not in path.parts]
    found = [
        f"{path.relative_to(repo)} {call}"
        for path in sources
        for call in forbidden_in(path.read_text(encoding="utf-8"))
    ]

    assert sources
    assert [] == found


def test_the_domain_awaits_nothing(repo: Path) -> None:
    """Deciding is plain Python: no coroutine in the domain or the proofs."""
    kinds = (ast.AsyncFunctionDef, ast.Await, ast.AsyncFor, ast.AsyncWith)
    found = [
        f"{path.relative_to(repo)} line {node.lineno}"
        for folder in ("domain", "proofs")
        for path in (repo / CORE / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, kinds)
    ]

    assert [] == found


@pytest.mark.parametrize(
    "source, found",
    [
        ("datetime.now(UTC)", 1),
        ("dt.datetime.now()", 1),
        ("random.random()", 1),
        ("now(UTC)", 0),
        ("1.5.hex()", 0),
    ],
)
def test_the_watchman_sees_what_he_is_there_for(source: str, found: int) -> None:
    """A forbidden call is noticed under a longer name too, an innocent one is not."""
    assert found == len(forbidden_in(source))
