"""How results are shown: plain in a pipe, drawn on a terminal, progress for people only."""

from __future__ import annotations

import io
import re
import sys

import pytest

from rooms_cli.output import facts, fitting, grouped, json_line, progress, say, table

ROWS = [["ann", "1"], ["Zoë with a very long name indeed", "1,000"]]


class Terminal(io.StringIO):
    """A stream somebody reads along."""

    def isatty(self) -> bool:
        """Somebody does."""
        return True


def test_a_piped_table_is_plain_and_cuts_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """No box, no colour, columns aligned, the first to the left and amounts to the right."""
    table("Payouts", ["bettor", "paid out"], ROWS)

    assert capsys.readouterr().out.splitlines() == [
        "bettor                            paid_out",
        "ann                                      1",
        "Zoë with a very long name indeed     1,000",
    ]


def test_a_terminal_gets_a_table_of_its_width(monkeypatch: pytest.MonkeyPatch) -> None:
    """COLUMNS and NO_COLOR are obeyed; what does not fit is folded, never cut."""
    screen = Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setenv("COLUMNS", "30")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    table("Payouts", ["bettor", "paid out"], ROWS)
    facts("Facts", [("name", "value " * 10)])
    lines = re.sub(r"\x1b\[[0-9;]*m", "", screen.getvalue()).splitlines()

    assert "Payouts" in lines[0]
    assert all(len(line) <= 30 for line in lines)
    assert "\x1b[3" not in screen.getvalue()
    assert "indeed" in screen.getvalue()


@pytest.mark.parametrize(
    ("room", "widths", "gap"),
    [
        (80, [4, 15, 7], 3),
        (32, [4, 15, 7], 3),
        (28, [4, 15, 7], 1),
        (25, [4, 12, 5], 2),
        (16, [4, 5, 5], 1),
        (14, [None, None, None], 1),
    ],
)
def test_columns_move_together_before_a_word_is_broken(room: int, widths: list[int | None], gap: int) -> None:
    """First the gaps shrink, then cells are broken between words; words only where nothing else is left."""
    cells = [("a b", "what and why", "p50 ms"), ("four", "what we saw now", "7,000 s")]

    assert (widths, gap) == fitting(cells, room)


def test_names_from_outside_are_no_markup(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bettor called [red] is shown by that name."""
    screen = Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    table("[b]", ["x"], [["[red]ann[/]"]])
    facts("[i]", [("[u]", "[/u]")])

    assert all(name in screen.getvalue() for name in ("[b]", "[red]ann[/]", "[i]", "[u]", "[/u]"))


def test_progress_is_drawn_on_stderr_for_a_person_only(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A pipe and a log get nothing of it; stdout is left alone."""
    with progress("Counting") as advance:
        advance(1, 2)
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    with progress("Counting") as advance:
        advance(1, 2)

    assert ("", "") == tuple(capsys.readouterr())
    assert "Counting" in screen.getvalue()


def test_remarks_go_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    """They are no results."""
    say("hello")

    assert ("", "hello\n") == tuple(capsys.readouterr())


def test_json_is_compact_utf_8() -> None:
    """One line, no blanks, names as they are."""
    assert '{"a":"ø\\n"}'.encode() == json_line({"a": "ø\n"})


def test_large_figures_keep_every_digit() -> None:
    """Thousands are set apart."""
    assert "9,223,372,036,854,775,807" == grouped(str(2**63 - 1))
