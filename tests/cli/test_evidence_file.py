"""Records as lines of a file."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from rooms_cli.evidence_file import LINE_MOST, head_line, is_head, read_lines, record_line
from rooms_core.ports.evidence import EvidenceRecord
from rooms_core.result import Err, Ok

TEXTS = st.text(max_size=20)
RECORDS = st.builds(
    EvidenceRecord,
    instrument=TEXTS,
    tick_ms=st.integers(0, 10**18 - 1),
    hash=TEXTS,
    prev=st.none() | TEXTS,
    body=TEXTS,
)


@given(record=RECORDS, recall=st.booleans())
def test_a_record_comes_back_as_it_was_written(record: EvidenceRecord, recall: bool) -> None:
    """Whatever its texts are, on one line."""
    line = record_line(record, recall=recall)

    assert "\n" not in line
    assert [Ok((record, recall))] == list(read_lines([line.encode() + b"\n"]))


@given(
    st.binary(max_size=60)
    | st.recursive(st.none() | st.text(), st.lists).map(lambda it: json.dumps(it).encode())
)
def test_anything_else_is_refused(line: bytes) -> None:
    """Never with an exception; blank lines are passed over."""
    assert all(isinstance(read, Err) for read in read_lines([line]))


def test_the_first_line_says_how_much_follows() -> None:
    """The whole log, or a part of it; a record is no such line."""
    assert True is is_head(head_line(whole=True).encode())
    assert False is is_head(head_line(whole=False).encode())
    assert None is is_head(b'{"v":"rooms-agg/1"}')
    assert None is is_head(b"")


def test_a_line_without_end_is_refused() -> None:
    """Nothing of ours is as long."""
    (read,) = read_lines([b" " + b"1" * LINE_MOST])

    assert isinstance(read, Err)
