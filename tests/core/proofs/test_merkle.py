"""The RFC 6962 tree: against the RFC's own recursive definition, the known vectors, and every changed bit."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms_core.proofs.merkle import (
    EMPTY_ROOT,
    ConsistencyRefused,
    Frontier,
    InclusionRefused,
    IndexOutOfRange,
    MerkleLog,
    NotAHash,
    ProofLengthWrong,
    RootDiffers,
    SizesOutOfOrder,
    TreeHead,
    hash_leaf,
    hash_node,
    verify_consistency,
    verify_inclusion,
)
from rooms_core.result import Err, Ok, Result

LEAVES = [
    bytes.fromhex(data)
    for data in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    bytes.fromhex(root)
    for root in (
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    )
]
N0 = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
N23 = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
N4567 = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
N4 = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
N67 = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
N45 = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
N0123 = "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"
N01 = "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
L0 = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"


def rfc_root(hashes: Sequence[bytes]) -> bytes:
    """MTH of RFC 6962 §2.1, written as the RFC writes it."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    k = rfc_split(len(hashes))
    return hashlib.sha256(b"\1" + rfc_root(hashes[:k]) + rfc_root(hashes[k:])).digest()


def rfc_path(m: int, hashes: Sequence[bytes]) -> tuple[bytes, ...]:
    """PATH of RFC 6962 §2.1.1."""
    if len(hashes) == 1:
        return ()
    k = rfc_split(len(hashes))
    if m < k:
        return (*rfc_path(m, hashes[:k]), rfc_root(hashes[k:]))
    return (*rfc_path(m - k, hashes[k:]), rfc_root(hashes[:k]))


def rfc_subproof(m: int, hashes: Sequence[bytes], whole: bool) -> tuple[bytes, ...]:
    """SUBPROOF of RFC 6962 §2.1.2."""
    if m == len(hashes):
        return () if whole else (rfc_root(hashes),)
    k = rfc_split(len(hashes))
    if m <= k:
        return (*rfc_subproof(m, hashes[:k], whole), rfc_root(hashes[k:]))
    return (*rfc_subproof(m - k, hashes[k:], False), rfc_root(hashes[:k]))


def rfc_split(size: int) -> int:
    k = 1
    while 2 * k < size:
        k *= 2
    return k


def some_hashes(count: int) -> list[bytes]:
    return [hash_leaf(str(index).encode()) for index in range(count)]


def head_of(log: MerkleLog, size: int) -> TreeHead:
    match log.head(size):
        case Ok(head):
            return head
        case Err(why):
            raise AssertionError(why)


def proof_of(made: Result[tuple[bytes, ...], IndexOutOfRange | SizesOutOfOrder]) -> tuple[bytes, ...]:
    match made:
        case Ok(proof):
            return proof
        case Err(why):
            raise AssertionError(why)


def every_flip(data: bytes) -> list[bytes]:
    """The data with each of its bits changed, one at a time."""
    number = int.from_bytes(data)
    return [(number ^ (1 << bit)).to_bytes(len(data)) for bit in range(8 * len(data))]


@pytest.mark.parametrize("size", range(9))
def test_known_roots(size: int) -> None:
    """The eight-leaf tree of the certificate transparency project has its published root at every size."""
    hashes = [hash_leaf(data) for data in LEAVES[:size]]

    assert TreeHead(size, ROOTS[size]) == Frontier().extend(hashes).head() == head_of(MerkleLog(hashes), size)


@pytest.mark.parametrize(
    "index, size, path",
    [(0, 1, []), (0, 8, [N0, N23, N4567]), (5, 8, [N4, N67, N0123]), (2, 3, [N01]), (1, 5, [L0, N23, N4])],
)
def test_known_inclusion_proofs(index: int, size: int, path: list[str]) -> None:
    """The published audit paths are made and accepted."""
    log = MerkleLog(hash_leaf(data) for data in LEAVES)
    expected = tuple(map(bytes.fromhex, path))
    head = TreeHead(size, ROOTS[size])

    assert Ok(expected) == log.inclusion_proof(index, size)
    assert Ok(head) == verify_inclusion(hash_leaf(LEAVES[index]), index, head, expected)


@pytest.mark.parametrize(
    "old, new, path",
    [(1, 1, []), (1, 8, [N0, N23, N4567]), (6, 8, [N45, N67, N0123]), (2, 5, [N23, N4]), (0, 8, [])],
)
def test_known_consistency_proofs(old: int, new: int, path: list[str]) -> None:
    """The published consistency proofs are made and accepted."""
    log = MerkleLog(hash_leaf(data) for data in LEAVES)
    expected = tuple(map(bytes.fromhex, path))
    earlier, later = TreeHead(old, ROOTS[old]), TreeHead(new, ROOTS[new])

    assert Ok(expected) == log.consistency_proof(old, new)
    assert Ok(later) == verify_consistency(earlier, later, expected)


def test_every_proof_of_every_small_tree() -> None:
    """Up to 33 leaves, each root and each proof is the one the RFC's recursive definition gives, and is accepted."""
    hashes = some_hashes(33)
    log = MerkleLog(hashes)
    for size in range(34):
        head = head_of(log, size)
        assert rfc_root(hashes[:size]) == head.root
        for index in range(size):
            path = proof_of(log.inclusion_proof(index, size))
            assert rfc_path(index, hashes[:size]) == path
            assert Ok(head) == verify_inclusion(hashes[index], index, head, path)
        for old in range(1, size + 1):
            steps = proof_of(log.consistency_proof(old, size))
            assert rfc_subproof(old, hashes[:size], True) == steps
            assert Ok(head) == verify_consistency(head_of(log, old), head, steps)


@given(st.lists(st.integers(0, 40), max_size=6))
def test_leaves_may_come_in_any_portions(portions: list[int]) -> None:
    """Appending in portions, or all at once, gives the same tree."""
    hashes = some_hashes(sum(portions))
    frontier, done = Frontier(), 0
    for portion in portions:
        frontier = frontier.extend(hashes[done : done + portion])
        done += portion

    assert Frontier().extend(hashes) == frontier
    assert head_of(MerkleLog(hashes), done) == frontier.head()


def inclusion_case(size: int, index: int) -> tuple[bytes, TreeHead, tuple[bytes, ...]]:
    hashes = some_hashes(size)
    log = MerkleLog(hashes)
    return hashes[index], head_of(log, size), proof_of(log.inclusion_proof(index, size))


def consistency_case(size: int, old: int) -> tuple[TreeHead, TreeHead, tuple[bytes, ...]]:
    log = MerkleLog(some_hashes(size))
    return head_of(log, old), head_of(log, size), proof_of(log.consistency_proof(old, size))


@pytest.mark.parametrize("size", [1, 2, 7, 8, 11])
def test_every_changed_bit_of_an_inclusion_proof_is_refused(size: int) -> None:
    """Leaf, root and each hash of the path count to the last bit."""
    for index in range(size):
        leaf, head, path = inclusion_case(size, index)
        for flipped in every_flip(leaf):
            assert isinstance(verify_inclusion(flipped, index, head, path), Err)
        for root in every_flip(head.root):
            assert isinstance(verify_inclusion(leaf, index, TreeHead(size, root), path), Err)
        for flat in every_flip(b"".join(path)):
            changed = [flat[at : at + 32] for at in range(0, len(flat), 32)]
            assert isinstance(verify_inclusion(leaf, index, head, changed), Err)


@pytest.mark.parametrize("size", [2, 7, 8, 11])
def test_every_changed_bit_of_a_consistency_proof_is_refused(size: int) -> None:
    """Both roots and each hash of the proof count to the last bit."""
    for old in range(1, size + 1):
        earlier, later, steps = consistency_case(size, old)
        for root in every_flip(earlier.root):
            assert isinstance(verify_consistency(TreeHead(old, root), later, steps), Err)
        for root in every_flip(later.root):
            assert isinstance(verify_consistency(earlier, TreeHead(size, root), steps), Err)
        for flat in every_flip(b"".join(steps)):
            changed = [flat[at : at + 32] for at in range(0, len(flat), 32)]
            assert isinstance(verify_consistency(earlier, later, changed), Err)


@given(st.integers(1, 300), st.data())
def test_a_leaf_has_one_place(size: int, data: st.DataObject) -> None:
    """The path of a leaf proves it at its own index and nowhere else, and no changed bit is let through."""
    index, other = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size - 1))
    leaf, head, path = inclusion_case(size, index)
    whole = b"".join((leaf, head.root, *path))
    flat = data.draw(st.sampled_from(every_flip(whole)))
    parts = [flat[at : at + 32] for at in range(0, len(flat), 32)]

    assert (other == index) == (verify_inclusion(leaf, other, head, path) == Ok(head))
    assert isinstance(verify_inclusion(parts[0], index, TreeHead(size, parts[1]), parts[2:]), Err)


@given(st.integers(2, 300), st.data())
def test_a_log_only_grows(size: int, data: st.DataObject) -> None:
    """No changed bit of a consistency proof, or of either root, is let through."""
    old = data.draw(st.integers(1, size))
    earlier, later, steps = consistency_case(size, old)
    flat = data.draw(st.sampled_from(every_flip(b"".join((earlier.root, later.root, *steps)))))
    parts = [flat[at : at + 32] for at in range(0, len(flat), 32)]

    assert Ok(later) == verify_consistency(earlier, later, steps)
    assert isinstance(verify_consistency(TreeHead(old, parts[0]), TreeHead(size, parts[1]), parts[2:]), Err)


@given(st.integers(1, 100), st.data())
def test_shorter_and_longer_proofs_are_refused(size: int, data: st.DataObject) -> None:
    """A hash too few or too many, at either end, is a proof of the wrong length."""
    hashes = some_hashes(size)
    log, index = MerkleLog(hashes), data.draw(st.integers(0, size - 1))
    head, earlier = head_of(log, size), head_of(log, index + 1)
    path = proof_of(log.inclusion_proof(index, size))
    steps = proof_of(log.consistency_proof(index + 1, size))
    extra = hash_leaf(b"extra")

    for bad in (path[1:], path[:-1]) if path else ():
        wrong = ProofLengthWrong(len(path), len(path) - 1)
        assert Err(wrong) == verify_inclusion(hashes[index], index, head, bad)
    for bad in ((*path, extra), (extra, *path)):
        longer = ProofLengthWrong(len(path), len(path) + 1)
        assert Err(longer) == verify_inclusion(hashes[index], index, head, bad)
    for bad in (steps[1:], steps[:-1]) if steps else ():
        assert Err(ProofLengthWrong(len(steps), len(steps) - 1)) == verify_consistency(earlier, head, bad)
    for bad in ((*steps, extra), (extra, *steps)):
        assert Err(ProofLengthWrong(len(steps), len(steps) + 1)) == verify_consistency(earlier, head, bad)


def test_a_rewritten_history_is_not_consistent() -> None:
    """A log whose third leaf was replaced after a checkpoint cannot prove that it only grew."""
    honest, forged = some_hashes(9), some_hashes(9)
    forged[2] = hash_leaf(b"forged")
    seen, now = head_of(MerkleLog(honest), 5), head_of(MerkleLog(forged), 9)

    for log in (MerkleLog(honest), MerkleLog(forged)):
        proof = proof_of(log.consistency_proof(5, 9))
        assert isinstance(verify_consistency(seen, now, proof), Err)


def test_a_node_is_no_leaf() -> None:
    """A node's children, offered as the data of a leaf, hash to something else: no second preimage."""
    left, right = some_hashes(2)
    node = hash_node(left, right)
    head = TreeHead(1, node)

    for data in (left + right, b"\x01" + left + right):
        computed = hash_leaf(data)
        assert Err(RootDiffers(1, computed)) == verify_inclusion(computed, 0, head, ())


@pytest.mark.parametrize("index, size", [(-1, 4), (4, 4), (5, 4), (0, 0), (2**64, 4)])
def test_an_index_outside_of_the_tree_is_refused(index: int, size: int) -> None:
    """There is no leaf before the first or after the last, and none in an empty tree."""
    log = MerkleLog(some_hashes(4))
    why = IndexOutOfRange(index, size)

    assert Err(why) == log.inclusion_proof(index, size)
    assert Err(why) == verify_inclusion(hash_leaf(b"0"), index, head_of(log, size), ())


def test_a_log_cannot_prove_more_than_it_holds() -> None:
    """Sizes beyond the log's own, below zero or in the wrong order are refused."""
    log = MerkleLog(some_hashes(4))

    assert Err(IndexOutOfRange(0, 4)) == log.inclusion_proof(0, 5)
    assert Err(SizesOutOfOrder(5, 4)) == log.head(5)
    assert Err(SizesOutOfOrder(-1, 4)) == log.head(-1)
    assert Err(SizesOutOfOrder(3, 2)) == log.consistency_proof(3, 2)
    assert Err(SizesOutOfOrder(-1, 2)) == log.consistency_proof(-1, 2)
    assert Err(SizesOutOfOrder(2, 4)) == log.consistency_proof(2, 5)
    assert Err(SizesOutOfOrder(3, 2)) == verify_consistency(head_of(log, 3), head_of(log, 2), ())


def test_two_roots_of_one_size_are_refused() -> None:
    """Two heads of the same size must be the same head; an empty one asks for no proof at all."""
    log, other = MerkleLog(some_hashes(4)), MerkleLog(some_hashes(5)[1:])
    head, twin, extra = head_of(log, 4), head_of(other, 4), hash_leaf(b"extra")

    assert Ok(head) == verify_consistency(head, head, ())
    assert Err(RootDiffers(4, twin.root)) == verify_consistency(twin, head, ())
    assert Err(ProofLengthWrong(0, 1)) == verify_consistency(head, head, (extra,))
    assert Err(ProofLengthWrong(0, 1)) == verify_consistency(TreeHead(0, EMPTY_ROOT), head, (extra,))


def test_a_hash_has_32_bytes() -> None:
    """Longer and shorter strings in a proof are refused before anything is hashed."""
    log = MerkleLog(some_hashes(4))
    head, path = head_of(log, 4), proof_of(log.inclusion_proof(0, 4))
    steps = proof_of(log.consistency_proof(3, 4))
    leaf = hash_leaf(b"0")

    for bad in (path[1][:-1], path[1] + b"\0", b""):
        why: InclusionRefused | ConsistencyRefused = NotAHash(bad)
        assert Err(why) == verify_inclusion(leaf, 0, head, (path[0], bad))
        assert Err(why) == verify_inclusion(bad, 0, head, path)
        assert Err(why) == verify_consistency(head_of(log, 3), head, (*steps[:-1], bad))
        with pytest.raises(ValueError):
            log.append(bad)


@pytest.mark.parametrize(
    "size, root", [(-1, EMPTY_ROOT), (0, b"\0" * 32), (1, b""), (1, EMPTY_ROOT + b"\0"), (0, b"")]
)
def test_what_can_be_no_tree_cannot_be_made(size: int, root: bytes) -> None:
    """A head has a size that is not negative and a root of 32 bytes; the empty tree has one root only."""
    with pytest.raises(ValueError):
        TreeHead(size, root)


@pytest.mark.parametrize("size, nodes", [(-1, (EMPTY_ROOT,)), (1, ()), (3, (EMPTY_ROOT,)), (1, (b"x",))])
def test_what_can_be_no_edge_cannot_be_made(size: int, nodes: tuple[bytes, ...]) -> None:
    """A frontier read back from storage has one hash for each bit of its size."""
    with pytest.raises(ValueError):
        Frontier(size, nodes)
