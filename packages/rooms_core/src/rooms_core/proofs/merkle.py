"""The Merkle tree of RFC 6962: one root for a growing list, short proofs that a leaf is in it and that it only grew.

`Frontier` appends with a handful of hashes in memory and is all a verifier needs; `MerkleLog` keeps every hash and
makes proofs. Leaves and nodes are hashed with different first bytes, so that no node can be passed off as a leaf.
A root does not commit to its size: only a `TreeHead`, which a checkpoint signs as a whole, does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from rooms_core.result import Err, Ok, Result

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = hashlib.sha256(b"").digest()
"""The root of a tree without leaves."""


def hash_leaf(data: bytes) -> bytes:
    """The hash of one leaf: SHA-256 of a zero byte and the data."""
    return hashlib.sha256(b"\x00" + data).digest()


def hash_node(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees: SHA-256 of a one byte and both hashes."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class TreeHead:
    """How many leaves a tree has and the root over them. Raises ValueError for what can be no tree at all."""

    size: int
    root: bytes

    def __post_init__(self) -> None:
        if self.size < 0 or len(self.root) != HASH_BYTES or (self.size == 0 and self.root != EMPTY_ROOT):
            raise ValueError(f"no tree of {self.size} leaves has the root {self.root.hex()!r}")


@dataclass(frozen=True, slots=True)
class Frontier:
    """A tree as its right edge: the roots of its complete subtrees, largest first, one for each bit of `size`."""

    size: int = 0
    nodes: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        fits = self.size >= 0 and self.size.bit_count() == len(self.nodes)
        if not fits or any(len(node) != HASH_BYTES for node in self.nodes):
            raise ValueError(f"a tree of {self.size} leaves has no edge of {len(self.nodes)} such hashes")

    def extend(self, leaf_hashes: Iterable[bytes]) -> Frontier:
        """The tree after further leaves, given by their hashes, in order."""
        size, nodes = self.size, list(self.nodes)
        for node in leaf_hashes:
            left = size
            while left & 1:
                node = hash_node(nodes.pop(), node)
                left >>= 1
            nodes.append(node)
            size += 1
        return Frontier(size, tuple(nodes))

    def head(self) -> TreeHead:
        """Size and root as they are now."""
        if not self.nodes:
            return TreeHead(0, EMPTY_ROOT)
        root = self.nodes[-1]
        for node in self.nodes[-2::-1]:
            root = hash_node(node, root)
        return TreeHead(self.size, root)


@dataclass(frozen=True, slots=True)
class IndexOutOfRange:
    """There is no leaf `index` in a tree of `size` leaves."""

    index: int
    size: int


@dataclass(frozen=True, slots=True)
class SizesOutOfOrder:
    """A log of `new` leaves cannot be the later form of one of `old` leaves."""

    old: int
    new: int


@dataclass(frozen=True, slots=True)
class ProofLengthWrong:
    """The place in the tree asks for `expected` hashes; `found` were given."""

    expected: int
    found: int


@dataclass(frozen=True, slots=True)
class NotAHash:
    """Something in the proof, or the leaf's hash, is not 32 bytes long."""

    given: bytes


@dataclass(frozen=True, slots=True)
class RootDiffers:
    """The proof leads to the root `computed` and not to the one claimed for `size` leaves."""

    size: int
    computed: bytes


InclusionRefused: TypeAlias = IndexOutOfRange | ProofLengthWrong | NotAHash | RootDiffers
ConsistencyRefused: TypeAlias = SizesOutOfOrder | ProofLengthWrong | NotAHash | RootDiffers


class MerkleLog:
    """All hashes of a tree, kept by level so that a proof is a matter of look-ups: level 0 holds the leaves."""

    __slots__ = ("_levels",)

    def __init__(self, leaf_hashes: Iterable[bytes] = ()) -> None:
        self._levels: list[list[bytes]] = [[]]
        for leaf_hash in leaf_hashes:
            self.append(leaf_hash)

    def __len__(self) -> int:
        return len(self._levels[0])

    def append(self, leaf_hash: bytes) -> None:
        """Add one leaf, given by its hash. Raises ValueError if it is no hash."""
        if len(leaf_hash) != HASH_BYTES:
            raise ValueError(f"not a hash of {HASH_BYTES} bytes: {leaf_hash.hex()!r}")
        node, level = leaf_hash, 0
        self._levels[0].append(node)
        while len(self._levels[level]) % 2 == 0:
            node = hash_node(*self._levels[level][-2:])
            level += 1
            if level == len(self._levels):
                self._levels.append([])
            self._levels[level].append(node)

    def head(self, size: int) -> Result[TreeHead, SizesOutOfOrder]:
        """The head this log had when it was `size` leaves long."""
        if not 0 <= size <= len(self):
            return Err(SizesOutOfOrder(size, len(self)))
        return Ok(TreeHead(size, self._root(0, size)))

    def inclusion_proof(self, index: int, size: int) -> Result[tuple[bytes, ...], IndexOutOfRange]:
        """The hashes that lead from leaf `index` to the root over the first `size` leaves, lowest first."""
        if not 0 <= index < size <= len(self):
            return Err(IndexOutOfRange(index, min(size, len(self))))
        low, high, path = 0, size, list[bytes]()
        while high - low > 1:
            middle = low + _left_part(high - low)
            if index < middle:
                path.append(self._root(middle, high))
                high = middle
            else:
                path.append(self._root(low, middle))
                low = middle
        return Ok(tuple(reversed(path)))

    def consistency_proof(self, old: int, new: int) -> Result[tuple[bytes, ...], SizesOutOfOrder]:
        """The hashes that show the first `old` leaves to be the beginning of the first `new` leaves."""
        if not 0 <= old <= new <= len(self):
            return Err(SizesOutOfOrder(old, min(new, len(self))))
        low, high, path = 0, new, list[bytes]()
        while 0 < old != high:
            middle = low + _left_part(high - low)
            if old <= middle:
                path.append(self._root(middle, high))
                high = middle
            else:
                path.append(self._root(low, middle))
                low = middle
        if low > 0:
            path.append(self._root(low, high))
        return Ok(tuple(reversed(path)))

    def _root(self, low: int, high: int) -> bytes:
        # A complete subtree was hashed when it was filled; anything else is at the right edge and is put together.
        width = high - low
        if width == 0:
            return EMPTY_ROOT
        if width.bit_count() == 1:
            level = width.bit_length() - 1
            return self._levels[level][low >> level]
        middle = low + _left_part(width)
        return hash_node(self._root(low, middle), self._root(middle, high))


def verify_inclusion(
    leaf_hash: bytes, index: int, head: TreeHead, proof: Sequence[bytes]
) -> Result[TreeHead, InclusionRefused]:
    """Is the leaf with this hash the one at `index` below `head`? The head itself is not judged here."""
    if not 0 <= index < head.size:
        return Err(IndexOutOfRange(index, head.size))
    inside, edge = _parts(index, head.size)
    bad_shape = _shape(proof, inside + edge) or _shape([leaf_hash], 1)
    if bad_shape:
        return Err(bad_shape)

    root = _climb(leaf_hash, index, proof[:inside])
    root = _gather(root, proof[inside:])
    return Ok(head) if root == head.root else Err(RootDiffers(head.size, root))


def verify_consistency(
    old: TreeHead, new: TreeHead, proof: Sequence[bytes]
) -> Result[TreeHead, ConsistencyRefused]:
    """Is the tree `old` the beginning of the tree `new`? An empty tree is the beginning of any."""
    if old.size > new.size:
        return Err(SizesOutOfOrder(old.size, new.size))
    if old.size in (0, new.size):
        if proof:
            return Err(ProofLengthWrong(0, len(proof)))
        same = old.size == 0 or old.root == new.root
        return Ok(new) if same else Err(RootDiffers(new.size, old.root))

    # The proof starts at the largest complete subtree that ends where the old tree ended.
    level = (old.size & -old.size).bit_length() - 1
    inside, edge = _parts(old.size - 1, new.size)
    inside -= level
    first = 0 if old.size == 1 << level else 1
    bad_shape = _shape(proof, first + inside + edge)
    if bad_shape:
        return Err(bad_shape)

    start = proof[0] if first else old.root
    turns, within, above = (old.size - 1) >> level, proof[first : first + inside], proof[first + inside :]
    old_root = _gather(start, [node for step, node in enumerate(within) if turns >> step & 1])
    old_root = _gather(old_root, above)
    if old_root != old.root:
        return Err(RootDiffers(old.size, old_root))
    new_root = _gather(_climb(start, turns, within), above)
    return Ok(new) if new_root == new.root else Err(RootDiffers(new.size, new_root))


def _left_part(width: int) -> int:
    """The largest power of two below `width` (RFC 6962 §2.1): how many leaves stand left of the split."""
    return 1 << (width - 1).bit_length() - 1


def _parts(index: int, size: int) -> tuple[int, int]:
    """How many hashes of a path lie beside the leaf's own way up, and how many only at the left of the edge."""
    inside = (index ^ (size - 1)).bit_length()
    return inside, (index >> inside).bit_count()


def _shape(proof: Sequence[bytes], expected: int) -> ProofLengthWrong | NotAHash | None:
    if len(proof) != expected:
        return ProofLengthWrong(expected, len(proof))
    return next((NotAHash(node) for node in proof if len(node) != HASH_BYTES), None)


def _climb(node: bytes, turns: int, proof: Sequence[bytes]) -> bytes:
    for step, other in enumerate(proof):
        node = hash_node(other, node) if turns >> step & 1 else hash_node(node, other)
    return node


def _gather(node: bytes, proof: Sequence[bytes]) -> bytes:
    for other in proof:
        node = hash_node(other, node)
    return node
