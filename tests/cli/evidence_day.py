"""Books that a day has left: a room of each kind that asks something of the oracle's records."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from rooms_cli.demo import day as playing
from rooms_cli.demo.day import play_day
from rooms_cli.demo.plan import Story, write_story
from rooms_cli.demo.prices import generated_prices

SEED: Final = 7
PEOPLE: Final = 40
ROOMS: Final = {
    "late stakes",
    "never touched",
    "touched in the dark",
    "asked wrongly",
    "close above",
    "pump.fun",
}


def play(place: Path) -> Path:
    """Play these rooms into new books."""

    async def some_rooms(*words: Any, **named: Any) -> Story:
        story = await write_story(*words, **named)
        return replace(
            story,
            rooms=tuple(
                replace(plan, acts=tuple(replace(act, bettor=act.bettor % PEOPLE) for act in plan.acts))
                for plan in story.rooms
                if plan.name in ROOMS
            ),
        )

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(playing, "BETTORS", PEOPLE)
        patch.setattr(playing, "write_story", some_rooms)
        asyncio.run(
            play_day(generated_prices(SEED), database=str(place), seed=SEED, progress=lambda *_: None)
        )
    return place


@contextmanager
def forged(day: Path, place: Path) -> Iterator[sqlite3.Connection]:
    """A copy of the books at `place`, for somebody who can write into the file and has taken the guards away."""
    shutil.copy(day, place)
    with closing(sqlite3.connect(place)) as books:
        guards = books.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (guard,) in guards:
            books.execute(f"DROP TRIGGER {guard}")
        yield books
        books.commit()


def room_named(day: Path, title: str) -> str:
    """The id of the one room whose title contains this; % stands for anything."""
    with closing(sqlite3.connect(day)) as books:
        (found,) = books.execute("SELECT id FROM room WHERE title LIKE ?", (f"%{title}%",)).fetchall()
    return str(found[0])
