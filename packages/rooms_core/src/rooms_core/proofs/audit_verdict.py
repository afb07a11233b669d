"""What an audit can answer: one verdict, the leaf to look at, and the finding with its figures.

AuditOk       0  everything signed still stands
Tampered      3  something was changed
Incomplete    4  something is missing
BadSignature  5  a checkpoint is not ours
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from rooms_core.proofs.audit_event import EventRefused
from rooms_core.proofs.checkpoint import CheckpointRefused
from rooms_core.proofs.merkle import TreeHead


@dataclass(frozen=True, slots=True)
class LeafHashDiffers:
    """The event does not hash to the leaf hash stored beside it."""


@dataclass(frozen=True, slots=True)
class IndexRepeated:
    """A row with this index comes again, or out of its order; `expected` was next."""

    expected: int


@dataclass(frozen=True, slots=True)
class NotAnEvent:
    """The leaf is no event in its one spelling."""

    why: EventRefused


@dataclass(frozen=True, slots=True)
class StreamBroken:
    """The event `successor` does not name the stream's event before it; named is the one no root vouches for."""

    stream: str
    successor: int


@dataclass(frozen=True, slots=True)
class EntryTwice:
    """The entry is covered by an earlier leaf already."""

    entry: str
    first: int


@dataclass(frozen=True, slots=True)
class PostingsDiffer:
    """The ledger has the entry with other postings."""

    entry: str


@dataclass(frozen=True, slots=True)
class LeafWithoutPosting:
    """The log has the entry; the ledger has not."""

    entry: str


@dataclass(frozen=True, slots=True)
class PostingWithoutLeaf:
    """The ledger has the entry, or has it twice; the log has it not, or once."""

    entry: str


@dataclass(frozen=True, slots=True)
class BalanceDiffers:
    """The postings add up to `replayed`, the export says `exported`; named is the account's last leaf."""

    account: str
    replayed: int
    exported: int


@dataclass(frozen=True, slots=True)
class RootDiffers:
    """Some leaf from the named one up to (not including) `until` is not the one that was signed or pinned."""

    until: int
    pinned: bool


@dataclass(frozen=True, slots=True)
class TwoRoots:
    """Two checkpoints or pins of one size have different roots: somebody was shown another log."""

    size: int


@dataclass(frozen=True, slots=True)
class WentBack:
    """Checkpoint `number` (from 0) is smaller or older than the one before it."""

    number: int


Finding: TypeAlias = (
    LeafHashDiffers | IndexRepeated | NotAnEvent | StreamBroken | EntryTwice | PostingsDiffer | LeafWithoutPosting
    | PostingWithoutLeaf | BalanceDiffers | RootDiffers | TwoRoots | WentBack
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class NoCheckpoint:
    """Nothing signed was given, so nothing can be held against the export."""


@dataclass(frozen=True, slots=True)
class LeafMissing:
    """The export skips an index, or ends before a head that was signed or pinned for `promised` leaves."""

    promised: int


@dataclass(frozen=True, slots=True)
class AuditOk:
    """All checks hold. `unsigned` leaves at the end are newer than the last checkpoint."""

    head: TreeHead
    checkpoints: int
    entries: int
    unsigned: int
    exit_code: ClassVar[int] = 0


@dataclass(frozen=True, slots=True)
class Tampered:
    """Something was changed; `index` is the leaf to look at (None: no leaf speaks of it)."""

    index: int | None
    why: Finding
    exit_code: ClassVar[int] = 3


@dataclass(frozen=True, slots=True)
class Incomplete:
    """Something is missing; `index` is the first leaf not there."""

    index: int
    why: NoCheckpoint | LeafMissing
    exit_code: ClassVar[int] = 4


@dataclass(frozen=True, slots=True)
class BadSignature:
    """Checkpoint `number` (from 0) is not ours, or not in its one spelling."""

    number: int
    why: CheckpointRefused
    exit_code: ClassVar[int] = 5


AuditVerdict: TypeAlias = AuditOk | Tampered | Incomplete | BadSignature
