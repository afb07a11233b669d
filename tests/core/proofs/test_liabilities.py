"""The sum tree of liabilities: every user is in the total, and each way of leaving one out has its refusal."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms_core.proofs.liabilities import (
    SUM_LIMIT,
    BalanceOutOfRange,
    DuplicateLeaf,
    DuplicateUser,
    LiabilityProof,
    LiabilityRoot,
    LiabilityTree,
    NotInTree,
    OtherEpoch,
    SumNode,
    SumOutOfRange,
    TotalDiffers,
    TwoRootsInEpoch,
    UserOmitted,
    hash_balance,
    hash_sums,
    liability_tree,
    verify_apart,
    verify_liability,
    verify_one_root,
    verify_total,
)
from rooms_core.proofs.merkle import IndexOutOfRange, NotAHash, ProofLengthWrong
from rooms_core.result import Err, Ok, Result

KEY = bytes(range(32))
OWED = {"anna": 5, "ben": 0, "cleo": 7, "dora": 11, "emil": 2**40}


def made(owed: dict[str, int], epoch: int = 3, key: bytes = KEY) -> LiabilityTree:
    match liability_tree(owed.items(), key=key, epoch=epoch, log_index=100, at_ms=1_000):
        case Ok(tree):
            return tree
        case Err(why):
            raise AssertionError(why)


def proof_for(tree: LiabilityTree, user_ref: str) -> LiabilityProof:
    match tree.proof(user_ref):
        case Ok(proof):
            return proof
        case Err(why):
            raise AssertionError(why)


def check(
    proof: LiabilityProof, root: LiabilityRoot, user_ref: str = "anna", balance: int = 5
) -> Result[LiabilityRoot, object]:
    return verify_liability(proof, root, user_ref=user_ref, balance=balance)


people = st.dictionaries(st.text("abcdef", min_size=1, max_size=4), st.integers(0, 2**50), max_size=40)


@given(people)
def test_every_user_finds_himself_in_the_total(owed: dict[str, int]) -> None:
    """The total is the sum of all balances, the depth that of the next power of two, and every proof holds."""
    tree = made(owed)

    assert (sum(owed.values()), max(0, len(owed) - 1).bit_length()) == (tree.root.total, tree.root.depth)
    for user_ref, balance in owed.items():
        assert Ok(tree.root) == check(proof_for(tree, user_ref), tree.root, user_ref, balance)


@given(people)
def test_the_order_of_the_list_does_not_matter(owed: dict[str, int]) -> None:
    """The same users and key give the same root, however the store happened to list them."""
    assert made(owed).root == made(dict(reversed(owed.items()))).root


@given(people.filter(bool), st.data())
def test_any_changed_bit_of_a_proof_is_refused(owed: dict[str, int], data: st.DataObject) -> None:
    """Salt, hashes, sums, index and balance count to the last bit."""
    tree = made(owed)
    user_ref = data.draw(st.sampled_from(sorted(owed)))
    proof, balance = proof_for(tree, user_ref), owed[user_ref]
    flat = [proof.index, balance, int.from_bytes(proof.salt)]
    flat += [figure for node in proof.path for figure in (int.from_bytes(node.digest), node.owed)]
    place = data.draw(st.integers(0, len(flat) - 1))
    width = 256 if place == 2 or (place > 2 and place % 2 == 1) else 63
    flat[place] ^= 1 << data.draw(st.integers(0, width - 1))
    path = tuple(SumNode(flat[at].to_bytes(32), flat[at + 1]) for at in range(3, len(flat), 2))
    changed = LiabilityProof(epoch=3, index=flat[0], salt=flat[2].to_bytes(32), path=path)

    assert isinstance(check(changed, tree.root, user_ref, flat[1]), Err)


def test_the_tree_is_hashed_as_published() -> None:
    """H("L" | HMAC(salt, user) | balance:8) for leaves, H("N" | h | sum:8 | h | sum:8) for parents."""
    tag = hmac.new(KEY, b"anna", hashlib.sha256).digest()
    leaf = hashlib.sha256(b"L" + tag + bytes([0, 0, 0, 0, 0, 0, 0, 5])).digest()
    other = hash_balance(KEY, "ben", 256)
    both = hashlib.sha256(b"N" + leaf + bytes(7) + b"\5" + other + bytes(6) + b"\1\0").digest()

    assert leaf == hash_balance(KEY, "anna", 5)
    assert both == hash_sums(SumNode(leaf, 5), SumNode(other, 256))


def test_small_trees() -> None:
    """Nobody makes one empty leaf; one user is the root himself; two make one parent."""
    nobody, one, two = made({}), made({"anna": 5}), made({"anna": 5, "ben": 6})
    alone = proof_for(one, "anna")

    assert (nobody.root.depth, nobody.root.total) == (0, 0)
    assert (one.root.depth, one.root.total, alone.path) == (0, 5, ())
    assert hash_balance(alone.salt, "anna", 5) == one.root.root
    assert Ok(one.root) == check(alone, one.root)
    assert (two.root.depth, two.root.total) == (1, 11)


def test_salts_and_order_change_with_the_epoch_and_the_key() -> None:
    """Nobody can follow a user from one epoch to the next by his leaf."""
    first, next_epoch, other_key = made(OWED), made(OWED, epoch=4), made(OWED, key=bytes(32))

    salts = {proof_for(tree, "anna").salt for tree in (first, next_epoch, other_key)}
    assert len(salts) == 3
    assert len({tree.root.root for tree in (first, next_epoch, other_key)}) == 3


def test_an_omitted_user_has_no_proof() -> None:
    """Who was left out gets no proof, is missing in the total, and cannot be shown another's leaf."""
    whole, short = made(OWED), made({name: owed for name, owed in OWED.items() if name != "anna"})
    others = proof_for(short, "cleo")

    assert Err(UserOmitted("anna")) == short.proof("anna")
    assert Err(TotalDiffers(short.root.total, whole.root.total)) == verify_total(short.root, whole.root.total)
    assert Ok(whole.root) == verify_total(whole.root, sum(OWED.values()))
    assert isinstance(check(others, short.root), Err)
    assert isinstance(check(proof_for(whole, "anna"), short.root), Err)


def test_a_smaller_balance_is_not_in_the_tree() -> None:
    """A user checks the balance he sees: one lamport more or less is not the one in the tree."""
    tree = made(OWED)

    for balance in (4, 6):
        verdict = check(proof_for(tree, "anna"), tree.root, "anna", balance)
        assert isinstance(verdict, Err)
        assert isinstance(verdict.why, NotInTree)


@pytest.mark.parametrize("balance", [-1, SUM_LIMIT, -(2**70)])
def test_a_negative_leaf_is_refused(balance: int) -> None:
    """A debt must not lower what is owed to others, neither when the tree is made nor in a proof."""
    owed = [("anna", 5), ("thief", balance)]
    tree = made(OWED)
    proof = proof_for(tree, "anna")
    hidden = replace(proof, path=(proof.path[0]._replace(owed=balance), *proof.path[1:]))

    refused = liability_tree(owed, key=KEY, epoch=3, log_index=1, at_ms=0)
    assert Err(BalanceOutOfRange("thief", balance)) == refused
    assert Err(BalanceOutOfRange("anna", balance)) == check(proof, tree.root, "anna", balance)
    assert Err(SumOutOfRange(0, balance)) == check(hidden, tree.root)


def test_a_duplicate_leaf_is_refused() -> None:
    """A user stands in the list once, and no two users are shown one leaf."""
    tree = made(OWED)
    anna, cleo = proof_for(tree, "anna"), proof_for(tree, "cleo")
    twice = liability_tree([("anna", 5), ("ben", 1), ("anna", 5)], key=KEY, epoch=3, log_index=1, at_ms=0)

    assert Err(DuplicateUser("anna")) == twice
    assert Ok(2) == verify_apart([anna, cleo])
    assert Err(DuplicateLeaf(3, anna.index)) == verify_apart([anna, cleo, anna])
    assert Ok(2) == verify_apart([anna, replace(anna, epoch=4)])


def test_a_wrapped_sum_is_refused() -> None:
    """Sums that pass 2^63 are refused when the tree is made, and in a proof made by somebody else."""
    half = SUM_LIMIT // 2
    full = {"anna": half, "ben": half - 1}
    over = liability_tree([("anna", half), ("ben", half)], key=KEY, epoch=3, log_index=1, at_ms=0)
    salt, other = bytes(32), SumNode(hash_balance(KEY, "ben", half), half)
    forged = hash_sums(SumNode(hash_balance(salt, "anna", half), half), other)
    root = LiabilityRoot(epoch=3, log_index=1, at_ms=0, depth=1, root=forged, total=0)
    proof = LiabilityProof(epoch=3, index=0, salt=salt, path=(other,))

    assert made(full).root.total == SUM_LIMIT - 1
    assert Err(SumOutOfRange(1, SUM_LIMIT)) == over
    assert Err(SumOutOfRange(1, SUM_LIMIT)) == check(proof, root, "anna", half)


def test_two_roots_for_one_epoch_are_refused() -> None:
    """One epoch has one root for everybody; the same root may be published twice."""
    honest, short = made(OWED).root, made({"anna": 5}).root
    later = made(OWED, epoch=4).root

    assert Ok(2) == verify_one_root([honest, later, honest])
    assert Err(TwoRootsInEpoch(3)) == verify_one_root([honest, later, short])
    assert Err(TwoRootsInEpoch(3)) == verify_one_root([honest, replace(honest, total=1)])


def test_a_proof_has_its_shape() -> None:
    """Longer, shorter, misplaced and misshapen proofs are refused before anything is hashed."""
    tree = made(OWED)
    root, proof = tree.root, proof_for(tree, "anna")
    first = proof.path[0]

    assert Err(OtherEpoch(4, 3)) == check(replace(proof, epoch=4), root)
    assert Err(ProofLengthWrong(3, 2)) == check(replace(proof, path=proof.path[1:]), root)
    assert Err(ProofLengthWrong(3, 4)) == check(replace(proof, path=(first, *proof.path)), root)
    for index in (-1, 8, proof.index + 8):
        assert Err(IndexOutOfRange(index, 8)) == check(replace(proof, index=index), root)
    assert Err(NotAHash(b"salt")) == check(replace(proof, salt=b"salt"), root)
    short = (first._replace(digest=first.digest[1:]), *proof.path[1:])
    assert Err(NotAHash(first.digest[1:])) == check(replace(proof, path=short), root)


def test_a_total_that_hides_a_debt_is_refused() -> None:
    """The published total is that of the tree: the right root under a smaller total does not verify."""
    tree = made(OWED)

    expected = Err(NotInTree(SumNode(tree.root.root, tree.root.total)))
    assert expected == check(proof_for(tree, "anna"), replace(tree.root, total=tree.root.total - 1))


def test_a_parent_is_no_leaf() -> None:
    """The upper part of a path does not prove a leaf of its own: leaves and parents are hashed apart."""
    tree = made(OWED)
    proof = proof_for(tree, "anna")
    root = replace(tree.root, depth=2)

    assert isinstance(
        check(replace(proof, index=proof.index >> 1, path=proof.path[1:]), root, "anna", 5), Err
    )


def test_the_key_has_32_bytes() -> None:
    """A short key would make salts that can be guessed."""
    with pytest.raises(ValueError):
        liability_tree([], key=b"short", epoch=1, log_index=1, at_ms=0)
