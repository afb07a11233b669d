"""Why there is no price, for the one who wanted a room on it."""

from __future__ import annotations

from rooms_cli.errors import CommandError
from rooms_core.ports.oracle import NotPriceable, OracleFailed
from rooms_oracle.reasons import UNKNOWN, unpriced


def no_price(why: NotPriceable | OracleFailed) -> CommandError:
    """The refusal in a sentence, and where to look."""
    if isinstance(why, OracleFailed):
        return CommandError(
            f"The oracle did not answer: {why.message}.", hint="Please try again." if why.retryable else ""
        )
    if why.reason == UNKNOWN:
        return CommandError(unpriced(why), hint="`rooms oracle list` shows what is listed.")
    return CommandError(unpriced(why), hint=f"`rooms oracle probe {why.instrument}` asks each feed.")
