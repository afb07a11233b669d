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
    database: Annotated[
        str | None,
        typer.Option(
            "--database",
            "--keep",
            metavar="FILE|URL",
            help="Play in this database and keep the books there: a new SQLite file, or the URL of an empty PostgreSQL "
            "database; else in a file that is gone afterwards. ROOMS_DATABASE is not looked at.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, on a terminal too.")] = False,
) -> None:
    """Play a day: rooms open, fill, hit their targets and pay; deposits, a crash, withdrawals; then prove the books.

    Everything goes through the services a real house runs, on SQLite or PostgreSQL, with a virtual clock and no price
    feeds. The same seed is the same day on both. A database that holds books is refused. Exit status 1 if any check
    fails.
    """
    from rooms_cli.demo.dead_heat import show_dead_heat
    from rooms_cli.demo.report import day_json, show_day
    from rooms_cli.output import json_line, say, write_line

    day = _play(_prices(prices, seed), seed=seed, database=database)
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
    if database is not None:
        say(_where_to_look(database))


def _where_to_look(database: str) -> str:
    """How to go on; a URL is not repeated as it was typed, for it may hold a password."""
    from rooms_cli.database import is_server, shown

    if is_server(database):
        return f"The books are in {shown(database)}: try `rooms room list` with the same --database."
    return f"The books are in {database}: try `rooms room list --database {database}`."


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


def _play(prices: Prices, *, seed: int, database: str | None) -> Day:
    import asyncio
    import os
    from tempfile import TemporaryDirectory

    from rooms_cli.demo.day import play_day
    from rooms_cli.demo.place import prepared, unfinished
    from rooms_cli.output import progress, say
    from rooms_store.failures import VENDOR, failed

    if database is None and os.environ.get("ROOMS_DATABASE"):
        say("rooms: ROOMS_DATABASE is left alone: a demo plays in a database only if --database names it.")
    place = None if database is None else prepared(database)
    with TemporaryDirectory(prefix="rooms-demo-") as folder, progress(f"A day on {prices.label}") as advance:

        def told(what: str, done: int, whole: int) -> None:
            begins, length = _SHARES[what]
            advance(begins * 100 + length * 100 * min(done, whole) // whole, 10_000)

        where = place or str(Path(folder) / "demo.sqlite")
        try:
            return asyncio.run(play_day(prices, database=where, seed=seed, progress=told))
        except VENDOR as error:
            raise unfinished(failed(error).message) from error
