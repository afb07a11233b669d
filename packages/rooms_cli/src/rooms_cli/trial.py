"""A trial room: `python -m rooms_cli.trial --database FILE|URL`, in an empty database beside `rooms run all`.

Two people with play money bet against each other on a coin, over the feeds of the environment, and what becomes of
their room is told until the money has moved. Nothing that is written into books can be taken out again, so only a
database in which nobody has an account is taken.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from typing import Final

from rooms_cli.chance import SystemRng
from rooms_cli.clock import SystemClock
from rooms_cli.database import DEFAULT, existing, is_server, shown
from rooms_cli.errors import CommandError, usage
from rooms_cli.loops.prices import open_prices
from rooms_cli.loops.waiting import ClockWaiting
from rooms_cli.price_refusals import no_price
from rooms_core.domain.bet import BetOrder
from rooms_core.domain.ids import UserId
from rooms_core.domain.market import NO, YES, CoinPrice
from rooms_core.domain.room import Room
from rooms_core.domain.room_request import RoomRequest
from rooms_core.domain.rules import HouseRules
from rooms_core.ports.books import Books
from rooms_core.ports.clock import Clock
from rooms_core.ports.oracle import NotPriceable, OracleFailed
from rooms_core.ports.store import Store, StoreFailed
from rooms_core.result import Err, Ok, Result
from rooms_core.services.create_room import CreateRoom
from rooms_core.services.place_bets import PlaceBets
from rooms_core.testing.builders import a_user, populate, sols
from rooms_oracle.aggregate import PPM
from rooms_oracle.environment import FeedsWanted, read_feeds
from rooms_oracle.oracle import ConsensusOracle
from rooms_store.contents import contents
from rooms_store.opening import OpenBooks, open_books

BETTORS: Final = ((UserId(2), YES), (UserId(4), NO))
LOOK_MS: Final = 1_000
PATIENCE_MS: Final = 60_000
"""How long bets are tried before somebody is asked whether a monitor runs."""
_CENT: Final = 10**10
_MINUTE_MS: Final = 60_000


async def play(place: str, wanted: FeedsWanted, *, coin: str, ppm: int, minutes: int) -> None:
    """Open a room `ppm` above the price, bet on both sides, and tell what becomes of it."""
    clock = SystemClock()
    found = await contents(place)
    if set(found.filled) - {"instrument"}:
        raise CommandError(
            f"There are books in {shown(place)} already: a trial would mix play money into them.",
            hint="Nothing was changed. `rooms db upgrade --database trial.sqlite3` makes an empty database.",
        )
    async with open_books(place, clock, migrate=False, server_time=is_server(place)) as books:
        async with open_prices(wanted, books, clock=clock, rng=SystemRng()) as (source, *_):
            room = await _created(books, ConsensusOracle(source), clock, coin=coin, ppm=ppm, minutes=minutes)
        await populate(books, {a_user(bettor): sols("10") for bettor, _ in BETTORS})
        await _bet(books, books, clock, room)
        await _followed(books, clock, room)
    print(f"Its receipt: rooms room receipt {room.id} --database {shown(place)}")


async def _created(
    books: OpenBooks, oracle: ConsensusOracle, clock: Clock, *, coin: str, ppm: int, minutes: int
) -> Room:
    subject = CoinPrice(coin)
    priced = await oracle.price(subject.instrument, now_ms=clock.now_ms())
    if isinstance(priced, Err):
        raise no_price(priced.why)
    target = priced.value.price * (PPM + ppm) // PPM // _CENT * _CENT
    create = CreateRoom(
        store=books, oracle=oracle, clock=clock, ids=books.ids, rng=SystemRng(), rules=HouseRules()
    )
    request = RoomRequest(
        host=None,
        title=f"{coin} touches {_dollars(target)}",
        subject=subject,
        target=target,
        settle_at_ms=clock.now_ms() + minutes * _MINUTE_MS,
    )
    created = await create(request)
    if isinstance(created, Err):
        if isinstance(created.why, NotPriceable | OracleFailed):
            raise no_price(created.why)
        raise CommandError(f"The room was refused: {created.why}.")
    print(f"{coin} is at {_dollars(priced.value.price)}; room {created.value.id}: {created.value.title}?")
    return created.value


async def _bet(store: Store, books: OpenBooks, clock: Clock, room: Room) -> None:
    """Try until both bets are taken: the monitor has to have seen a price first."""
    place, waiting, nobody = PlaceBets(store=store, ids=books.ids), ClockWaiting(clock), asyncio.Event()
    given_up_ms, told = clock.now_ms() + PATIENCE_MS, ""
    for bettor, outcome in BETTORS:
        order = BetOrder(
            key=f"trial {room.id} {bettor}", room=room.id, bettor=bettor, outcome=outcome, stake=sols("1")
        )
        while True:
            placed = await place([order])
            answer: object = placed.why if isinstance(placed, Err) else placed.value[0]
            if isinstance(answer, Ok):
                break
            why = answer.why if isinstance(answer, Err) else answer
            if clock.now_ms() > given_up_ms:
                raise CommandError(
                    f"No bet was taken: {why}.", hint="Does `rooms run all` run on this database?"
                )
            if type(why).__name__ != told:
                told = type(why).__name__
                print(f"the bet on {outcome} waits: {told}")
            await waiting.until(clock.now_ms() + LOOK_MS, nobody)
        print(f"user {bettor} bets 1 SOL on {outcome}")


async def _followed(store: Store, clock: Clock, room: Room) -> None:
    """Tell each step of the room until its money has moved."""
    waiting, nobody, status = ClockWaiting(clock), asyncio.Event(), None

    async def look(books: Books) -> Result[Room, StoreFailed]:
        return Ok((await books.rooms.lock([room.id]))[room.id])

    while True:
        seen = await store.run(look)
        if isinstance(seen, Ok) and seen.value.status is not status:
            status = seen.value.status
            found = seen.value.resolution
            answer = "" if found is None else f": {', '.join(found.winning)} at {_dollars(found.price)}"
            print(f"the room is {status.value}{answer}")
            if status.final:
                return
        await waiting.until(clock.now_ms() + LOOK_MS, nobody)


def _dollars(price: int) -> str:
    return f"{price // 10**12}.{price % 10**12 // _CENT:02} USD"


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line and play; 1 if it was refused, 2 if it was asked wrongly."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--database", default=os.environ.get("ROOMS_DATABASE", DEFAULT))
    parser.add_argument("--coin", default="SOL")
    parser.add_argument("--ppm", type=int, default=2_500, help="how far the target is above the price")
    parser.add_argument("--minutes", type=int, default=16, help="how long the room lives")
    given = parser.parse_args(arguments)
    try:
        feeds = read_feeds(os.environ)
        if isinstance(feeds, Err):
            raise usage(f"{feeds.why.name} cannot be followed: {feeds.why.why}.", hint=feeds.why.hint)
        asyncio.run(
            play(existing(given.database), feeds.value, coin=given.coin, ppm=given.ppm, minutes=given.minutes)
        )
    except CommandError as refused:
        print(f"trial: {refused.what} {refused.hint}".rstrip(), file=sys.stderr)
        return refused.status
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
