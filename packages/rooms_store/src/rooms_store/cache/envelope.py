"""How a value lies in a shared cache: sealed with its place and its time, so that only what we put there is read.

A value that was cut, changed, moved to another name, written by another version or outlived its time opens to
nothing. The seal is a checksum; with a key that only our processes know, nobody else can make one (x 1,000 or not).
"""

from __future__ import annotations

import re
from hashlib import blake2b
from hmac import compare_digest
from typing import Final

import attrs

SKEW_MS: Final = 2_000
"""How far the clock of another process may be ahead of ours (decision E8)."""
LEASE_MS: Final = 3_000
"""How long one process has for loading before another may."""
HEADER_MAX: Final = 128

_HEADER: Final = re.compile(rb"rooms/1 ([0-9]{1,15}) ([0-9a-f]{0,32}) ([0-9a-f]{32})\n")
_LEASE: Final = re.compile(rb"lease/1 ([0-9]{1,15}) ([0-9a-f]{0,32}) [0-9a-f]{32}")
_EPOCH: Final = re.compile(rb"[0-9a-f]{0,32}")


@attrs.frozen
class Envelope:
    """Seals and opens values. `key`: up to 64 bytes shared by our processes; none makes the seal a mere checksum."""

    key: bytes = attrs.field(default=b"", repr=False)

    def closed(self, place: str, value: bytes, *, epoch: bytes, at_ms: int) -> bytes:
        """The value as it is put at `place`, loaded at `at_ms` in an epoch of its kind."""
        head = b"rooms/1 %d %s" % (at_ms, epoch)
        return b"%s %s\n%s" % (head, self._seal(place, head, value), value)

    def opened(self, place: str, found: bytes, *, epoch: bytes, now_ms: int, life_ms: int) -> bytes | None:
        """The value that was put at `place` in this epoch less than `life_ms` ago, or None."""
        header = _HEADER.match(found)
        if header is None or header[2] != epoch or not -SKEW_MS <= now_ms - int(header[1]) < life_ms:
            return None
        head, value = b"rooms/1 %s %s" % (header[1], header[2]), found[header.end() :]
        return value if compare_digest(header[3], self._seal(place, head, value)) else None

    def _seal(self, place: str, head: bytes, value: bytes) -> bytes:
        sealed = blake2b(digest_size=16, key=self.key)
        for part in (place.encode(), head, value):
            sealed.update(b"%d:" % len(part) + part)
        return sealed.hexdigest().encode()


def a_lease(token: str, *, epoch: bytes, at_ms: int) -> bytes:
    """What lies in a value's place while its holder loads it; `token` is the holder's own."""
    return b"lease/1 %d %s %s" % (at_ms, epoch, token.encode())


def leased(found: bytes, *, epoch: bytes, now_ms: int) -> bool:
    """Whether somebody is loading for this epoch; a lease that should have ended long ago is none."""
    lease = _LEASE.fullmatch(found)
    return lease is not None and lease[2] == epoch and abs(now_ms - int(lease[1])) <= LEASE_MS + SKEW_MS


def is_epoch(found: bytes) -> bool:
    """Whether this can be the name of a kind's epoch; it begins with a nameless one."""
    return _EPOCH.fullmatch(found) is not None
