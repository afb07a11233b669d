"""What goes wrong at the command line: what happened, why, and how to mend it, with the exit status that follows."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

REFUSED = 1
"""The exit status when something was refused or failed."""

USAGE = 2
"""The exit status when the command was used wrongly."""


class CommandError(Exception):
    """Ends a command. `what` happened, `hint` how to mend it; said on stderr by `main`."""

    def __init__(self, what: str, *, hint: str = "", status: int = REFUSED) -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint
        self.status = status


def usage(what: str, *, hint: str = "") -> CommandError:
    """The command was used wrongly."""
    return CommandError(what, hint=hint, status=USAGE)


def nearest(given: str, known: Iterable[str]) -> str:
    """A hint at the nearest known name, or nothing."""
    names = {name.casefold(): name for name in known}
    near = difflib.get_close_matches(given.casefold(), names, n=1, cutoff=0.6)
    return f"Did you mean {names[near[0]]}?" if near else ""


def one_of(given: str, known: Iterable[str]) -> str:
    """A hint at the nearest known name, or at all of them."""
    names = list(known)
    return nearest(given, names) or f"There are: {', '.join(names)}."
