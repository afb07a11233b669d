"""How results are shown: JSON for programs, tables for people. Results go to stdout, everything else to stderr.

Rich draws on a terminal only, and obeys NO_COLOR and COLUMNS; piped output is plain text without boxes, colours or
cut-off cells. Rich is imported where it is used: it takes a third of the time that `--help` may take.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, Literal, Protocol


class Advance(Protocol):
    """Told how far the work has come."""

    def __call__(self, done: int, whole: int, /) -> None:
        """`done` of `whole` steps are behind us."""
        ...


def on_terminal() -> bool:
    """Whether a person is reading along."""
    return sys.stdout.isatty()


def json_line(value: Mapping[str, Any]) -> bytes:
    """One object on one line of UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def write_line(line: bytes) -> None:
    """One result on one line, whatever the locale, and sent at once: a program may be waiting for it."""
    sys.stdout.flush()
    sys.stdout.buffer.write(line + b"\n")
    sys.stdout.buffer.flush()


def say(text: str) -> None:
    """A remark that is no result."""
    print(text, file=sys.stderr)


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], *, left: int = 1) -> None:
    """A table of texts; the first `left` columns are aligned left, the others are amounts and go right."""
    if on_terminal():
        _drawn(title, columns, rows, left)
        return
    cells = [[name.replace(" ", "_") for name in columns], *rows]
    widths = [max(len(row[column]) for row in cells) for column in range(len(columns))]
    for row in cells:
        aligned = [
            cell.ljust(width) if column < left else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        print("  ".join(aligned).rstrip())


def _drawn(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], left: int) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    widths, gap = fitting([columns, *rows], console.width)
    drawn = Table(
        title=Text(title, style="bold"),
        title_justify="left",
        box=SIMPLE_HEAD,
        padding=PADDINGS[gap],
        show_edge=False,
        pad_edge=False,
    )
    for position, (name, width) in enumerate(zip(columns, widths, strict=True)):
        side: Literal["left", "right"] = "left" if position < left else "right"
        drawn.add_column(Text(name), justify=side, overflow="fold", no_wrap=False, width=width)
    for row in rows:
        drawn.add_row(*(Text(cell) for cell in row))
    console.print(drawn)


PADDINGS: Final[dict[int, tuple[int, int] | tuple[int, int, int, int]]] = {
    3: (0, 1),
    2: (0, 1, 0, 0),
    1: (0, 0),
}
"""How each gap between two columns is told to Rich, which adds one itself."""


def fitting(cells: Sequence[Sequence[str]], room: int) -> tuple[list[int | None], int]:
    """How wide each column is, and the gap between two: columns move together before a cell is broken, and cells are
    broken between words. Where not even the longest words fit, Rich breaks these as well (widths of None).
    """
    from rich.cells import cell_len

    columns = list(zip(*cells, strict=True))
    whole = [max(cell_len(line) for cell in each for line in (*cell.splitlines(), "")) for each in columns]
    words = [max(cell_len(word) for cell in each for word in (*cell.split(), "")) for each in columns]
    for least, gaps in ((whole, (3, 2, 1)), (words, (2, 1))):
        for gap in gaps:
            spare = room - gap * (len(columns) - 1) - sum(least)
            if spare >= 0:
                return [*_widened(least, whole, spare)], gap
    return [None] * len(columns), 1


def _widened(least: Sequence[int], whole: Sequence[int], spare: int) -> list[int]:
    """What is to spare goes to where the most is missing."""
    widths = list(least)
    for _ in range(min(spare, sum(whole) - sum(least))):
        lacks = [most - width for most, width in zip(whole, widths, strict=True)]
        widths[lacks.index(max(lacks))] += 1
    return widths


def facts(title: str, pairs: Sequence[tuple[str, str]], *, amounts: bool = False) -> None:
    """Names and values, one pair a line; `amounts` go right."""
    if not on_terminal():
        width = max(len(name) for name, _ in pairs)
        for name, value in pairs:
            print(f"{name.ljust(width)}  {value}".rstrip())
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2))
    grid.add_column()
    grid.add_column(justify="right" if amounts else "left")
    for name, value in pairs:
        grid.add_row(Text(name, style="dim"), Text(value, overflow="fold"))
    console = Console()
    console.print(Text(title, style="bold"))
    console.print(grid)


@contextmanager
def progress(what: str) -> Iterator[Advance]:
    """A progress bar on stderr while a person watches it; else nothing."""
    if not sys.stderr.isatty():
        yield lambda _done, _whole, /: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, whole, /: bar.update(task, completed=done, total=whole)


@contextmanager
def activity() -> Iterator[Callable[[str], None]]:
    """A line on stderr that says what is being done: it changes on a terminal, elsewhere each remark has its own."""
    if not sys.stderr.isatty():
        yield say
        return
    from rich.console import Console
    from rich.text import Text

    with Console(stderr=True).status("") as status:
        yield lambda text: status.update(Text(text))


def grouped(amount: str) -> str:
    """A whole number with its thousands apart: `1,234,567`."""
    return f"{int(amount):,}"
