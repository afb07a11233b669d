"""What the house owes, as a sum tree: one root for all users, and a proof for each that his balance is in the total.

    leaf = H("L" | HMAC(salt, user_ref) | balance:8)          parent = H("N" | h_l | sum_l:8 | h_r | sum_r:8)

A parent commits to both sums apart, since one that commits to their total only can be forged (Hu, Zhang, Guo 2018).
Every sum stays below 2^63 and nothing wraps. Leaves stand in an order drawn from the epoch's key and are filled up
with zeros to a power of two, so that a path shows its neighbours' sums, but not who they are nor how many.

A user checks his own reference and his own balance: both are asked of him and never taken from the proof, so two
users cannot be shown one leaf. What no tree can show: users who never check, and money owed outside of the ledger.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

from rooms_core.proofs.merkle import HASH_BYTES, IndexOutOfRange, NotAHash, ProofLengthWrong
from rooms_core.result import Err, Ok, Result

SUM_LIMIT: Final = 2**63
"""Balances and sums, in lamports, are at least 0 and below this."""


class SumNode(NamedTuple):
    """A node of the tree: its hash, and how many lamports are owed below it."""

    digest: bytes
    owed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LiabilityRoot:
    """What is published: all that was owed at `log_index` leaves of the audit log, in lamports, and the root."""

    epoch: int
    log_index: int
    at_ms: int
    depth: int
    root: bytes
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LiabilityProof:
    """What a user is given: the salt of his leaf, where it stands, and its siblings, lowest first."""

    epoch: int
    index: int
    salt: bytes
    path: tuple[SumNode, ...]


@dataclass(frozen=True, slots=True)
class BalanceOutOfRange:
    """A balance below 0 or from 2^63 lamports."""

    user_ref: str
    balance: int


@dataclass(frozen=True, slots=True)
class DuplicateUser:
    """One user stands in the list twice: his leaves would hide another's."""

    user_ref: str


@dataclass(frozen=True, slots=True)
class SumOutOfRange:
    """A sum `level` steps above the leaves is below 0 or from 2^63 lamports: it would wrap."""

    level: int
    owed: int


@dataclass(frozen=True, slots=True)
class UserOmitted:
    """The tree has no leaf for this user."""

    user_ref: str


@dataclass(frozen=True, slots=True)
class OtherEpoch:
    """The proof belongs to another epoch than the root."""

    proof: int
    root: int


@dataclass(frozen=True, slots=True)
class NotInTree:
    """User, balance, salt and path lead to `computed`, not to the published root and total."""

    computed: SumNode


@dataclass(frozen=True, slots=True)
class DuplicateLeaf:
    """Two users of one epoch were shown the same leaf."""

    epoch: int
    index: int


@dataclass(frozen=True, slots=True)
class TwoRootsInEpoch:
    """Two different roots were published for one epoch."""

    epoch: int


@dataclass(frozen=True, slots=True)
class TotalDiffers:
    """The ledger owes `ledger` lamports and the tree has `tree`: somebody was left out, or put in."""

    tree: int
    ledger: int


TreeRefused: TypeAlias = BalanceOutOfRange | DuplicateUser | SumOutOfRange
ProofRefused: TypeAlias = (
    OtherEpoch | BalanceOutOfRange | IndexOutOfRange | ProofLengthWrong | NotAHash | SumOutOfRange | NotInTree
)


def hash_balance(salt: bytes, user_ref: str, balance: int) -> bytes:
    """The hash of a user's leaf; the salt keeps others from guessing who and how much."""
    tag = hmac.digest(salt, user_ref.encode(), "sha256")
    return hashlib.sha256(b"L" + tag + balance.to_bytes(8)).digest()


def hash_sums(left: SumNode, right: SumNode) -> bytes:
    """The hash of a parent, which commits to both of its sums."""
    return hashlib.sha256(
        b"N" + left.digest + left.owed.to_bytes(8) + right.digest + right.owed.to_bytes(8)
    ).digest()


class LiabilityTree:
    """The whole tree, from which each user gets his proof. Made by `liability_tree`."""

    __slots__ = ("_key", "_levels", "_places", "root")

    def __init__(
        self, root: LiabilityRoot, key: bytes, levels: list[list[SumNode]], places: dict[str, int]
    ) -> None:
        self.root = root
        self._key = key
        self._levels = levels
        self._places = places

    def proof(self, user_ref: str) -> Result[LiabilityProof, UserOmitted]:
        """The proof for one user: for his eyes only, as the salt lets one try balances."""
        index = self._places.get(user_ref)
        if index is None:
            return Err(UserOmitted(user_ref))
        epoch = self.root.epoch
        path = tuple(level[(index >> step) ^ 1] for step, level in enumerate(self._levels[:-1]))
        return Ok(
            LiabilityProof(
                epoch=epoch, index=index, salt=_derive(self._key, b"salt", epoch, user_ref), path=path
            )
        )


def liability_tree(
    owed: Iterable[tuple[str, int]], *, key: bytes, epoch: int, log_index: int, at_ms: int
) -> Result[LiabilityTree, TreeRefused]:
    """The tree over (user reference, balance in lamports) pairs, in any order.

    `key` is 32 random bytes for this epoch alone: salts and the order of leaves are drawn from it. Raises ValueError
    for a key of another size.
    """
    if len(key) != HASH_BYTES:
        raise ValueError(f"the key of an epoch has {HASH_BYTES} bytes, not {len(key)}")
    balances: dict[str, int] = {}
    for user_ref, balance in owed:
        if user_ref in balances:
            return Err(DuplicateUser(user_ref))
        if not 0 <= balance < SUM_LIMIT:
            return Err(BalanceOutOfRange(user_ref, balance))
        balances[user_ref] = balance

    order = sorted(balances, key=lambda user_ref: _derive(key, b"order", epoch, user_ref))
    level = [
        SumNode(hash_balance(_derive(key, b"salt", epoch, ref), ref, balances[ref]), balances[ref])
        for ref in order
    ]
    depth = max(0, len(order) - 1).bit_length()
    level += [
        SumNode(hash_balance(_derive(key, b"pad", epoch, str(place)), "", 0), 0)
        for place in range(len(order), 1 << depth)
    ]
    levels = [level]
    while len(level) > 1:
        level = [
            SumNode(hash_sums(left, right), left.owed + right.owed)
            for left, right in zip(level[::2], level[1::2], strict=True)
        ]
        levels.append(level)
        for node in level:
            if node.owed >= SUM_LIMIT:
                return Err(SumOutOfRange(len(levels) - 1, node.owed))
    digest, total = level[0]
    root = LiabilityRoot(epoch=epoch, log_index=log_index, at_ms=at_ms, depth=depth, root=digest, total=total)
    return Ok(LiabilityTree(root, key, levels, {user_ref: index for index, user_ref in enumerate(order)}))


def verify_liability(
    proof: LiabilityProof, root: LiabilityRoot, *, user_ref: str, balance: int
) -> Result[LiabilityRoot, ProofRefused]:
    """Is this user's balance, in lamports, part of the published total? Needs nothing but its arguments."""
    if proof.epoch != root.epoch:
        return Err(OtherEpoch(proof.epoch, root.epoch))
    if not 0 <= balance < SUM_LIMIT:
        return Err(BalanceOutOfRange(user_ref, balance))
    if len(proof.path) != root.depth:
        return Err(ProofLengthWrong(root.depth, len(proof.path)))
    if not 0 <= proof.index < 1 << root.depth:
        return Err(IndexOutOfRange(proof.index, 1 << root.depth))
    for digest in (proof.salt, *(node.digest for node in proof.path)):
        if len(digest) != HASH_BYTES:
            return Err(NotAHash(digest))

    node = SumNode(hash_balance(proof.salt, user_ref, balance), balance)
    for level, other in enumerate(proof.path):
        if not 0 <= other.owed < SUM_LIMIT:
            return Err(SumOutOfRange(level, other.owed))
        left, right = (other, node) if proof.index >> level & 1 else (node, other)
        node = SumNode(hash_sums(left, right), left.owed + right.owed)
        if node.owed >= SUM_LIMIT:
            return Err(SumOutOfRange(level + 1, node.owed))
    return Ok(root) if node == (root.root, root.total) else Err(NotInTree(node))


def verify_apart(proofs: Iterable[LiabilityProof]) -> Result[int, DuplicateLeaf]:
    """Users who compare their proofs: does each have a leaf of his own? Answers how many were compared."""
    seen: set[tuple[int, int]] = set()
    for proof in proofs:
        place = (proof.epoch, proof.index)
        if place in seen:
            return Err(DuplicateLeaf(*place))
        seen.add(place)
    return Ok(len(seen))


def verify_one_root(roots: Iterable[LiabilityRoot]) -> Result[int, TwoRootsInEpoch]:
    """Everything ever published: was each epoch given one root to all? Answers how many epochs there are."""
    seen: dict[int, LiabilityRoot] = {}
    for root in roots:
        if seen.setdefault(root.epoch, root) != root:
            return Err(TwoRootsInEpoch(root.epoch))
    return Ok(len(seen))


def verify_total(root: LiabilityRoot, ledger: int) -> Result[LiabilityRoot, TotalDiffers]:
    """Does the tree owe what the ledger owed at its index (I18)? Who is left out is missing in the total."""
    return Ok(root) if root.total == ledger else Err(TotalDiffers(root.total, ledger))


def _derive(key: bytes, use: bytes, epoch: int, name: str) -> bytes:
    return hmac.digest(key, use + epoch.to_bytes(8) + name.encode(), "sha256")
