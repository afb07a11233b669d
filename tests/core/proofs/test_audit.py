"""The audit: a log that was left alone passes; each kind of tampering has its verdict, index and exit code."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms_core.proofs.audit import AuditExport, AuditLeaf, LedgerEntry, verify_audit
from rooms_core.proofs.audit_event import AuditEvent, AuditPosting, WrongFields, event_leaf, read_event
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
from rooms_core.proofs.canonical import OtherSpelling
from rooms_core.proofs.checkpoint import (
    Checkpoint,
    NoKnownSignature,
    NoteKey,
    NoteMalformed,
    SignatureWrong,
    sign_checkpoint,
)
from rooms_core.proofs.merkle import Frontier, TreeHead, hash_leaf
from rooms_core.result import Ok

ORIGIN = "rooms.example/log"
KEY = NoteKey(ORIGIN, b"\x07" * 32)
THIEF = NoteKey(ORIGIN, b"\x09" * 32)
SIZE = 24
SIGNED_AT = (8, 16, 20)


def toy_verify(public_key: bytes, message: bytes, signature: bytes) -> bool:
    return signature == hashlib.sha512(public_key + message).digest()


def note(head: TreeHead, time_ms: int, key: NoteKey = KEY) -> bytes:
    checkpoint = Checkpoint(origin=ORIGIN, head=head, time_ms=time_ms)
    return sign_checkpoint(checkpoint, key, lambda text: hashlib.sha512(key.public_key + text).digest())


@dataclass
class Case:
    """All that an auditor is given, as lists that a test may tamper with."""

    leaves: list[AuditLeaf]
    ledger: list[LedgerEntry]
    balances: dict[str, int]
    checkpoints: list[bytes]
    pins: list[TreeHead]

    def verdict(self) -> AuditVerdict:
        export = AuditExport(leaves=self.leaves, ledger=self.ledger, balances=self.balances)
        return verify_audit(
            export, checkpoints=self.checkpoints, pins=self.pins, origin=ORIGIN, keys=[KEY], verify=toy_verify
        )


def events(size: int, streams: int = 3) -> list[AuditEvent]:
    """Stakes into three rooms in turn; every fifth event is a change of authority and moves nothing."""
    return [
        AuditEvent(
            entry=f"e{index}",
            stream=f"room:{index % streams}",
            kind="policy" if index % 5 == 4 else "stake",
            actor="user:1",
            cause=f"update:{index}",
            previous=None,
            at_ms=1_000 * index,
            postings=()
            if index % 5 == 4
            else (AuditPosting(f"available:{index % 4}", f"pot:{index % streams}", 100 + index),),
            facts={"n": str(index)},
        )
        for index in range(size)
    ]


def chained(plain: list[AuditEvent]) -> list[AuditLeaf]:
    """The events as leaves, each naming the one before it in its stream."""
    last: dict[str, str] = {}
    leaves = []
    for index, event in enumerate(plain):
        data = event_leaf(event._replace(previous=last.get(event.stream)))
        last[event.stream] = hash_leaf(data).hex()
        leaves.append(AuditLeaf(index, hash_leaf(data), data))
    return leaves


def head(leaves: list[AuditLeaf], size: int) -> TreeHead:
    return Frontier().extend(leaf.leaf_hash for leaf in leaves[:size]).head()


def books(plain: list[AuditEvent]) -> tuple[list[LedgerEntry], dict[str, int]]:
    balances: dict[str, int] = {}
    for event in plain:
        for source, target, amount in event.postings:
            balances[source] = balances.get(source, 0) - amount
            balances[target] = balances.get(target, 0) + amount
    return [LedgerEntry(event.entry, event.postings) for event in plain], balances


def make_case(plain: list[AuditEvent] | None = None, signed_at: tuple[int, ...] = SIGNED_AT) -> Case:
    """A log of 24 events, signed at 8, 16 and 20 leaves; somebody noted the head of 12."""
    plain = events(SIZE) if plain is None else plain
    leaves, (ledger, balances) = chained(plain), books(plain)
    notes = [note(head(leaves, size), 1_000 * size) for size in signed_at]
    return Case(leaves, ledger, balances, notes, [head(leaves, 12)] if len(plain) >= 12 else [])


def read(leaf: AuditLeaf) -> AuditEvent:
    match read_event(leaf.event):
        case Ok(event):
            return event
        case other:
            raise AssertionError(other)


def rewrite(case: Case, index: int, **changed: object) -> AuditEvent:
    """Change an event and the leaf hash beside it, and nothing else."""
    event = read(case.leaves[index])._replace(**changed)  # type: ignore[arg-type]
    put(case, index, event_leaf(event))
    return event


def put(case: Case, index: int, data: bytes) -> None:
    case.leaves[index] = AuditLeaf(index, hash_leaf(data), data)


def renumber(case: Case) -> None:
    case.leaves = [replace(leaf, index=index) for index, leaf in enumerate(case.leaves)]


def more(event: AuditEvent) -> tuple[AuditPosting, ...]:
    """The event's postings, with one lamport more."""
    return tuple(posting._replace(amount=posting.amount + 1) for posting in event.postings)


def test_an_untouched_log_passes() -> None:
    """All roots, signatures, streams, entries and balances agree; leaves after the last checkpoint are counted."""
    untouched = make_case()

    expected = AuditOk(head(untouched.leaves, SIZE), checkpoints=3, entries=SIZE, unsigned=4)
    assert expected == untouched.verdict()
    assert expected.exit_code == 0


def test_an_empty_log_passes_when_signed() -> None:
    """A house that has done nothing can prove that, too."""
    expected = AuditOk(head([], 0), checkpoints=1, entries=0, unsigned=0)

    assert expected == make_case([], (0,)).verdict()


@given(st.integers(1, 40), st.integers(1, 5), st.data())
def test_any_honest_log_passes(size: int, streams: int, data: st.DataObject) -> None:
    """Whatever the length, the number of streams and the times of signing, an honest log passes."""
    signed_at = sorted(data.draw(st.lists(st.integers(0, size), min_size=1, max_size=5)))
    honest = make_case(events(size, streams), tuple(signed_at))

    verdict = honest.verdict()

    assert isinstance(verdict, AuditOk)
    assert (size, size - signed_at[-1]) == (verdict.entries, verdict.unsigned)


@given(st.data())
def test_any_changed_bit_of_any_leaf_is_named(data: st.DataObject) -> None:
    """A bit changed in an event or in the hash beside it names that very leaf."""
    tampered = make_case()
    index = data.draw(st.integers(0, SIZE - 1))
    leaf = tampered.leaves[index]
    whole = bytearray(leaf.leaf_hash + leaf.event)
    place = data.draw(st.integers(0, 8 * len(whole) - 1))
    whole[place // 8] ^= 1 << place % 8
    tampered.leaves[index] = AuditLeaf(index, bytes(whole[:32]), bytes(whole[32:]))

    assert Tampered(index, LeafHashDiffers()) == tampered.verdict()


@given(st.data())
def test_no_rewritten_signed_leaf_passes(data: st.DataObject) -> None:
    """Whatever is changed in a signed event, with its hash and the books adjusted, some check fails."""
    plain = events(SIZE)
    index = data.draw(st.integers(0, SIGNED_AT[-1] - 1))
    name = data.draw(st.sampled_from(["entry", "stream", "kind", "actor", "cause"]))
    plain[index] = plain[index]._replace(**{name: "other"})  # type: ignore[arg-type]
    tampered = make_case(plain)
    tampered.checkpoints, tampered.pins = make_case().checkpoints, []

    assert isinstance(tampered.verdict(), Tampered)


# The drill: one edit each, made as a thief would, with the verdict it must get.

Edit = Callable[[Case], None]


def change_an_amount(case: Case) -> None:
    leaf = case.leaves[5]
    case.leaves[5] = replace(leaf, event=leaf.event.replace(b'"105"', b'"205"'))


def change_a_leaf_hash(case: Case) -> None:
    case.leaves[5] = replace(case.leaves[5], leaf_hash=bytes(32))


def change_an_event_and_its_hash(case: Case) -> None:
    rewrite(case, 5, postings=more(read(case.leaves[5])))


def change_an_event_and_the_books(case: Case) -> None:
    event = rewrite(case, 5, postings=more(read(case.leaves[5])))
    case.ledger[5] = LedgerEntry(event.entry, event.postings)
    case.balances[event.postings[0].source] -= 1
    case.balances[event.postings[0].target] += 1


def change_who_did_it(case: Case) -> None:
    rewrite(case, 5, actor="user:2")


def change_the_link_after_a_checkpoint(case: Case) -> None:
    rewrite(case, 9, previous="0" * 64)


def change_the_last_event_of_its_stream(case: Case) -> None:
    rewrite(case, 19, previous=None)


def rewrite_history_and_chain_it_anew(case: Case) -> None:
    plain = [read(leaf) for leaf in case.leaves]
    plain[9] = plain[9]._replace(actor="user:2")
    case.leaves = chained(plain)


def rewrite_history_and_sign_it_anew(case: Case) -> None:
    rewrite_history_and_chain_it_anew(case)
    case.checkpoints = [note(head(case.leaves, size), 1_000 * size) for size in SIGNED_AT]


def rewrite_what_is_not_pinned_and_sign_it_anew(case: Case) -> None:
    case.pins.append(head(case.leaves, 20))
    rewrite_history_and_sign_it_anew(case)


def lose_a_leaf(case: Case) -> None:
    del case.leaves[5]


def lose_a_leaf_and_renumber(case: Case) -> None:
    del case.leaves[5]
    renumber(case)


def lose_the_only_leaf_of_a_stream_and_renumber(case: Case) -> None:
    plain = events(SIZE)
    plain[9] = plain[9]._replace(stream="alone")
    vars(case).update(vars(make_case(plain)))
    del case.leaves[9]
    del case.ledger[9]
    renumber(case)


def change_an_event_and_lose_the_next(case: Case) -> None:
    change_who_did_it(case)
    del case.leaves[8]


def slip_a_leaf_in(case: Case) -> None:
    forged = event_leaf(read(case.leaves[5])._replace(entry="e99", stream="alone", previous=None))
    case.leaves.insert(5, AuditLeaf(5, hash_leaf(forged), forged))
    renumber(case)
    case.ledger.append(LedgerEntry("e99", read(case.leaves[5]).postings))


def repeat_a_leaf(case: Case) -> None:
    case.leaves.insert(6, case.leaves[5])


def swap_two_leaves(case: Case) -> None:
    case.leaves[5], case.leaves[6] = case.leaves[6], case.leaves[5]


def swap_two_leaves_and_renumber(case: Case) -> None:
    swap_two_leaves(case)
    renumber(case)


def cut_the_end_off(case: Case) -> None:
    case.leaves = case.leaves[:18]


def cut_the_end_off_before_a_pin(case: Case) -> None:
    case.pins.append(head(case.leaves, 24))
    case.leaves = case.leaves[:23]


def cover_an_entry_twice(case: Case) -> None:
    rewrite(case, 22, entry="e7")


def spell_an_event_otherwise(case: Case) -> None:
    put(case, 5, case.leaves[5].event.replace(b'"v":', b'"v": '))


def log_something_else(case: Case) -> None:
    put(case, 5, b"{}")


def add_a_ledger_entry(case: Case) -> None:
    case.ledger.append(LedgerEntry("e99", (AuditPosting("outside", "available:1", 10**9),)))


def repeat_a_ledger_entry(case: Case) -> None:
    case.ledger.append(case.ledger[5])


def lose_a_ledger_entry(case: Case) -> None:
    del case.ledger[5]


def change_a_ledger_entry(case: Case) -> None:
    entry, postings = case.ledger[5]
    case.ledger[5] = LedgerEntry(entry, (postings[0]._replace(target="available:9"),))


def split_a_ledger_entry(case: Case) -> None:
    entry, (posting,) = case.ledger[5]
    case.ledger[5] = LedgerEntry(entry, (posting._replace(amount=5), posting._replace(amount=100)))


def change_a_balance(case: Case) -> None:
    case.balances["available:1"] += 1


def lose_a_balance(case: Case) -> None:
    del case.balances["pot:2"]


def invent_a_balance(case: Case) -> None:
    case.balances["available:77"] = 5


def sign_with_another_key(case: Case) -> None:
    case.checkpoints[1] = note(head(case.leaves, 16), 16_000, THIEF)


def change_a_checkpoint(case: Case) -> None:
    case.checkpoints[1] = case.checkpoints[1].replace(b"16000", b"16001")


def break_a_checkpoint(case: Case) -> None:
    case.checkpoints[2] = case.checkpoints[2][:-1]


def lose_all_checkpoints(case: Case) -> None:
    case.checkpoints = []


def show_two_roots(case: Case) -> None:
    other = events(SIZE)
    other[15] = other[15]._replace(actor="user:2")
    case.checkpoints.insert(2, note(head(chained(other), 16), 16_000))


def roll_the_log_back(case: Case) -> None:
    case.checkpoints.append(note(head(case.leaves, 18), 30_000))


def turn_the_clock_back(case: Case) -> None:
    case.checkpoints.append(note(head(case.leaves, 22), 19_999))


def change_a_pin(case: Case) -> None:
    case.pins[0] = TreeHead(12, bytes(32))


DRILL: list[tuple[Edit, AuditVerdict]] = [
    (change_an_amount, Tampered(5, LeafHashDiffers())),
    (change_a_leaf_hash, Tampered(5, LeafHashDiffers())),
    (change_an_event_and_its_hash, Tampered(5, PostingsDiffer("e5"))),
    (change_an_event_and_the_books, Tampered(5, StreamBroken("room:2", 8))),
    (change_who_did_it, Tampered(5, StreamBroken("room:2", 8))),
    (change_an_event_and_lose_the_next, Tampered(0, RootDiffers(8, pinned=False))),
    (change_the_link_after_a_checkpoint, Tampered(9, StreamBroken("room:0", 9))),
    (change_the_last_event_of_its_stream, Tampered(16, StreamBroken("room:1", 19))),
    (rewrite_history_and_chain_it_anew, Tampered(8, RootDiffers(12, pinned=True))),
    (rewrite_history_and_sign_it_anew, Tampered(8, RootDiffers(12, pinned=True))),
    (rewrite_what_is_not_pinned_and_sign_it_anew, Tampered(19, TwoRoots(20))),
    (lose_a_leaf, Incomplete(5, LeafMissing(7))),
    (lose_a_leaf_and_renumber, Tampered(2, StreamBroken("room:2", 7))),
    (lose_the_only_leaf_of_a_stream_and_renumber, Tampered(8, RootDiffers(12, pinned=True))),
    (slip_a_leaf_in, Tampered(0, RootDiffers(8, pinned=False))),
    (repeat_a_leaf, Tampered(5, IndexRepeated(6))),
    (swap_two_leaves, Incomplete(5, LeafMissing(7))),
    (swap_two_leaves_and_renumber, Tampered(0, RootDiffers(8, pinned=False))),
    (cut_the_end_off, Incomplete(18, LeafMissing(20))),
    (cut_the_end_off_before_a_pin, Incomplete(23, LeafMissing(24))),
    (cover_an_entry_twice, Tampered(22, EntryTwice("e7", 7))),
    (spell_an_event_otherwise, Tampered(5, NotAnEvent(OtherSpelling()))),
    (log_something_else, Tampered(5, NotAnEvent(WrongFields("the fields of an event of version 1")))),
    (add_a_ledger_entry, Tampered(None, PostingWithoutLeaf("e99"))),
    (repeat_a_ledger_entry, Tampered(5, PostingWithoutLeaf("e5"))),
    (lose_a_ledger_entry, Tampered(5, LeafWithoutPosting("e5"))),
    (change_a_ledger_entry, Tampered(5, PostingsDiffer("e5"))),
    (split_a_ledger_entry, Tampered(5, PostingsDiffer("e5"))),
    (change_a_balance, Tampered(21, BalanceDiffers("available:1", -557, -556))),
    (lose_a_balance, Tampered(23, BalanceDiffers("pot:2", 786, 0))),
    (invent_a_balance, Tampered(None, BalanceDiffers("available:77", 0, 5))),
    (sign_with_another_key, BadSignature(1, NoKnownSignature())),
    (change_a_checkpoint, BadSignature(1, SignatureWrong(ORIGIN))),
    (break_a_checkpoint, BadSignature(2, NoteMalformed("no signature lines after an empty line"))),
    (lose_all_checkpoints, Incomplete(0, NoCheckpoint())),
    (show_two_roots, Tampered(15, TwoRoots(16))),
    (roll_the_log_back, Tampered(18, WentBack(3))),
    (turn_the_clock_back, Tampered(22, WentBack(3))),
    (change_a_pin, Tampered(8, RootDiffers(12, pinned=True))),
]


@pytest.mark.parametrize("edit, verdict", DRILL, ids=[edit.__name__ for edit, _ in DRILL])
def test_the_tamper_drill(edit: Edit, verdict: AuditVerdict) -> None:
    """Each edit a thief could make gets its own verdict, with the leaf to look at."""
    tampered = make_case()
    edit(tampered)

    assert verdict == tampered.verdict()
