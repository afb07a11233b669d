"""What is said when a process starts: which books, which roles, which feeds and why."""

from __future__ import annotations

from rooms_cli.database import shown
from rooms_cli.loops.role_loop import Log
from rooms_cli.loops.settings import ANNOUNCER, RunSettings, why
from rooms_cli.output import facts, table


def show_start(settings: RunSettings, listed: int) -> None:
    """Tables for people."""
    pairs = [
        ("database", shown(settings.place)),
        ("roles", ", ".join(settings.roles)),
        ("prices", settings.prices),
        ("lease", f"{settings.lease_ms} ms"),
    ]
    if settings.feeds.feeds:
        pairs.append(("listed", f"{listed} instruments, and any pump.fun token by its mint"))
    if ANNOUNCER in settings.roles:
        pairs.append(("notices", "are printed here, and count as delivered"))
    facts("rooms run", pairs)
    if settings.feeds.feeds:
        rows = [
            [name, each.family, why(name, each), each.base_url] for name, each in settings.feeds.feeds.items()
        ]
        table("\nFeeds", ["feed", "family", "on or off", "address"], rows, left=4)


def log_start(settings: RunSettings, listed: int, log: Log) -> None:
    """The same as facts of the log, for programs."""
    log.info(
        "started",
        database=shown(settings.place),
        roles=list(settings.roles),
        prices=settings.prices,
        lease_ms=settings.lease_ms,
        listings=listed,
        feeds=[f"{name} {why(name, each)}" for name, each in settings.feeds.feeds.items()],
    )


def warn_start(settings: RunSettings, log: Log) -> None:
    """What an operator should know before he leaves it alone."""
    if settings.feeds.seed is not None:
        log.warning("prices are made up: rooms settle on them, and nobody should stake real money")
    if settings.too_few is not None:
        log.warning(
            "no price can be accepted: too few families of feeds are on",
            why=f"{settings.too_few} are on, the rule wants 3; see ROOMS_FEED_…_ENABLED and ROOMS_FEED_…_KEY",
        )
