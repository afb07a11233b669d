"""How large everything is: in full, and for a look within a minute."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Sizes of one run. `settled`: bets of the settled rooms, small to large; times in seconds. `growth_warm` and
    `growth_rounds` are full batches.

    `durable`: whether a commit is on the disk when it is answered; always, where figures mean something.
    """

    rounds: int
    seconds: float
    users: int
    settled: tuple[int, ...]
    settle_rounds: int
    small: int
    crossing: int
    counted: int
    counted_rooms: int
    watched: int
    sqlite_bets: int
    growth_bets: tuple[int, ...]
    growth_users: tuple[int, ...]
    growth_warm: int
    growth_rounds: int
    durable: bool = True


FULL = Sizes(
    rounds=5,
    seconds=3.0,
    users=20_000,
    settled=(10_000, 100_000, 1_000_000),
    settle_rounds=3,
    small=10_000,
    crossing=300_000,
    counted=2_000_000,
    counted_rooms=100,
    watched=100_000,
    sqlite_bets=2_000,
    growth_bets=(10_000, 100_000, 1_000_000),
    growth_users=(1_000, 10_000, 100_000, 1_000_000),
    growth_warm=100,
    growth_rounds=40,
)
"""What the goals speak of; about half an hour."""

QUICK = Sizes(
    rounds=2,
    seconds=0.5,
    users=2_000,
    settled=(1_000, 5_000, 20_000),
    settle_rounds=2,
    small=400,
    crossing=10_000,
    counted=50_000,
    counted_rooms=20,
    watched=20_000,
    sqlite_bets=300,
    growth_bets=(1_000, 10_000),
    growth_users=(1_000, 10_000),
    growth_warm=4,
    growth_rounds=7,
)
"""Within a minute; too small for most goals to mean much."""

TINY = Sizes(
    rounds=1,
    seconds=0.05,
    users=200,
    settled=(60, 120),
    settle_rounds=1,
    small=60,
    crossing=600,
    counted=2_000,
    counted_rooms=4,
    watched=2_000,
    sqlite_bets=20,
    growth_bets=(100, 200),
    growth_users=(500, 1_000),
    growth_warm=1,
    growth_rounds=1,
    durable=False,
)
"""For the tests: that everything runs and agrees to the lamport."""
