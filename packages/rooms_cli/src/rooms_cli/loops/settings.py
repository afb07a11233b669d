"""What a running process is told: which roles it plays, on which books, over which feeds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

from rooms_cli.database import is_server
from rooms_cli.metrics.where import Where
from rooms_core.domain.lease import LEASE_MS
from rooms_oracle.aggregate import INSTANT
from rooms_oracle.environment import GENERATED, LIVE, PREFIX, FeedsWanted
from rooms_oracle.settings import FeedSettings
from rooms_store.url_secrets import SECRETS

MONITOR: Final = "monitor"
SETTLER: Final = "settler"
ANNOUNCER: Final = "announcer"
ALL: Final = "all"
ROLES: Final = (MONITOR, SETTLER, ANNOUNCER)
LEASE_LEAST_MS: Final = 3_000
"""Shorter, and a turn of the monitor might outlast it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSettings:
    """`place` is a SQLite file or a URL. `read_every`: on every so-many-th tick the rooms are read and moved on.

    `metrics`: where they are served; None: nowhere.
    """

    place: str
    roles: tuple[str, ...]
    feeds: FeedsWanted
    lease_ms: int = LEASE_MS
    read_every: int = 1
    metrics: Where | None = None

    @property
    def prices(self) -> str:
        """Where prices come from, in words."""
        if self.feeds.seed is not None:
            return f"{GENERATED} from seed {self.feeds.seed}: THEY ARE MADE UP, for trials only"
        if self.feeds.server is not None:
            return f"{LIVE}, asked of {self.feeds.server}: NOT OF THE VENUES THEMSELVES"
        return LIVE

    @property
    def secrets(self) -> list[str]:
        """What must not be seen in a log: the keys of the feeds, and the passwords of the database's URL."""
        parts = urlsplit(self.place) if is_server(self.place) else urlsplit("")
        written = [
            parts.password or "",
            *[value for name, value in parse_qsl(parts.query) if name in SECRETS],
        ]
        return [*self.feeds.secrets, *[each for text in written if text for each in (text, unquote(text))]]

    @property
    def too_few(self) -> int | None:
        """How many families are on, if that is not enough for any price; else None."""
        families = {each.family for each in self.feeds.feeds.values() if each.on}
        enough = self.feeds.seed is not None or len(families) >= INSTANT.quorum
        return None if enough else len(families)


def why(name: str, settings: FeedSettings) -> str:
    """Whether a feed is on, and what decided it."""
    if settings.on:
        return "on" if settings.enabled is None else f"on by {PREFIX}{name.upper()}_ENABLED"
    if settings.enabled is False:
        return f"off by {PREFIX}{name.upper()}_ENABLED"
    return f"off: it needs a key in {PREFIX}{name.upper()}_KEY"
