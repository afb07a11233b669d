"""`rooms oracle watch`: prices, families and feeds, tick after tick."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from rooms_cli.database import DEFAULT, Database

if TYPE_CHECKING:
    from collections.abc import Callable

    from rooms_cli.price_watch import SeenTick
    from rooms_core.domain.room import Room
    from rooms_core.ports.queries import Queries
    from rooms_core.ports.store import StoreFailed
    from rooms_core.result import Result

ROOMS_READ: Final = 500


def watch(
    instruments: Annotated[
        list[str] | None,
        typer.Argument(metavar="[INSTRUMENT…]", help="Those with open rooms in the books, else all listed."),
    ] = None,
    database: Database = DEFAULT,
    once: Annotated[
        bool, typer.Option("--once", help="One tick and out; exit status 1 if any has no price.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON line for each tick.")] = False,
) -> None:
    """Show prices as the monitor sees them: each instrument with its families, and how the feeds stand.

    It asks the feeds itself, every 3 s and within the limits of the settings (ROOMS_FEEDS, ROOMS_FEED_…): a monitor
    at the same address or with the same keys shares these limits with it. Nothing is written. `in` and `out` are
    families, `band` goes from the lowest to the highest of them; Ctrl-C ends it.
    """
    from rooms_cli.errors import CommandError, one_of
    from rooms_cli.feeds_input import feeds_wanted
    from rooms_cli.listing_books import revisions_if_any
    from rooms_cli.output import json_line, write_line
    from rooms_cli.probe_view import warn_of
    from rooms_cli.watch_view import watch_json
    from rooms_cli.watching import watch_prices
    from rooms_core.domain.listing import in_force
    from rooms_oracle.listing import LISTINGS, mint_of

    wanted = feeds_wanted()
    listings = in_force(LISTINGS, revisions_if_any(database))
    for name in instruments or []:
        if name not in listings and mint_of(name) is None:
            raise CommandError(f"{name} is not listed.", hint=one_of(name, sorted(listings)))
    names = list(dict.fromkeys(instruments or _open_in(database) or sorted(listings)))
    failed = False

    def told(show: Callable[[SeenTick], None]) -> Callable[[SeenTick], bool]:
        def take(tick: SeenTick) -> bool:
            nonlocal failed
            failed = any(each.price is None for each in tick.instruments)
            show(tick)
            return not once

        return take

    with ExitStack() as stack:
        if as_json:
            show = told(lambda tick: write_line(json_line(watch_json(tick))))
        else:
            if once:
                warn_of(wanted.server, wanted.seed)
            show = told(_shown_by(stack, wanted.server, wanted.seed, once=once))
        watch_prices(wanted, names, listings.values(), show)
    raise typer.Exit(1 if once and failed else 0)


def _shown_by(
    stack: ExitStack, server: str | None, seed: int | None, *, once: bool
) -> Callable[[SeenTick], None]:
    """A picture that changes on a terminal; tables one after another elsewhere."""
    from rooms_cli.output import on_terminal, table
    from rooms_cli.watch_view import FEEDS, INSTRUMENTS, feed_rows, headline, instrument_rows

    asked = (
        "the venues, asked by this command within their limits" if server is None else f"asked of {server}"
    )
    asked = "prices that are made up" if seed is not None else asked
    if on_terminal() and not once:
        from rooms_cli.watch_screen import Screen

        return stack.enter_context(Screen(asked)).show

    def show(tick: SeenTick) -> None:
        print(headline(tick, asked))
        table("", INSTRUMENTS, instrument_rows(tick), left=8)
        if tick.feeds:
            table("", FEEDS, feed_rows(tick), left=1)

    return show


def _open_in(database: str) -> list[str]:
    """The instruments of the rooms that are not over; none where there are no books."""
    from rooms_cli.database import read

    if database == DEFAULT and not Path(database).exists():
        return []
    return sorted({room.market.instrument for room in read(database, _open_rooms)})


async def _open_rooms(queries: Queries) -> Result[list[Room], StoreFailed]:
    from rooms_core.domain.status import RoomStatus
    from rooms_core.ports.room_filter import RoomFilter
    from rooms_core.result import Err, Ok

    alive = frozenset({RoomStatus.QUEUING, RoomStatus.OPEN, RoomStatus.LOCKED})
    found: list[Room] = []
    while True:
        before = found[-1].id if found else None
        page = await queries.rooms(RoomFilter(statuses=alive, before=before, limit=ROOMS_READ))
        if isinstance(page, Err):
            return page
        found += page.value
        if len(page.value) < ROOMS_READ:
            return Ok(found)
