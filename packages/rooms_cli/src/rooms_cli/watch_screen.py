"""The picture that `rooms oracle watch` draws on a terminal: one screen, drawn anew with each tick."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Self

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from rooms_cli.output import PADDINGS, fitting
from rooms_cli.watch_view import FEEDS, INSTRUMENTS, feed_rows, headline, instrument_rows

if TYPE_CHECKING:
    from types import TracebackType

    from rooms_cli.price_watch import SeenTick


class Screen:
    """Takes the terminal's other screen for as long as it is open."""

    def __init__(self, asked: str) -> None:
        self._asked = asked
        waiting = Text("Waiting for the first tick …", style="dim")
        self._live = Live(waiting, console=Console(), screen=True, auto_refresh=False)

    def __enter__(self) -> Self:
        self._live.__enter__()
        self._live.refresh()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.__exit__(kind, error, trace)

    def show(self, tick: SeenTick) -> None:
        """Draw a tick."""
        self._live.update(picture(tick, self._asked, self._live.console.width), refresh=True)


def picture(tick: SeenTick, asked: str, room: int) -> Group:
    """The tick's two tables under its headline, on a screen so many letters wide."""
    styles = ["" if seen.price is not None else "red" for seen in tick.instruments]
    parts: list[RenderableType] = [
        Text(headline(tick, asked), style="bold"),
        Text("Ctrl-C ends it; nothing is written down.", style="dim"),
        _table(INSTRUMENTS, instrument_rows(tick), styles, room, left=(0, 3, 4, 7)),
    ]
    if tick.feeds:
        resting = ["" if feed.on and feed.breaker == "CLOSED" else "red" for feed in tick.feeds]
        parts += [Text(), _table(FEEDS, feed_rows(tick), resting, room, left=(0, 6, 7))]
    return Group(*parts)


def _table(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    styles: Sequence[str],
    room: int,
    *,
    left: Sequence[int],
) -> Table:
    widths, gap = fitting([columns, *rows], room)
    drawn = Table(box=SIMPLE_HEAD, padding=PADDINGS[gap], show_edge=False, pad_edge=False)
    for place, (name, width) in enumerate(zip(columns, widths, strict=True)):
        drawn.add_column(name, justify="left" if place in left else "right", overflow="fold", width=width)
    for row, style in zip(rows, styles, strict=True):
        drawn.add_row(*(Text(cell) for cell in row), style=style)
    return drawn
