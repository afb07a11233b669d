"""Which feeds a command asks: what the environment says, as for a process that runs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from rooms_cli.errors import usage

if TYPE_CHECKING:
    from rooms_oracle.environment import FeedsWanted


def feeds_wanted() -> FeedsWanted:
    """The feeds of `ROOMS_FEEDS` and `ROOMS_FEED_…`; what cannot be followed there ends the command."""
    from rooms_core.result import Err
    from rooms_oracle.environment import read_feeds

    read = read_feeds(os.environ)
    if isinstance(read, Err):
        raise usage(f"{read.why.name} cannot be followed: {read.why.why}.", hint=read.why.hint)
    return read.value
