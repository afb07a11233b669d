"""The chain, as custody needs it: what happened to a transfer, what happened to an address, and sending bytes.

Every failure means *unknown*: only a successful answer of a node that is fresh enough says that something is not there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from rooms_core.domain.address import Address
from rooms_core.domain.attempt import Finality, Landed, StatusAnswer
from rooms_core.domain.deposit import Change
from rooms_core.result import Result


@dataclass(frozen=True, slots=True)
class ChainFailed:
    """The chain did not answer, or not usably; nothing is known. `retryable`: time may heal it."""

    message: str
    retryable: bool = True


@dataclass(frozen=True, slots=True)
class Blockhash:
    """A recent blockhash, at *confirmed*: bytes with it can land until the height passes `last_valid_height`."""

    hash: str
    last_valid_height: int
    slot: int


@dataclass(frozen=True, slots=True)
class Seen:
    """A finalized transfer in the history of an address."""

    signature: str
    slot: int


@dataclass(frozen=True, slots=True)
class Unreadable:
    """The transfer exists, but in a form this version cannot read: it is parked, never skipped."""

    reason: str


class Chain(Protocol):
    """One provider of chain facts. Answers never go back behind what it has answered before on `finality`."""

    async def blockhash(self) -> Result[Blockhash, ChainFailed]:
        """A blockhash to sign with."""
        ...

    async def finality(self) -> Result[Finality, ChainFailed]:
        """The newest finalized slot, and a finalized block height that is not newer than that slot."""
        ...

    async def status(self, signature: str) -> Result[StatusAnswer, ChainFailed]:
        """What is known of a signature in the full history, with the slot the answering node had seen."""
        ...

    async def landed(self, signature: str, *, at_least_slot: int) -> Result[Landed | None, ChainFailed]:
        """The finalized transfer with this signature; None only from a node that has all up to `at_least_slot`.

        "No history here" and "storage unreachable" are failures, never None.
        """
        ...

    async def send(self, wire: bytes, *, preflight: bool, at_least_slot: int) -> Result[None, ChainFailed]:
        """Hand in signed bytes. `Ok` means accepted, not landed; a failure, a failed preflight too, proves nothing.

        The same bytes again do no harm.
        """
        ...

    async def history(
        self, address: Address, *, after: str | None, after_slot: int
    ) -> Result[Sequence[Seen], ChainFailed]:
        """The finalized transfers that mention an address, failed ones too, oldest first, those after a cursor.

        The walk is complete: it answers only if it has met `after`, a slot before `after_slot`, or the beginning, on
        one node. What it repeats from before the cursor does no harm.
        """
        ...

    async def change(self, signature: str, address: Address) -> Result[Change, Unreadable | ChainFailed]:
        """What one finalized transfer changed on one address: `postBalances − preBalances`, over all its keys."""
        ...
