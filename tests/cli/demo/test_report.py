"""The report: what it says to people and to programs, and that both come from the books."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, Protocol

import pytest

from rooms_cli.demo.day import Day
from rooms_cli.demo.dead_heat import show_dead_heat
from rooms_cli.demo.findings import Check
from rooms_cli.demo.report import day_json, show_day


class ShortDay(Protocol):
    """A played day (see conftest)."""

    day: Day


FIGURES = {
    *("staked", "late_refunds", "match_refunds", "gross", "takeout", "host", "protocol"),
    *("commissions", "paid", "breakage", "subsidy"),
}


def _told(day: Day) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(json.dumps(day_json(day, show_dead_heat())))
    return told


def test_the_json_has_every_room_and_every_check(short_day: ShortDay) -> None:
    """Its keys are stable, and all amounts are decimal strings of lamports."""
    told = _told(short_day.day)

    assert ["ok", "prices", "rooms", "dead_heat", "happened", "refusals", "checks"] == list(told)
    assert told["ok"] is True
    assert len(short_day.day.ends) == len(told["rooms"])
    assert {"rule", "what", "looked_at", "holds", "wrong"} == set(told["checks"][0])
    for room in told["rooms"]:
        assert {
            *("id", "name", "title", "instrument", "state", "because", "winning"),
            *("figures", "cash_flow", "receipt_hash"),
        } == set(room)
        assert room["receipt_hash"].startswith("sha256:")
        assert (room["figures"] is None) == (room["state"] == "VOIDED")
        assert all(int(each["amount"]) > 0 and isinstance(each["amount"], str) for each in room["cash_flow"])
    assert FIGURES == set(told["dead_heat"]["figures"])


def test_each_rooms_money_comes_out_again(short_day: ShortDay) -> None:
    """What went into a room and what came out of it are the same sum, in the report too."""
    for room in _told(short_day.day)["rooms"]:
        came_in = sum(int(each["amount"]) for each in room["cash_flow"] if each["into_room"])
        went_out = sum(int(each["amount"]) for each in room["cash_flow"] if not each["into_room"])

        assert came_in == went_out > 0


def test_the_tables_name_each_room_how_it_ended_and_what_holds(
    short_day: ShortDay, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader sees the rooms, why they ended so, the dead heat, what happened, and each check with its answer."""
    monkeypatch.setenv("COLUMNS", "200")
    show_day(short_day.day, show_dead_heat())
    said = capsys.readouterr().out
    rows = {line.split("  ")[0]: line for line in said.splitlines()}

    assert "YES, touched at $" in rows["touch up"]
    assert "one sided" in rows["one-sided"]
    assert "VOIDED" in rows["one-sided"]
    assert "13.722" in rows["ann"]
    assert "a settler killed before its COMMIT (exit 137)" in rows["crash"]
    assert len(short_day.day.checks) == sum(line.endswith("holds") for line in said.splitlines())


def test_what_does_not_hold_is_shown_with_what_was_found(
    short_day: ShortDay, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failed check names what breaks it; one that had nothing to look at says that, and neither counts as held."""
    monkeypatch.setenv("COLUMNS", "200")
    failed = Check("I1", "money adds up", 9, ("room x: 3 lamports too much",))
    idle = Check("I9", "winners have their share", 0)
    day = replace(short_day.day, checks=[failed, idle])
    show_day(day, show_dead_heat())
    said = capsys.readouterr().out

    assert not day.holds
    assert not _told(day)["ok"]
    assert "room x: 3 lamports too much" in said
    assert "nothing to look at" in said
    assert not any(line.endswith("holds") for line in said.splitlines())


def test_a_dead_heat_that_does_not_verify_is_not_ok(short_day: ShortDay) -> None:
    """The day may hold and the library fail: then the report is not ok."""
    assert not day_json(short_day.day, replace(show_dead_heat(), verified=False))["ok"]
