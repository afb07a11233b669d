"""Copies of the books, and what PostgreSQL's programs are told."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from rooms_store.backup import ProgramFailed, copy_sqlite, damages, dump
from rooms_store.migrations import upgrade
from rooms_store.testing.postgres import PostgresServer


def rows(path: Path) -> int:
    """How many accounts a file holds."""
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("SELECT count(*) FROM account").fetchone()[0])


def test_a_file_in_use_is_copied_as_of_one_moment(place: Path, tmp_path: Path) -> None:
    """A writer in the middle of a unit of work neither stops the copy nor is seen in it."""
    upgrade(place)
    with closing(sqlite3.connect(place, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("INSERT INTO account VALUES (4, 1, 4, 0, 0, 0, 0)")
        copy_sqlite(place, tmp_path / "copy.db")
        writer.execute("COMMIT")

    assert (6, 5) == (rows(place), rows(tmp_path / "copy.db"))
    assert [] == damages(tmp_path / "copy.db")


def test_a_copy_tells_how_far_it_has_come(place: Path, tmp_path: Path) -> None:
    """In bytes of the file, never past the whole."""
    upgrade(place)
    with closing(sqlite3.connect(place)) as connection, connection:
        connection.execute(
            "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 2 FROM n WHERE i < 100000) "
            "INSERT INTO account SELECT i, 1, i, 0, 0, 0, 0 FROM n"
        )
    seen: list[tuple[int, int]] = []
    copy_sqlite(place, tmp_path / "copy.db", lambda done, whole: seen.append((done, whole)))

    assert seen
    assert all(done <= whole for done, whole in seen)


def test_a_damaged_file_is_found_out(place: Path) -> None:
    """An index that lost a row is named."""
    upgrade(place)
    with closing(sqlite3.connect(place, isolation_level=None)) as connection:
        connection.execute(
            "INSERT INTO room (id, status, title, instrument, market, rules, outcomes, salt, "
            "created_at_ms, lock_at_ms, settle_at_ms) VALUES (2, 1, '', '', '', '', '', x'', 1, 1, 1)"
        )
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(
            "UPDATE sqlite_master SET sql = replace(sql, '(status, id)', '(status, title)') "
            "WHERE name = 'ix_room_status'"
        )

    assert any("ix_room_status" in each for each in damages(place))


def test_programs_that_are_not_there_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With where they come from."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ProgramFailed, match="pg_dump is not on the PATH"):
        dump("postgresql://ann:s3cret@db/books", tmp_path / "books.dump")


def test_no_secret_is_an_argument(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A password comes by the environment, what has no variable by a file for its owner alone, gone afterwards."""
    told = tmp_path / "told"
    for name in ("pg_dump", "pg_restore"):
        program = tmp_path / name
        program.write_text(
            '#!/bin/sh\nexec >> "$TOLD"\necho "$@" "<$PGPASSWORD>"\n'
            'test -z "$PGSERVICEFILE" || (cat "$PGSERVICEFILE"; ls -l "$PGSERVICEFILE")\n'
        )
        program.chmod(0o700)
    monkeypatch.setenv("TOLD", str(told))
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.delenv("PGSERVICE", raising=False)

    dump("postgresql://ann:s3cret@db/books?sslpassword=k3y&sslkey=a.key", tmp_path / "books.dump")

    first, head, key, listed = told.read_text().splitlines()[:4]
    assert first.endswith("--dbname=postgresql://ann@db/books?sslkey=a.key <s3cret>")
    assert ("[rooms]", "sslpassword=k3y") == (head, key)
    assert listed.startswith("-rw-------")
    assert not Path(listed.split()[-1]).exists()


def test_the_programs_read_what_they_are_handed(
    postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """PostgreSQL's own pg_dump takes its secrets from the file, and names the one it cannot use."""
    monkeypatch.setenv("PATH", str(postgres_server.programs), prepend=os.pathsep)
    monkeypatch.delenv("PGSERVICE", raising=False)
    url = postgres_server.fresh_database()

    dump(f"{url}?sslpassword=k3y", tmp_path / "books.dump")

    assert (tmp_path / "books.dump").stat().st_size
    with pytest.raises(ProgramFailed, match=r"SCRAM|service file"):
        dump(f"{url}?scram_client_key=k3y", tmp_path / "other.dump")


def test_a_secret_that_cannot_be_handed_over_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It is not shown, and no program is started with half of what it needs."""
    (tmp_path / "pg_dump").touch(0o700)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ProgramFailed, match=r"^sslpassword cannot stand in a URL beside a service: write it"):
        dump("postgresql://db/books?service=mine&sslpassword=k3y", tmp_path / "books.dump")
