"""`rooms demo`: a day of rooms through the real services, in seconds, with the books proven at the end."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rooms_cli.demo.day import Day
    from rooms_cli.demo.prices import Prices

_SHARES = {
    "reading the day's prices": (0, 3),
    "people join": (3, 4),
    "taking deposits": (7, 8),
    "playing the day": (15, 70),
    "paying withdrawals": (85, 12),
    "checking everything": (97, 3),
}
"""Where each part begins on the progress bar, and how long it is, in per cent."""


def demo(
    prices: Annotated[
        Path | None,
        typer.Option(
            help="A folder of recorded minutes (<venue>_<BASE>-<QUOTE>_1m.csv); else prices are generated."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Another seed is another day.")] = 7,
    keep: Annotated[
        Path | None,
        typer.Option(help="Keep the books in this new SQLite file, to look at with the other commands."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, on a terminal too.")] = False,
) -> None:
    """Play a day: rooms open, fill, hit their targets and pay; deposits, a crash, withdrawals; then prove the books.

    Everything goes through the services a real house runs, on SQLite, with a virtual clock and no network. Exit
    status 1 if any check fails.
    """
    from rooms_cli.demo.dead_heat import show_dead_heat
    from rooms_cli.demo.report import day_json, show_day
    from rooms_cli.errors import CommandError
    from rooms_cli.output import json_line, say, write_line

    if keep is not None and keep.exists():
        raise CommandError(
            f"{keep} is there already.",
            hint="Name a new file: the demo never writes into books it did not make.",
        )
    day = _play(_prices(prices, seed), seed=seed, keep=keep)
    dead_heat = show_dead_heat()
    if as_json:
        write_line(json_line(day_json(day, dead_heat)))
    else:
        show_day(day, dead_heat)
    if not (day.holds and dead_heat.verified):
        failed = sum(1 for check in day.checks if not check.holds)
        say(f"rooms: {failed} of {len(day.checks)} checks failed; what they found stands in the last table.")
        raise typer.Exit(1)
    say(f"\nAll {len(day.checks)} checks hold.")
    if keep is not None:
        say(f"The books are in {keep}: try `rooms room list --database {keep}`.")


def _prices(folder: Path | None, seed: int) -> Prices:
    from rooms_cli.demo.prices import generated_prices, recorded_prices
    from rooms_cli.errors import usage
    from rooms_core.result import Err

    if folder is None:
        return generated_prices(seed)
    if not folder.is_dir():
        raise usage(
            f"There is no folder {folder}.", hint="Give a folder of <venue>_<BASE>-<QUOTE>_1m.csv files."
        )
    read = recorded_prices(folder, seed=seed)
    if isinstance(read, Err):
        raise usage(
            f"These prices cannot be played: {read.why}.",
            hint="See `rooms demo --help` for what a folder holds.",
        )
    return read.value


def _play(prices: Prices, *, seed: int, keep: Path | None) -> Day:
    import asyncio
    from tempfile import TemporaryDirectory

    from rooms_cli.demo.day import play_day
    from rooms_cli.output import progress

    with TemporaryDirectory(prefix="rooms-demo-") as folder, progress(f"A day on {prices.label}") as advance:

        def told(what: str, done: int, whole: int) -> None:
            begins, length = _SHARES[what]
            advance(begins * 100 + length * 100 * min(done, whole) // whole, 10_000)

        database = keep if keep is not None else Path(folder) / "demo.sqlite"
        return asyncio.run(play_day(prices, database=database, seed=seed, progress=told))
