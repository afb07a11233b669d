"""What the chain says for good: a settle price of a token stands only once the slots it was read at are final.

Ticks are read at *confirmed*, which may still vanish with its fork; finality takes about 13 s and would always be too
late for a tick, but not for a settle price. A touch needs no such thing: its third hit guards it.
"""

from __future__ import annotations

from typing import Final, NamedTuple, Protocol, runtime_checkable

from rooms_oracle.heard import PoolState

AGAIN_MS: Final = 5_000
"""Between two looks at what is not final yet."""
NOT_FINAL: Final = "NOT_FINAL"
"""By the deadline the chain had not confirmed for good what the ticks were read from."""


class FinalPool(NamedTuple):
    """Where a token was priced at a slot that is final."""

    slot: int
    address: str

    def bears_out(self, read: PoolState) -> bool:
        """Whether it is the pool that was read, or the one that follows it, at the same slot or later."""
        return self.slot >= (read.slot or 0) and (self.address == read.address or read.on_curve)


@runtime_checkable
class Finality(Protocol):
    """Feeds that can tell what is final."""

    async def final(self, name: str, *, at_least_slot: int) -> FinalPool | None:
        """Where a token is priced by the final state of the chain; None: not known yet, or by nothing that we know.

        Never raises.
        """
        ...
