"""The audit log checked offline: does everything we once signed still stand, and is every lamport in it?

Given the exported leaves, ledger and balances, the signed checkpoints and the heads somebody noted earlier (pins),
`verify_audit` rehashes each leaf, rebuilds each root, follows each stream, replays the postings into balances and
compares entries both ways. It answers with one verdict, and the verdict has the command's exit code.

What no check can see: events after the last checkpoint are only as good as the export (`unsigned` counts them), and
a log rewritten whole by the holder of the signing key is caught by a pin or a witness, and by nothing else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

from rooms_core.proofs.audit_event import AuditEvent, AuditPosting, read_event
from rooms_core.proofs.audit_verdict import (
    AuditOk,
    AuditVerdict,
    BadSignature,
    BalanceDiffers,
    EntryTwice,
    Incomplete,
    IndexRepeated,
    LeafHashDiffers,
    LeafMissing,
    LeafWithoutPosting,
    NoCheckpoint,
    NotAnEvent,
    PostingsDiffer,
    PostingWithoutLeaf,
    RootDiffers,
    StreamBroken,
    Tampered,
    TwoRoots,
    WentBack,
)
from rooms_core.proofs.checkpoint import Checkpoint, NoteKey, Verify, open_checkpoint
from rooms_core.proofs.merkle import Frontier, TreeHead, hash_leaf
from rooms_core.result import Err


@dataclass(frozen=True, slots=True)
class AuditLeaf:
    """A row of the exported log: its index, the leaf hash as stored, and the event's bytes."""

    index: int
    leaf_hash: bytes
    event: bytes


class LedgerEntry(NamedTuple):
    """An exported journal entry, or a change of authority, which moves nothing."""

    entry: str
    postings: tuple[AuditPosting, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditExport:
    """What the operator hands out, taken in one snapshot. Balances are signed: the outside world owes us."""

    leaves: Iterable[AuditLeaf]
    ledger: Iterable[LedgerEntry]
    balances: Mapping[str, int]


def verify_audit(
    export: AuditExport,
    *,
    checkpoints: Sequence[bytes],
    pins: Sequence[TreeHead] = (),
    origin: str,
    keys: Sequence[NoteKey],
    verify: Verify,
) -> AuditVerdict:
    """Check an export against signed checkpoints, oldest first, and pinned heads, in any order.

    Heads are checked for consistency by rebuilding every one of them from the same leaves, which is stronger than a
    proof. The first trouble found is the verdict.
    """
    opened: list[Checkpoint] = []
    for place, note in enumerate(checkpoints):
        read = open_checkpoint(note, origin=origin, keys=keys, verify=verify)
        if isinstance(read, Err):
            return BadSignature(place, read.why)
        opened.append(read.value)
    if not opened:
        return Incomplete(0, NoCheckpoint())

    signed = [checkpoint.head for checkpoint in opened]
    trouble = _out_of_order(opened) or _two_roots([*signed, *pins])
    if trouble:
        return trouble

    replay = _Replay(export.ledger)
    promises = {pin.size: _Promise(pin, pinned=True) for pin in pins}
    promises |= {head.size: _Promise(head, pinned=False) for head in signed}
    return (
        replay.play(export.leaves, [promises[size] for size in sorted(promises)])
        or replay.compare(export.balances)
        or AuditOk(replay.frontier.head(), len(opened), len(replay.covered), replay.size - signed[-1].size)
    )


class _Promise(NamedTuple):
    head: TreeHead
    pinned: bool


def _out_of_order(checkpoints: Sequence[Checkpoint]) -> Tampered | None:
    for place, (before, after) in enumerate(pairwise(checkpoints)):
        if after.head.size < before.head.size or after.time_ms < before.time_ms:
            return Tampered(after.head.size, WentBack(place + 1))
    return None


def _two_roots(heads: Iterable[TreeHead]) -> Tampered | None:
    roots: dict[int, bytes] = {}
    for head in heads:
        if roots.setdefault(head.size, head.root) != head.root:
            return Tampered(head.size - 1, TwoRoots(head.size))
    return None


class _Last(NamedTuple):
    """The latest event of a stream: its index and leaf hash."""

    at: int
    leaf_hash: str | None


_NOTHING: Final = _Last(-1, None)


class _Replay:
    """The log played from its first leaf; each step answers with a verdict, or None to go on."""

    __slots__ = (
        "balances",
        "covered",
        "frontier",
        "ledger",
        "size",
        "streams",
        "touched",
        "twice",
        "vouched",
    )

    def __init__(self, ledger: Iterable[LedgerEntry]) -> None:
        self.ledger: dict[str, tuple[AuditPosting, ...]] = {}
        self.twice: str | None = None
        for entry, postings in ledger:
            if entry in self.ledger:
                self.twice = entry
            self.ledger[entry] = postings
        self.frontier = Frontier()
        self.size = 0
        self.vouched = 0
        self.streams: dict[str, _Last] = {}
        self.covered: dict[str, int] = {}
        self.balances: defaultdict[str, int] = defaultdict(int)
        self.touched: dict[str, int] = {}

    def play(self, leaves: Iterable[AuditLeaf], promises: Sequence[_Promise]) -> AuditVerdict | None:
        """Take leaf after leaf, and compare the root wherever one was promised.

        A root that differs says only that something before it changed; so the streams are followed a little
        further, as the next event there may say what.
        """
        ahead, fresh = list(reversed(promises)), list[bytes]()
        suspect = self._kept(ahead, fresh)
        for leaf in leaves:
            trouble = self._take(leaf)
            if trouble:
                return trouble if suspect is None or isinstance(trouble.why, StreamBroken) else suspect
            fresh.append(leaf.leaf_hash)
            suspect = suspect or self._kept(ahead, fresh)
        if suspect:
            return suspect
        self.frontier = self.frontier.extend(fresh)
        return Incomplete(self.size, LeafMissing(ahead[-1].head.size)) if ahead else None

    def compare(self, balances: Mapping[str, int]) -> Tampered | None:
        """All leaves are in: is there anything in the ledger, or a balance, that they do not account for?"""
        alone = next((entry for entry in self.ledger if entry not in self.covered), self.twice)
        if alone is not None:
            return Tampered(self.covered.get(alone), PostingWithoutLeaf(alone))
        for account in sorted(self.balances.keys() | balances.keys()):
            replayed, exported = self.balances[account], balances.get(account, 0)
            if replayed != exported:
                return Tampered(self.touched.get(account), BalanceDiffers(account, replayed, exported))
        return None

    def _kept(self, ahead: list[_Promise], fresh: list[bytes]) -> Tampered | None:
        if not ahead or ahead[-1].head.size != self.size:
            return None
        head, pinned = ahead.pop()
        self.frontier = self.frontier.extend(fresh)
        fresh.clear()
        if self.frontier.head() != head:
            return Tampered(self.vouched, RootDiffers(self.size, pinned))
        self.vouched = self.size
        return None

    def _take(self, leaf: AuditLeaf) -> Tampered | Incomplete | None:
        index, leaf_hash, data = leaf.index, leaf.leaf_hash, leaf.event
        if index != self.size:
            return self._misplaced(index)
        if hash_leaf(data) != leaf_hash:
            return Tampered(index, LeafHashDiffers())
        read = read_event(data)
        if isinstance(read, Err):
            return Tampered(index, NotAnEvent(read.why))

        self.size += 1
        event = read.value
        return self._follow(event, index, leaf_hash.hex()) or self._cover(event, index)

    def _misplaced(self, index: int) -> Tampered | Incomplete:
        if index > self.size:
            return Incomplete(self.size, LeafMissing(index + 1))
        return Tampered(index, IndexRepeated(self.size))

    def _follow(self, event: AuditEvent, index: int, leaf_hash: str) -> Tampered | None:
        last = self.streams.get(event.stream, _NOTHING)
        self.streams[event.stream] = _Last(index, leaf_hash)
        if event.previous == last.leaf_hash:
            return None
        # Both ends of the broken link may be the changed one; a root that held vouches for the earlier.
        return Tampered(last.at if last.at >= self.vouched else index, StreamBroken(event.stream, index))

    def _cover(self, event: AuditEvent, index: int) -> Tampered | None:
        entry = event.entry
        if entry in self.covered:
            return Tampered(index, EntryTwice(entry, self.covered[entry]))
        self.covered[entry] = index
        if entry not in self.ledger:
            return Tampered(index, LeafWithoutPosting(entry))
        if event.postings != self.ledger[entry]:
            return Tampered(index, PostingsDiffer(entry))
        for source, target, amount in event.postings:
            self.balances[source] -= amount
            self.balances[target] += amount
            self.touched[source] = self.touched[target] = index
        return None
