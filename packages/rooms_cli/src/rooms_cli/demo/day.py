"""The whole day: opens the books, gathers the people, plays the story, pays withdrawals, and checks everything."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from rooms_cli.demo.bank import Bank, Banked
from rooms_cli.demo.checks import check_all
from rooms_cli.demo.crash import KILLED
from rooms_cli.demo.findings import Check, RoomEnd, read_ends
from rooms_cli.demo.place import unfinished
from rooms_cli.demo.plan import BETTORS, Story, write_story
from rooms_cli.demo.prices import Prices, director_of
from rooms_cli.demo.stage import Played, Stage
from rooms_cli.wiring import House, Ports, build_house
from rooms_core.domain.ids import RoomId, UserId
from rooms_core.domain.money import LAMPORTS_PER_SOL, Lamports
from rooms_core.domain.referral import User
from rooms_core.domain.rules import HouseRules
from rooms_core.ports.store import StoreFailed
from rooms_core.result import Err, Ok
from rooms_core.testing.clock import ManualClock
from rooms_core.testing.notifier import RecordingNotifier
from rooms_core.testing.rng import SeededRng
from rooms_core.testing.tasks import AwaitedTasks
from rooms_oracle.heard import MINUTE_MS
from rooms_oracle.oracle import ConsensusOracle
from rooms_store.opening import OpenBooks, open_books

DAY_MS: Final = 1_440 * MINUTE_MS
CRASHED_ROOM: Final = "touch up"
"""The room whose first settler is killed on the way."""

Progress = Callable[[str, int, int], None]
"""Told what is going on, how far it is, and of how much."""


@dataclass(slots=True, kw_only=True)
class Day:
    """What a played day leaves: enough for the report, and every check with its answer."""

    label: str
    story: Story
    played: Played
    banked: Banked
    ends: list[RoomEnd] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    notices: int = 0
    killed_with: int | None = None

    @property
    def holds(self) -> bool:
        """Whether every check holds."""
        return all(check.holds for check in self.checks)


async def play_day(prices: Prices, *, database: str, seed: int, progress: Progress) -> Day:
    """Play a day in a database without books (a file or a URL), all of it through the services of a real house."""
    rules = HouseRules()
    progress("reading the day's prices", 0, 1)
    story = await write_story(await director_of(prices), prices, rules=rules, seed=seed)
    clock = ManualClock(prices.start_ms)
    async with open_books(database, clock) as store:
        bank = Bank(store, ids=store.ids, rng=SeededRng(seed), seed=seed)
        house = _house(store, prices, clock, rules, seed)
        cast = await _gather(house, clock, store, progress)
        progress("taking deposits", 0, 1)
        await bank.take_deposits(cast)
        settler = _Settler(database)
        stage = Stage(
            house=house,
            other=_house(store, prices, clock, rules, seed + 1),
            clock=clock,
            feeds=prices.feeds,
            cast=cast,
            settle=settler,
        )
        stage.perform(story)
        end_ms = prices.start_ms + prices.minutes * MINUTE_MS
        await stage.play(
            lambda now_ms: progress(
                "playing the day", now_ms - prices.start_ms, max(1, end_ms - prices.start_ms)
            )
        )
        progress("paying withdrawals", 0, 1)
        await _withdraw(bank, cast, clock)
        notices = await _announce(house, stage.played)
        progress("checking everything", 0, 1)
        day = Day(
            label=prices.label,
            story=story,
            played=stage.played,
            banked=bank.banked,
            notices=notices,
            killed_with=settler.killed_with,
        )
        day.ends = await read_ends(store, stage.played)
        day.checks = await check_all(
            store, day.played, day.ends, bank, missing=story.missing, killed_with=settler.killed_with
        )
        return day


def _house(store: OpenBooks, prices: Prices, clock: ManualClock, rules: HouseRules, seed: int) -> House:
    ports = Ports(
        store=store,
        oracle=ConsensusOracle(prices.feeds),
        clock=clock,
        ids=store.ids,
        rng=SeededRng(seed),
        tasks=AwaitedTasks(),
        notifier=RecordingNotifier(),
    )
    return build_house(ports, rules, batch_max=store.batch_max)


async def _gather(house: House, clock: ManualClock, store: OpenBooks, progress: Progress) -> list[User]:
    """Two hundred people join, most of them by the code of somebody who came before."""
    cast: list[User] = []
    chance = SeededRng(BETTORS)
    for number in range(BETTORS):
        clock.advance(1)
        code = cast[chance.below(number)].code if number >= 10 and chance.below(5) else None
        joined = await house.join(UserId(store.ids.next_id()), code=code)
        if isinstance(joined, Ok):
            cast.append(joined.value)
        elif isinstance(joined.why, StoreFailed):
            raise unfinished(joined.why.message)
        progress("people join", number + 1, BETTORS)
    return cast


class _Settler:
    """Settles each room twice at the same time; the first settler of one room is killed on the way."""

    def __init__(self, database: str) -> None:
        self._database = database
        self.killed_with: int | None = None

    async def __call__(self, room: RoomId, stage: Stage) -> None:
        if stage.played.rooms[room].name == CRASHED_ROOM and self.killed_with is None:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "rooms_cli.demo.crash"),
                *(str(room), str(stage.clock.now_ms())),
                env=os.environ | {"ROOMS_DATABASE": self._database},
            )
            self.killed_with = await process.wait()
            if self.killed_with != KILLED:
                stage.played.notes.append(f"the settler that should die ended with {self.killed_with}")
        answers = await asyncio.gather(stage.house.settle(room), stage.other.settle(room))
        paid = [answer for answer in answers if isinstance(answer, Ok)]
        stage.played.second_settlers += len(answers) - len(paid)
        if len(paid) != 1:
            stage.played.notes.append(f"room {room} was settled {len(paid)} times: {answers}")


async def _withdraw(bank: Bank, cast: list[User], clock: ManualClock) -> None:
    """Twelve people take money out: small sums by themselves, larger ones with an approver, after a day's wait."""
    clock.advance(minutes=15)
    for number, user in enumerate(cast[20:32]):
        amount = Lamports((number % 2 * 4 * LAMPORTS_PER_SOL) + LAMPORTS_PER_SOL // 2)
        await bank.request(user, amount)
    await bank.approve_all()
    clock.advance(hours=24, seconds=-20)
    await bank.pay(clock)


async def _announce(house: House, played: Played) -> int:
    """Drain the outbox; answers how many notices were told."""
    told = 0
    while True:
        announced = await house.announce()
        if isinstance(announced, Err):
            played.notes.append(f"the outbox could not be drained: {announced.why.message}")
            return told
        if not announced.value.delivered:
            return told
        told += announced.value.delivered
