"""Leases: who plays a role that only one may play, until when, and the number that tells him from all before him.

A lease ends by itself. Its *fencing token* grows by one each time the role is taken and is never used again, so that
the database can refuse whoever still believes to have a role that somebody else has taken meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

LEASE_MS: Final = 15_000
"""How long a role is held unless it is renewed: what a crash of its holder costs."""
LONGEST_MS: Final = 3_600_000
"""No lease is longer; one that seems to be was taken by a clock that was wrong, and is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """How a role stands: held from `since_ms` (inclusive) until `until_ms` (exclusive); `holder` None: by nobody."""

    role: str
    token: int = 0
    holder: str | None = None
    since_ms: int = 0
    until_ms: int = 0

    def held(self, now_ms: int) -> bool:
        """Whether somebody has the role now, so that no other can take it."""
        return self.holder is not None and now_ms < self.until_ms <= now_ms + LONGEST_MS

    def taken(self, holder: str, *, now_ms: int, lease_ms: int) -> Lease | None:
        """The role in the hands of `holder`, with a new token; None while another one has it.

        A holder's name is one process's own. Whoever takes his own role again, as the answer to his first try was
        lost, gets a new token too. Raises ValueError for a length outside of 1 … `LONGEST_MS`.
        """
        if self.held(now_ms) and holder != self.holder:
            return None
        until_ms = now_ms + _length(lease_ms)
        return Lease(role=self.role, token=self.token + 1, holder=holder, since_ms=now_ms, until_ms=until_ms)

    def proves(self, mine: Lease) -> bool:
        """Whether the role is still in the hands in which `mine` put it, be its time over or not."""
        return self.holder is not None and (self.role, self.token) == (mine.role, mine.token)

    def renewed(self, *, now_ms: int, lease_ms: int) -> Lease:
        """The same hands, from now on for `lease_ms`. What nobody else took stays his even if its time was over."""
        return replace(self, until_ms=now_ms + _length(lease_ms))

    def given_back(self, until_ms: int) -> Lease:
        """The role in nobody's hands, as it was until `until_ms`."""
        return replace(self, holder=None, until_ms=until_ms)


def _length(lease_ms: int) -> int:
    if not 1 <= lease_ms <= LONGEST_MS:
        raise ValueError(f"a lease of {lease_ms} ms is not within 1 … {LONGEST_MS}")
    return lease_ms
