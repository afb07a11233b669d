"""`rooms stats`: the house, users, and leaderboards, by day and over all time (defined in docs/statistics.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from rooms_cli.database import DEFAULT, Database

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from rooms_core.domain.ids import UserId
    from rooms_core.domain.score import Day, Score
    from rooms_core.ports.queries import Queries
    from rooms_core.ports.statistics import Board
    from rooms_core.ports.store import Store, StoreFailed
    from rooms_core.result import Result
    from rooms_core.services.count_rooms import Counted

app = typer.Typer(no_args_is_help=True, help="Statistics of the house and of users, and leaderboards.")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, on a terminal too.")]
OneDay = Annotated[
    str | None, typer.Option("--day", metavar="DAY", help="Only this day (UTC, as 2026-11-23), not all time.")
]
Days = Annotated[
    int,
    typer.Option(
        "--days", metavar="N", min=0, max=1_000, help="And the last N days on which something ended."
    ),
]
UserName = Annotated[int, typer.Argument(metavar="USER", min=1, max=2**63 - 1, help="A user's id.")]


@app.command()
def house(database: Database = DEFAULT, day: OneDay = None, days: Days = 0, as_json: AsJson = False) -> None:
    """What the house did: rooms, volume, what was paid, taken and kept. JSON is one line for each period."""
    from rooms_cli.database import read
    from rooms_cli.moments import day_number
    from rooms_cli.output import json_line, table, write_line
    from rooms_cli.statistics_view import HOUSE_COLUMNS, day_name, house_cells, house_json

    wanted = day_number(day)
    scores = [read(database, lambda queries: queries.house(wanted))]
    if days:
        scores += read(database, lambda queries: queries.house_days(limit=days))
    if as_json:
        for score in scores:
            write_line(json_line(house_json(score)))
    else:
        rows = [[day_name(score), *house_cells(score)] for score in scores]
        table("The house, in SOL", ["day", *HOUSE_COLUMNS], rows)
    _say_what_waits(database)


@app.command()
def user(
    who: UserName, database: Database = DEFAULT, day: OneDay = None, days: Days = 0, as_json: AsJson = False
) -> None:
    """What a user did, as a bettor and as a host. JSON is one line for each period."""
    from rooms_cli.database import read
    from rooms_cli.moments import day_number
    from rooms_cli.output import json_line, table, write_line
    from rooms_cli.statistics_view import USER_COLUMNS, day_name, score_json, user_cells
    from rooms_core.domain.ids import UserId

    wanted, name = day_number(day), UserId(who)
    scores = [read(database, lambda queries: queries.score(name, wanted))]
    if days:
        scores += read(database, lambda queries: queries.scores(name, limit=days))
    if as_json:
        for score in scores:
            write_line(json_line(score_json(score)))
    else:
        rows = [[day_name(score), *user_cells(score)] for score in scores]
        table(f"User {who}, in SOL", ["day", *USER_COLUMNS], rows)
    _say_what_waits(database)


@app.command()
def leaders(
    database: Database = DEFAULT,
    by: Annotated[
        str, typer.Option("--by", metavar="WHAT", help="profit, volume, hit-rate or host-volume.")
    ] = "profit",
    day: OneDay = None,
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", min=1, max=1_000, help="At most so many.")
    ] = 50,
    after: Annotated[
        int | None,
        typer.Option("--after", metavar="USER", min=1, help="Behind this user: the last of the page before."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """A leaderboard, highest first; equal users by id. Hit rates need ten rooms. JSON is one user a line."""
    from rooms_cli.database import read
    from rooms_cli.moments import day_number
    from rooms_cli.output import json_line, table, write_line
    from rooms_cli.statistics_view import USER_COLUMNS, score_json, user_cells
    from rooms_core.domain.ids import UserId

    board, wanted = _board(by), day_number(day)
    last = None if after is None else UserId(after)
    scores = read(database, lambda queries: _page(queries, board, wanted, last, limit))
    if as_json:
        for score in scores:
            write_line(json_line(score_json(score)))
    else:
        rows = [[str(score.user), *user_cells(score)] for score in scores]
        table(f"By {by}, in SOL", ["user", *USER_COLUMNS], rows)
    _say_what_waits(database)


@app.command()
def count(
    database: Database = DEFAULT,
    again: Annotated[
        bool, typer.Option("--again", help="Empty all statistics first, and count every ended room anew.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Count the rooms that have ended since; each is counted once, whoever else counts. Exit 1 if one cannot be."""
    from rooms_cli.database import written
    from rooms_cli.output import json_line, say, write_line
    from rooms_core.services.count_rooms import CountRooms

    def counting(store: Store) -> Awaitable[Result[Counted, StoreFailed]]:
        rooms = CountRooms(store=store)
        return rooms.recount() if again else rooms.rest()

    done = written(database, counting)
    failed = [{"room": str(room), "why": why.message} for room, why in done.failed]
    if as_json:
        write_line(json_line({"counted": done.rooms, "failed": failed}))
    else:
        print(f"{done.rooms:,} rooms counted")
    for each in failed:
        say(f"rooms: Room {each['room']} could not be counted: {each['why']}.")
    if failed:
        raise typer.Exit(1)


async def _page(
    queries: Queries, board: Board, day: Day, last: UserId | None, limit: int
) -> Result[list[Score], StoreFailed]:
    """The page behind a user, as he stands now."""
    from rooms_core.result import Err

    if last is None:
        return await queries.leaders(board, day, limit=limit)
    stands = await queries.score(last, day)
    if isinstance(stands, Err):
        return stands
    return await queries.leaders(board, day, after=board.mark(stands.value), limit=limit)


def _board(name: str) -> Board:
    from rooms_cli.errors import one_of, usage
    from rooms_core.ports.statistics import Board

    boards = {board.value.replace("_", "-"): board for board in Board}
    if name not in boards:
        raise usage(f"There is no leaderboard by {name}.", hint=one_of(name, boards))
    return boards[name]


def _say_what_waits(database: str) -> None:
    """Figures that are behind say so."""
    from rooms_cli.database import read
    from rooms_cli.output import say

    waiting = read(database, lambda queries: queries.uncounted())
    if waiting:
        say(f"rooms: {waiting:,} ended rooms are not counted yet; `rooms stats count` counts them.")
