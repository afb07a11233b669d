"""The distributions fit together: one version, pinned siblings, a licence and types in each."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from rooms_core._version import __version__

PACKAGES = ["rooms_core", "rooms_store", "rooms_oracle", "rooms_cli"]


def project(repo: Path, package: str) -> dict[str, Any]:
    """The pyproject of a package."""
    return tomllib.loads((repo / "packages" / package / "pyproject.toml").read_text(encoding="utf-8"))


def test_the_workspace_lists_every_package(repo: Path) -> None:
    """A folder below packages/ is a member of the workspace and installed with it."""
    root = tomllib.loads((repo / "pyproject.toml").read_text(encoding="utf-8"))
    folders = sorted(path.parent.name for path in (repo / "packages").glob("*/pyproject.toml"))

    assert sorted(PACKAGES) == folders
    assert [f"packages/{name}" for name in PACKAGES] == root["tool"]["uv"]["workspace"]["members"]
    assert [name.replace("_", "-") for name in PACKAGES] == root["project"]["dependencies"]


@pytest.mark.parametrize("package", PACKAGES)
def test_siblings_are_pinned_to_the_one_version(repo: Path, package: str) -> None:
    """A release is installed whole: no package accepts another version of its sibling."""
    wanted = project(repo, package)["project"]["dependencies"]
    siblings = [requirement for requirement in wanted if requirement.startswith("rooms-")]

    assert [f"{each.partition('==')[0]}=={__version__}" for each in siblings] == siblings


@pytest.mark.parametrize("package", PACKAGES)
def test_the_version_is_written_in_one_file(repo: Path, package: str) -> None:
    """Every package reads its version from the core's _version.py."""
    found = project(repo, package)
    written = repo / "packages" / package / found["tool"]["hatch"]["version"]["path"]

    assert ["version"] == found["project"]["dynamic"]
    assert (repo / "packages/rooms_core/src/rooms_core/_version.py").resolve() == written.resolve()


@pytest.mark.parametrize("package", PACKAGES)
def test_each_package_is_typed_licensed_and_introduced(repo: Path, package: str) -> None:
    """py.typed, the licence and a README travel with every package."""
    folder = repo / "packages" / package

    assert "" == (folder / "src" / package / "py.typed").read_text(encoding="utf-8")
    assert (repo / "LICENSE").read_text(encoding="utf-8") == (folder / "LICENSE").read_text(encoding="utf-8")
    assert (folder / "README.md").read_text(encoding="utf-8").startswith(f"# {package.replace('_', '-')}\n")
    assert "MIT" == project(repo, package)["project"]["license"]


def test_the_core_needs_nothing(repo: Path) -> None:
    """The core's list of requirements is empty."""
    assert [] == project(repo, "rooms_core")["project"]["dependencies"]


def test_the_changelog_tells_of_this_version(repo: Path) -> None:
    """Each version has its chapter in the changelog."""
    assert f"\n## {__version__}" in (repo / "CHANGELOG.md").read_text(encoding="utf-8")
