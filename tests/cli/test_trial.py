"""A trial room beside a running process: bets are taken, the room opens, and no real books are touched."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from tests.cli.loops.virtual import Told

from rooms_cli.loops.runner import Runner
from rooms_cli.loops.settings import ROLES, RunSettings
from rooms_cli.trial import main, play
from rooms_core.result import Ok
from rooms_oracle.environment import read_feeds
from rooms_store.migrations import upgrade


async def test_a_room_opens_with_both_bets(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Over made-up prices, with all roles in this process; a stop then ends them and gives the roles back."""
    place = str(tmp_path / "trial.db")
    await asyncio.to_thread(upgrade, place)
    wanted = read_feeds({"ROOMS_FEEDS": "generated"})
    assert isinstance(wanted, Ok)
    log, said = Told(), ""
    runner = Runner(RunSettings(place=place, roles=ROLES, feeds=wanted.value), log)
    running = asyncio.ensure_future(runner.run(lambda *_: None))
    trial = asyncio.ensure_future(play(place, wanted.value, coin="SOL", ppm=20_000, minutes=16))
    async with asyncio.timeout(60):
        while "the room is OPEN" not in said:
            await asyncio.wait([trial], timeout=0.1)
            assert not trial.done(), trial.exception()
            said += capsys.readouterr().out
    trial.cancel()
    await asyncio.wait([trial])
    runner.stop()

    assert await running
    assert "user 2 bets 1 SOL on YES\nuser 4 bets 1 SOL on NO\n" in said
    assert runner.running is not None
    assert runner.running.loop("monitor").counts["moved"] == 1
    assert ["gave the role back"] * 2 == [event for event in log.events if event == "gave the role back"]


def test_books_are_refused(books: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Play money would stand in them for ever."""
    assert 1 == main(["--database", str(books)])
    assert "There are books in" in capsys.readouterr().err


def test_what_cannot_be_followed_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A setting, or a coin that has no price."""
    monkeypatch.setenv("ROOMS_FEEDS", "nowhere")
    assert 2 == main(["--database", str(tmp_path / "trial.db")])
    upgrade(str(tmp_path / "trial.db"))
    monkeypatch.setenv("ROOMS_FEEDS", "generated")
    assert 1 == main(["--database", str(tmp_path / "trial.db"), "--coin", "DOGE"])

    said = capsys.readouterr().err
    assert "ROOMS_FEEDS cannot be followed" in said
    assert "DOGE/USD cannot be priced: it is not listed" in said
