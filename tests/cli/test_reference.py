"""docs/cli.md says what the commands say."""

from __future__ import annotations

from pathlib import Path

from rooms_cli.reference import page, reference


def test_the_page_of_commands_is_up_to_date(repo: Path) -> None:
    """Whoever changes a command runs `python -m rooms_cli.reference docs/cli.md`."""
    written = (repo / "docs" / "cli.md").read_text(encoding="utf-8")

    assert page(written) == written


def test_every_command_and_option_has_help() -> None:
    """No row of the tables is empty."""
    rows = [line for line in reference().splitlines() if line.startswith("| `")]

    assert rows
    assert [] == [row for row in rows if row.endswith("|  |")]
