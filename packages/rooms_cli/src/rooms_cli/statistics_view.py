"""Scores as they are shown: JSON for programs (money as strings, in lamports), SOL and percent for people."""

from __future__ import annotations

from typing import Any

from rooms_cli.moments import day_text
from rooms_core.domain.money import Lamports, sol
from rooms_core.domain.score import HouseScore, Score


def score_json(score: Score) -> dict[str, Any]:
    """A user's score; `day` null: over all time."""
    return {
        "user": str(score.user),
        "day": day_text(score.day),
        "rooms": score.rooms,
        "hits": score.hits,
        "hit_bps": score.hit_bps,
        "voided": score.voided,
        "volume": str(score.volume.value),
        "profit": str(score.profit),
        "hosted": score.hosted,
        "hosted_voided": score.hosted_voided,
        "host_volume": str(score.host_volume.value),
        "host_earned": str(score.host_earned.value),
    }


def house_json(score: HouseScore) -> dict[str, Any]:
    """The house's score; `day` null: over all time."""
    amounts = ("volume", "paid", "takeout", "host", "commissions", "protocol", "breakage", "subsidy")
    return {
        "day": day_text(score.day),
        "settled": score.settled,
        "voided": score.voided,
        "hosted": score.hosted,
        "players": score.players,
        "hits": score.hits,
        "hit_bps": score.hit_bps,
        **{name: str(getattr(score, name).value) for name in amounts},
        "profit": str(score.profit),
    }


USER_COLUMNS = ["rooms", "hits", "hit rate", "void", "volume", "profit", "hosted", "host volume", "earned"]


def user_cells(score: Score) -> list[str]:
    """A user's score as cells of a table, without whose and when."""
    return [
        f"{score.rooms:,}",
        f"{score.hits:,}",
        percent(score.hit_bps),
        f"{score.voided:,}",
        sol(score.volume),
        signed_sol(score.profit),
        f"{score.hosted:,}",
        sol(score.host_volume),
        sol(score.host_earned),
    ]


HOUSE_COLUMNS = ["settled", "void", "hosted", "players", "hit rate", "volume", "paid", "takeout", "profit"]


def house_cells(score: HouseScore) -> list[str]:
    """The house's score as cells of a table, without the day."""
    return [
        f"{score.settled:,}",
        f"{score.voided:,}",
        f"{score.hosted:,}",
        f"{score.players:,}",
        percent(score.hit_bps),
        sol(score.volume),
        sol(score.paid),
        sol(score.takeout),
        signed_sol(score.profit),
    ]


def day_name(score: Score | HouseScore) -> str:
    """The day for people."""
    return day_text(score.day) or "all time"


def percent(bps: int) -> str:
    """A rate with two decimals: 5050 is "50.50 %"."""
    return f"{bps // 100}.{bps % 100:02d} %"


def signed_sol(lamports: int) -> str:
    """An amount with its sign, in SOL: what was lost has a minus."""
    return f"{'-' if lamports < 0 else ''}{sol(Lamports(abs(lamports)))}"
