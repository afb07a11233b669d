"""Every check of the project. `uv run nox` runs those of the default list; `uv run nox -l` lists all."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

import nox

REPO = Path(__file__).parent
PYTHONS = ["3.11", "3.12", "3.13"]
DIST = ["rooms-core", "rooms-store", "rooms-oracle", "rooms-cli"]

# pyenv's shims hide interpreters that are installed but not active: let nox and uv see all of them.
_PYENV = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
_FOUND = sorted((found for found in _PYENV.glob("versions/3.*/bin")), reverse=True)
os.environ["PATH"] = os.pathsep.join([*map(str, _FOUND), os.environ.get("PATH", "")])

nox.needs_version = ">=2026.1"
nox.options.default_venv_backend = "uv"
nox.options.download_python = "never"
nox.options.sessions = [
    "lint",
    "types",
    "contracts",
    "tests",
    "coverage",
    "examples",
    "core_alone",
    "wheels",
]

# What an issue in work still owes. A line here makes its check a warning instead of a failure; once the thing
# stands the check fails until the line is struck, so nothing can vanish in silence afterwards.
NOT_YET: set[str] = set()

PURE = [
    "packages/rooms_core/src/rooms_core/domain/*",
    "packages/rooms_core/src/rooms_core/proofs/*",
    "packages/rooms_core/src/rooms_core/services/*",
    "packages/rooms_oracle/src/rooms_oracle/*",
]
"""What is checked to the last branch: the rules of the game, with no world in them."""

WORLD: list[str] = []
"""Files below PURE that hold state or talk to a world, and are covered by other means."""

MUTATED = ["pool", "fees", "dividend", "settlement", "referral", "entries"]


def stands(session: nox.Session, path: str) -> bool:
    """Whether a promised file stands; fails when it is missing without a line in NOT_YET, or there with one."""
    there = bool(list(REPO.glob(path)))
    if there and path in NOT_YET:
        session.error(f"{path} stands now: strike it from NOT_YET in noxfile.py")
    if not there and path not in NOT_YET:
        session.error(f"{path} is missing")
    if not there:
        session.warn(f"not yet: {path}")
    return there


def sync(session: nox.Session, *options: str) -> None:
    """Install the workspace and its development tools into the session's own environment."""
    where = session.virtualenv.location
    session.run_install(
        "uv",
        "sync",
        "--quiet",
        f"--python={where}",
        *options,
        env={"UV_PROJECT_ENVIRONMENT": where},
        external=True,
    )


@nox.session(python=PYTHONS[0])
def lint(session: nox.Session) -> None:
    """Style, and no trace of one machine: no package index hosts, no paths, no lock files, no databases."""
    sync(session)
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    for message, pattern, where in [
        ("a host in a file of requirements", "https?://", ["*.toml", "*.lock", "*.txt", "*.cfg", "*.ini"]),
        ("a path of one machine", "(^|[^A-Za-z0-9_.])/([w]ork|[r]oot|[t]mp)/", ["."]),
    ]:
        session.log(f"looking for {message}")
        session.run("git", "grep", "-nE", pattern, "--", *where, external=True, success_codes=[1])
    unwanted = ["*.lock", "*pylock*.toml", "*.sqlite*", "*.env", "*.pyc"]
    if listed := str(session.run("git", "ls-files", *unwanted, external=True, silent=True)).strip():
        session.error(f"should not be committed: {listed}")


@nox.session(python=PYTHONS[0])
def types(session: nox.Session) -> None:
    """mypy --strict over all packages and their tests."""
    sync(session)
    session.run("mypy")


@nox.session(python=PYTHONS[0])
def contracts(session: nox.Session) -> None:
    """Who may import whom; each contract's name is the sentence that it keeps."""
    sync(session)
    session.run("lint-imports")


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """All tests; under CI each law is tried on 1,000 examples on the first Python, on 50 on the others.

    The drills are about servers and processes, the rules of a cluster about statements, hostile bodies and replays
    about numbers: they are tried on the first Python. Arguments after `--` go to pytest.
    """
    sync(session)
    left_out: list[str] = []
    if session.python != PYTHONS[0]:
        session.env["HYPOTHESIS_PROFILE"] = os.environ.get("HYPOTHESIS_PROFILE", "quick")
        left_out = [*(f"--ignore=tests/{each}" for each in ("chaos", "fuzz", "replay")), "-k", "not spread"]
    session.run("pytest", "-n", "auto", "--dist", "worksteal", "-q", *left_out, *session.posargs)


@nox.session(python=PYTHONS[0])
def coverage(session: nox.Session) -> None:
    """Every branch of the rules is taken by the tests that mirror them."""
    for path in PURE:
        stands(session, path)
    sync(session)
    session.env["COVERAGE_FILE"] = str(Path(session.create_tmp()) / "coverage")
    session.env["HYPOTHESIS_PROFILE"] = "quick"
    suites = [suite for suite in ("tests/core", "tests/oracle", "tests/contracts") if stands(session, suite)]
    session.run(
        "pytest",
        "-n",
        "auto",
        "-q",
        *suites,
        "-k",
        "not sqlite and not postgresql and not spread",  # what they add lies in the store
        "--cov=rooms_core",
        "--cov=rooms_oracle",
        "--cov-branch",
        "--cov-report=",
    )
    session.run(
        "coverage", "report", f"--include={','.join(PURE)}", f"--omit={','.join(WORLD)}", "--fail-under=100"
    )


@nox.session(python=PYTHONS[0])
def examples(session: nox.Session) -> None:
    """Each example prints what is recorded beside it, and each python block in the documents runs."""
    sync(session)
    pages = ["README.md", "docs", *(f"packages/{name.replace('-', '_')}/README.md" for name in DIST)]
    session.run("pytest", "-q", "--markdown-docs", *pages)
    if stands(session, "examples/*.py"):
        session.run("pytest", "-q", "tests/examples")


def build(session: nox.Session, *names: str) -> Path:
    """Wheels and sources of the named distributions in a fresh folder."""
    folder = Path(session.create_tmp()).resolve() / "dist"
    shutil.rmtree(folder, ignore_errors=True)
    for name in names:
        session.run_install("uv", "build", "--quiet", "--package", name, "-o", str(folder), external=True)
    return folder


@nox.session(python=PYTHONS[0])
def core_alone(session: nox.Session) -> None:
    """The core installs with no other package beside it, imports in full, and settles a room."""
    folder = build(session, "rooms-core")
    session.install("--no-deps", *map(str, folder.glob("*.whl")))
    listed = str(session.run("python", "-I", "-c", INSTALLED_NAMES, silent=True)).split()
    if listed != ["rooms-core"]:
        session.error(f"more than the core is installed: {listed}")
    session.chdir(folder)  # away from the checkout's own sources
    session.run("python", "-W", "error", "-I", "-c", IMPORT_ALL)
    example = REPO / "examples" / "first_room.py"
    if stands(session, "examples/first_room.py"):
        said = str(session.run("python", "-W", "error", "-I", str(example), silent=True))
        session.log(said)
        if said != example.with_suffix(".txt").read_text(encoding="utf-8"):
            session.error("the room was not settled as recorded in examples/first_room.txt")


INSTALLED_NAMES = """
from importlib.metadata import distributions
print(*sorted(found.metadata["Name"] for found in distributions()))
"""

IMPORT_ALL = """
import importlib, pkgutil, sys, rooms_core
before = set(sys.modules)
names = [found.name for found in pkgutil.walk_packages(rooms_core.__path__, "rooms_core.")]
for name in names:
    importlib.import_module(name)
foreign = {name.partition(".")[0] for name in set(sys.modules) - before} - set(sys.stdlib_module_names) - {"rooms_core"}
assert not foreign, foreign
print(len(names), "modules of the core import with the standard library alone")
"""


@nox.session(python=PYTHONS[0])
def wheels(session: nox.Session) -> None:
    """All distributions build, install by name outside of the checkout, and run from there."""
    folder = build(session, *DIST)
    pins = folder / "constraints.txt"
    session.run_install(
        *("uv", "export", "--quiet", "--no-hashes", "--no-annotate", "--no-header", "--no-emit-workspace"),
        *("--all-groups", "-o", str(pins)),
        external=True,
        silent=True,
    )
    built = {path.name for path in folder.iterdir()} - {pins.name, ".gitignore"}
    version = re.search(r'"([^"]+)"\n', (REPO / "packages/rooms_core/src/rooms_core/_version.py").read_text())
    assert version is not None
    expected = {f"{name.replace('-', '_')}-{version[1]}" for name in DIST}
    if built != {f"{stem}{tail}" for stem in expected for tail in (".tar.gz", "-py3-none-any.whl")}:
        session.error(f"built {sorted(built)}")
    with tempfile.TemporaryDirectory(prefix="rooms-outside-") as outside:
        session.chdir(outside)
        session.install(
            "--find-links", str(folder), "-c", str(pins), *(f"{name}=={version[1]}" for name in DIST)
        )
        session.run("python", "-I", "-c", INSTALLED, *DIST)
        session.run("rooms", "--version")
        if stands(session, "packages/rooms_cli/src/rooms_cli/commands/pool*"):
            Path(outside, "room.json").write_text(SOURCE_ROOM, encoding="utf-8")
            said = json.loads(str(session.run("rooms", "pool", "settle", "room.json", "--json", silent=True)))
            if (said["takeout"], said["payouts"]["you"]) != ("4500000000", "14550000000"):
                session.error(f"the source's own room was settled as {said}")
        if stands(session, "packages/rooms_cli/src/rooms_cli/commands/demo*"):
            session.run("rooms", "demo")
        session.chdir(REPO)


SOURCE_ROOM = json.dumps(
    {
        "bets": [
            {"bettor": "you", "outcome": "YES", "stake": "10000000000"},
            {"bettor": "others", "outcome": "YES", "stake": "90000000000"},
            {"bettor": "against", "outcome": "NO", "stake": "50000000000"},
        ],
        "winning": ["YES"],
        "rules": {"preset": "rooms"},
    }
)

INSTALLED = """
import importlib, sys
from importlib.metadata import version
from importlib.resources import files
for name in sys.argv[1:]:
    package = importlib.import_module(name.replace("-", "_"))
    assert package.__file__.startswith(sys.prefix), package.__file__
    assert files(package).joinpath("py.typed").is_file(), name
    print(name, version(name))
"""


@nox.session(python=PYTHONS[0])
def lowest(session: nox.Session) -> None:
    """The tests pass with the oldest release of each dependency that we say we work with."""
    copy = scratch(session)
    project = copy / "pyproject.toml"
    text = re.sub(
        r"constraint-dependencies = \[.*?\n\]\n", "", project.read_text(encoding="utf-8"), flags=re.DOTALL
    )
    project.write_text(text, encoding="utf-8")
    session.chdir(copy)
    sync(session, "--resolution=lowest-direct")
    session.run(
        "pytest",
        "-n",
        "auto",
        "--dist",
        "worksteal",
        "-q",
        "tests/core",
        "tests/store",
        "tests/oracle",
        "tests/cli",
    )


@nox.session(python=PYTHONS[0])
def chaos(session: nox.Session) -> None:
    """Kill primaries under load, lose answers to COMMIT, kill one of four settlers of a million bets, and count.

    `-- --promotions 50` asks for more of the first two.
    """
    sync(session)
    session.run("python", "-m", "tests.chaos.full", *session.posargs)
    session.run("python", "-m", "tests.chaos.million", *("--bets", "2000", "--kills", "30", "--block", "100"))
    session.run("python", "-m", "tests.chaos.million", "--bets", "1000000")


@nox.session(python=PYTHONS[0])
def replay(session: nox.Session) -> None:
    """The recorded days with faults, and a thousand instruments through an outage. `-- --quick`, `-- --day 4`: less."""
    sync(session)
    session.run("python", "-m", "tests.replay.budget", *(["--quick"] if "--quick" in session.posargs else []))
    session.run("python", "-m", "tests.replay.days", *session.posargs)


@nox.session(python=PYTHONS[0])
def fuzz(session: nox.Session) -> None:
    """A million hostile bodies over everything that reads what others wrote. `-- okx records --bodies 100000`: fewer.

    atheris chooses bodies by the branches they reach; where it has no wheel they are drawn from the seed alone.
    """
    sync(session)
    session.install("atheris>=3.0", success_codes=[0, 1, 2])
    session.run("python", "-m", "tests.fuzz.full", *session.posargs)


@nox.session(python=PYTHONS[0])
def mutation(session: nox.Session) -> None:
    """Change the rules in small ways and see that a test objects. `-- pool fees` names the files (default: all six)."""
    sync(session, "--group", "mutation", "--no-install-workspace")  # only the mutated core can be imported
    copy = Path(session.create_tmp()).resolve() / "mutation"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(
        REPO / "packages/rooms_core/src", copy / "src", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copytree(
        REPO / "tests/core/domain", copy / "tests/core/domain", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copy(REPO / "tests/conftest.py", copy / "tests/conftest.py")
    chosen = session.posargs or MUTATED
    wanted = ", ".join(f'"src/rooms_core/domain/{name}.py"' for name in chosen)
    (copy / "pyproject.toml").write_text(MUTMUT.replace("WANTED", wanted), encoding="utf-8")
    session.chdir(copy)
    session.env["HYPOTHESIS_PROFILE"] = "quick"
    session.run("mutmut", "run", silent=True)
    session.run("mutmut", "results", success_codes=[0, 1])
    session.run("mutmut", "export-cicd-stats")
    figures = json.loads((copy / "mutants/mutmut-cicd-stats.json").read_text(encoding="utf-8"))
    killed = figures["killed"] + figures.get("timeout", 0)
    score = 100 * killed / max(1, figures["total"] - figures.get("skipped", 0))
    print(f"{killed} of {figures['total']} mutants killed: {score:.1f} %")
    if score < 90:
        session.error("fewer than 90 % of the mutants were noticed")


MUTMUT = """
[tool.mutmut]
source_paths = ["src/"]
only_mutate = [WANTED]
pytest_add_cli_args_test_selection = ["tests/core/domain"]
also_copy = ["tests"]

[tool.pytest.ini_options]
addopts = ["--import-mode=importlib"]
asyncio_mode = "auto"
"""


def scratch(session: nox.Session) -> Path:
    """A copy of what is committed or about to be, in a folder that may be changed."""
    copy = Path(session.create_tmp()).resolve() / "checkout"
    shutil.rmtree(copy, ignore_errors=True)
    listed = str(session.run("git", "ls-files", "-co", "--exclude-standard", external=True, silent=True))
    for name in filter(None, listed.splitlines()):
        if (REPO / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(REPO / name, copy / name)
    return copy


if __name__ == "__main__":
    sys.exit("run `uv run nox`")
