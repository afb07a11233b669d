"""A short day for all tests of the demo: four of its thirteen rooms, played in full through the real services."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from rooms_cli.demo import day as playing
from rooms_cli.demo.bank import Bank
from rooms_cli.demo.day import CRASHED_ROOM, Day, play_day
from rooms_cli.demo.plan import RoomPlan, Story, write_story
from rooms_cli.demo.prices import generated_prices
from rooms_store.testing.postgres import PostgresServer

SEED = 7
ROOMS = {CRASHED_ROOM, "one-sided", "late stakes", "pump.fun"}
"""A crash, a void room, late stakes that go back, and a token priced by one pool."""
PEOPLE = 40


@dataclass(frozen=True, slots=True)
class ShortDay:
    """What a short day leaves: its report, its bank and its books."""

    day: Day
    bank: Bank
    database: str


def _smaller(plan: RoomPlan) -> RoomPlan:
    """The same room among fewer people."""
    return replace(plan, acts=tuple(replace(act, bettor=act.bettor % PEOPLE) for act in plan.acts))


def play_short_day(database: str) -> ShortDay:
    """Play four rooms of the story on a new database."""
    banks: list[Bank] = []

    async def some_rooms(*words: Any, **named: Any) -> Story:
        story = await write_story(*words, **named)
        return replace(story, rooms=tuple(_smaller(plan) for plan in story.rooms if plan.name in ROOMS))

    def a_bank(*words: Any, **named: Any) -> Bank:
        banks.append(Bank(*words, **named))
        return banks[0]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(playing, "BETTORS", PEOPLE)
        patch.setattr(playing, "write_story", some_rooms)
        patch.setattr(playing, "Bank", a_bank)
        played = asyncio.run(
            play_day(generated_prices(SEED), database=database, seed=SEED, progress=lambda *_: None)
        )
    return ShortDay(played, banks[0], database)


@pytest.fixture(scope="session")
def short_day(tmp_path_factory: pytest.TempPathFactory) -> ShortDay:
    """The short day, played once for all. Whoever changes it, changes a copy."""
    return play_short_day(str(tmp_path_factory.mktemp("demo") / "day.sqlite"))


@pytest.fixture(scope="session")
def served_short_day(postgres_server: PostgresServer) -> ShortDay:
    """The same day, played once for all in a PostgreSQL database."""
    return play_short_day(postgres_server.fresh_database())


@pytest.fixture(scope="session")
def another_short_day(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], ShortDay]:
    """Plays the same day again, on other books."""
    return lambda: play_short_day(str(tmp_path_factory.mktemp("demo") / "again.sqlite"))
