"""The leaf of an event: one spelling, read back exactly, everything else refused with a name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms_core.proofs.audit_event import (
    AuditEvent,
    AuditPosting,
    EventRefused,
    WrongFields,
    event_leaf,
    read_event,
)
from rooms_core.proofs.canonical import (
    DuplicateKey,
    Json,
    NotJson,
    NumberRefused,
    OtherSpelling,
    canonical_bytes,
)
from rooms_core.result import Err, Ok

words = st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6)
postings = st.builds(
    AuditPosting,
    words.map(lambda name: "a" + name),
    words.map(lambda name: "b" + name),
    st.integers(1, 2**80),
)
events = st.builds(
    AuditEvent,
    entry=words,
    stream=words,
    kind=words,
    actor=words,
    cause=words,
    previous=st.none() | words,
    at_ms=st.integers(0, 2**60),
    postings=st.lists(postings, max_size=4).map(tuple),
    facts=st.dictionaries(words, words | st.none() | st.lists(words, max_size=3), max_size=3),
)
STAKE = AuditEvent(
    entry="7001",
    stream="room:55",
    kind="stake",
    actor="user:5",
    cause="update:12",
    previous=None,
    at_ms=1_700_000_000_000,
    postings=(AuditPosting("available:5", "pot:55", 10),),
    facts={"outcome": "YES"},
)


def fields(**changed: Json) -> dict[str, Json]:
    """The fields of a good event, some of them changed."""
    return {
        "actor": "user:5",
        "at_ms": "1700000000000",
        "cause": "update:12",
        "entry": "7001",
        "facts": {"outcome": "YES"},
        "kind": "stake",
        "postings": [{"amount": "10", "source": "available:5", "target": "pot:55"}],
        "previous": None,
        "stream": "room:55",
        "v": "1",
    } | changed


@given(events)
def test_every_event_reads_back(event: AuditEvent) -> None:
    """What was logged is what is read."""
    assert Ok(event) == read_event(event_leaf(event))


@given(events, st.data())
def test_any_changed_bit_is_another_event_or_none(event: AuditEvent, data: st.DataObject) -> None:
    """An event has one spelling: a changed bit is refused, or reads as a different event."""
    good = event_leaf(event)
    place = data.draw(st.integers(0, 8 * len(good) - 1))
    bad = bytearray(good)
    bad[place // 8] ^= 1 << place % 8

    assert Ok(event) != read_event(bytes(bad))


def test_a_leaf_is_canonical_json() -> None:
    """The bytes are those any RFC 8785 writer would make of the same fields."""
    assert canonical_bytes(fields()) == event_leaf(STAKE)
    assert Ok(STAKE) == read_event(canonical_bytes(fields()))


@pytest.mark.parametrize(
    "changed, what",
    [
        ({"v": "2"}, "the fields of an event of version 1"),
        ({"more": ""}, "the fields of an event of version 1"),
        ({"actor": ""}, "actor"),
        ({"entry": None}, "entry"),
        ({"stream": ["room"]}, "stream"),
        ({"at_ms": "01"}, "at_ms"),
        ({"at_ms": None}, "at_ms"),
        ({"previous": True}, "previous"),
        ({"facts": []}, "facts"),
        ({"postings": {}}, "postings"),
        ({"postings": ["x"]}, "postings"),
        ({"postings": [{"source": "a", "target": "b"}]}, "postings"),
        ({"postings": [{"source": "a", "target": "b", "amount": "1", "kind": "x"}]}, "postings"),
        ({"postings": [{"source": "a", "target": "b", "amount": "0"}]}, "postings"),
        ({"postings": [{"source": "a", "target": "b", "amount": "-1"}]}, "postings"),
        ({"postings": [{"source": "a", "target": "b", "amount": None}]}, "postings"),
        ({"postings": [{"source": "a", "target": "a", "amount": "1"}]}, "postings"),
        ({"postings": [{"source": "", "target": "b", "amount": "1"}]}, "postings"),
        ({"postings": [{"source": "a", "target": None, "amount": "1"}]}, "postings"),
    ],
)
def test_wrong_fields_are_named(changed: dict[str, Json], what: str) -> None:
    """Each field has its kind; money moves from one account to another, above 0, or not at all."""
    assert Err(WrongFields(what)) == read_event(canonical_bytes(fields(**changed)))


@pytest.mark.parametrize(
    "data, why",
    [
        (b"[]", WrongFields("the fields of an event of version 1")),
        (b"{}", WrongFields("the fields of an event of version 1")),
        (b"{", NotJson("Expecting property name enclosed in double quotes at character 1")),
        (event_leaf(STAKE).replace(b'"10"', b"10"), NumberRefused("10")),
        (event_leaf(STAKE).replace(b'"v":', b'"v": '), OtherSpelling()),
        (event_leaf(STAKE).replace(b'"YES"', b'"\\ud800"'), OtherSpelling()),
        (event_leaf(STAKE).replace(b'"YES"', b"[" * 70 + b"]" * 70), OtherSpelling()),
        (event_leaf(STAKE).replace(b'"kind"', b'"kind":"payout","kind"'), DuplicateKey("kind")),
    ],
)
def test_any_other_spelling_is_refused(data: bytes, why: EventRefused) -> None:
    """Numbers, blanks, doubled keys, halves of characters: none of them is an event of ours."""
    assert Err(why) == read_event(data)


@pytest.mark.parametrize("changed", [{"entry": "\ud800"}, {"facts": {"n": 1}}, {"at_ms": True}])
def test_what_has_no_spelling_is_not_logged(changed: dict[str, object]) -> None:
    """A number among the facts, or half a character, is a bug and raises."""
    with pytest.raises(ValueError):
        event_leaf(STAKE._replace(**changed))  # type: ignore[arg-type]
