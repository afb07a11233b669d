"""Files that are there whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from rooms_cli.errors import CommandError
from rooms_cli.new_file import new_file, new_path


def test_a_file_gets_its_name_when_it_is_whole(tmp_path: Path) -> None:
    """Until then somebody who looks finds nothing in it; afterwards only its owner may read it."""
    place = tmp_path / "a.csv"
    with new_file(place) as file:
        file.write("übrig\r\n")

        assert b"" == place.read_bytes()

    assert ("übrig\r\n".encode(), 0o600) == (place.read_bytes(), place.stat().st_mode & 0o777)
    assert [place] == list(tmp_path.iterdir())


def test_a_file_that_is_there_is_never_written_over(tmp_path: Path) -> None:
    """The command ends, and the file is as it was."""
    place = tmp_path / "a.csv"
    place.write_text("mine")
    with pytest.raises(CommandError, match="is there already"), new_path(place):
        pytest.fail("nothing is begun")

    assert "mine" == place.read_text()


def test_nothing_is_left_of_what_failed(tmp_path: Path) -> None:
    """Half a file would be taken for a whole one."""

    def half() -> None:
        with new_file(tmp_path / "a.csv") as file:
            file.write("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half()

    assert [] == list(tmp_path.iterdir())


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    """It is not made: it may be a mistake."""
    with (
        pytest.raises(CommandError, match="cannot be written: No such file"),
        new_path(tmp_path / "no" / "a"),
    ):
        pytest.fail("nothing is begun")
