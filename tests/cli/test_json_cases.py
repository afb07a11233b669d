"""Reading cases: one object over many lines, JSON Lines, and all that is refused at the door."""

from __future__ import annotations

import io
import json
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms_cli.json_cases import Case, Malformed, quoted, read_cases
from rooms_core.result import Err, Ok


def read(data: bytes) -> list[Case]:
    """All cases of an input."""
    return list(read_cases(io.BytesIO(data)))


def shown(data: bytes) -> list[tuple[int, object]]:
    """Line and value of each case, "bad" for what is malformed."""
    return [(case.line, case.value.value if isinstance(case.value, Ok) else "bad") for case in read(data)]


def message(data: bytes) -> str:
    """What the only case of an input is refused for."""
    (case,) = read(data)
    assert isinstance(case.value, Err)
    assert isinstance(case.value.why, Malformed)
    return case.value.why.message


@pytest.mark.parametrize(
    "data, cases",
    [
        (b"", []),
        (b"\n \t\r\n", []),
        (b'{"a":1}', [(1, {"a": 1})]),
        (b'{"a":1}\n{"b":2}\n', [(1, {"a": 1}), (2, {"b": 2})]),
        (b'{"a":1}\r\n\r\n{"b":2}', [(1, {"a": 1}), (3, {"b": 2})]),
        (b'\n\n{"a":1}\n\n\n{"b":2}\n', [(3, {"a": 1}), (6, {"b": 2})]),
        (b'{\n"a":\n1}\n', [(1, {"a": 1})]),
        (b'\n{\n"a":\n\n1}\n\n', [(2, {"a": 1})]),
        (b"\xef\xbb\xbf{}", [(1, {})]),
        (b"\xef\xbb\xbf\n{\n}", [(2, {})]),
    ],
)
def test_blank_lines_are_counted_and_one_object_may_span_lines(
    data: bytes, cases: list[tuple[int, object]]
) -> None:
    """Input that parses whole as one object is one case; else every line that is not blank is one."""
    assert cases == shown(data)


@pytest.mark.parametrize(
    "data, cases",
    [
        (b'nonsense\n{"a":1}\n', [(1, "bad"), (2, {"a": 1})]),
        (b'{"a":\n{"a":1}\n', [(1, "bad"), (2, {"a": 1})]),
        (b'{"a":[\n{"a":1}\n{"b":1}\n{"c":1}\n', [(1, "bad"), (2, {"a": 1}), (3, {"b": 1}), (4, {"c": 1})]),
        (b'{\n"a":1}\n{"b":2}\n', [(1, "bad"), (2, "bad"), (3, {"b": 2})]),
        (b'[\n{"a":1}\n]\n', [(1, "bad"), (2, {"a": 1}), (3, "bad")]),
        (b'{"a":1} {"b":2}\n{"c":3}', [(1, "bad"), (2, {"c": 3})]),
        (b'{"a":1}\n\xff\n{"b":2}', [(1, {"a": 1}), (2, "bad"), (3, {"b": 2})]),
        (b'{"a":1}\n[]\n7\n"x"\nnull\n', [(1, {"a": 1}), (2, "bad"), (3, "bad"), (4, "bad"), (5, "bad")]),
        (b'{"a":1}\n\xef\xbb\xbf{}\n', [(1, {"a": 1}), (2, "bad")]),
        (b'{"a":1}\n\x0c\n', [(1, {"a": 1}), (2, "bad")]),
        (b"[1,\n2]\n", [(1, "bad"), (2, "bad")]),
        (b'{"a":1}\n{"b":', [(1, {"a": 1}), (2, "bad")]),
    ],
)
def test_a_bad_line_does_not_harm_its_neighbours(data: bytes, cases: list[tuple[int, object]]) -> None:
    """What is malformed is said with its line, and the others are read."""
    assert cases == shown(data)


@pytest.mark.parametrize(
    "data, why",
    [
        (b'{"a":1,"a":1}', 'the key "a" is there twice in one object'),
        (b'{"x":[{"y":{"b":1,"c":2,"b":1}}]}', 'the key "b" is there twice in one object'),
        (b'{"a":1,"\\u0061":1}', 'the key "a" is there twice in one object'),
        (b'{\n"a":1,\n"a":1}', 'the key "a" is there twice in one object'),
        (b'{"a":' + b"9" * 1001 + b"}", "a number of more than 1000 digits"),
        (b'{"a":NaN}', "NaN is no JSON"),
        (b'{"a":-Infinity}', "-Infinity is no JSON"),
        (b'{"a":NaN,"a":NaN}', "NaN is no JSON"),
        (b"[1]", "JSON, but no object"),
        (b'{"a":"\xe9"}', "no UTF-8 at byte 7"),
        (b'{"a":"\xed\xa0\x80"}', "no UTF-8 at byte 7"),
        (b'{"a":"b\tc"}', "no JSON: Invalid control character at character 8"),
        (b"{'a':1}", "no JSON: Expecting property name enclosed in double quotes at character 2"),
        (b'{"a":' + b"[" * 200_000, "lists and objects are nested too deep"),
        (b"[" * 200_000 + b"]" * 200_000, "lists and objects are nested too deep"),
        (b'{"a":' * 200_000, "lists and objects are nested too deep"),
    ],
)
def test_what_the_standard_reader_lets_pass_is_refused(data: bytes, why: str) -> None:
    """Twin keys at any depth, NaN, endless numbers, other encodings and bottomless nesting make a case malformed."""
    assert why == message(data)


def test_integers_up_to_the_limit_are_read_exactly() -> None:
    """No digit of an integer is lost."""
    digits = "9" * 1000

    assert [(1, {"a": int(digits)})] == shown(f'{{"a":{digits}}}'.encode())


def test_the_first_line_is_answered_before_the_second_is_there() -> None:
    """A program may write a case, read its answer, and write the next."""
    asked: list[int] = []

    def lines() -> Iterator[bytes]:
        for number in (1, 2):
            asked.append(number)
            yield b"{}\n"

    first = next(read_cases(lines()))

    assert Case(1, Ok({})) == first
    assert [1] == asked


def test_a_cut_off_first_line_is_noticed_before_the_whole_file_is_read() -> None:
    """Lines after a bad first one are not piled up."""
    asked = 0

    def lines() -> Iterator[bytes]:
        nonlocal asked
        yield b'{"a":[\n'
        for _ in range(100_000):
            asked += 1
            yield b'{"b":1}\n'

    first = next(read_cases(lines()))

    assert isinstance(first.value, Err)
    assert asked < 10


def test_json_lines_are_read_in_constant_memory() -> None:
    """A file of any length needs the memory of its longest line."""
    line = b'{"a":"' + b"x" * 1000 + b'"}\n'
    tracemalloc.start()

    count = sum(1 for _ in read_cases(line for _ in range(20_000)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert 20_000 == count
    assert peak < 1_000_000


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.text(), json_values, max_size=4), st.sampled_from([None, 0, 1, 4]))
def test_any_object_is_one_case_however_it_is_indented(value: dict[str, object], indent: int | None) -> None:
    """Layout is no content: an object over many lines reads like the same on one."""
    assert [(1, value)] == shown(json.dumps(value, indent=indent).encode())


@given(st.lists(st.dictionaries(st.text(), json_values, max_size=3), min_size=2, max_size=5))
def test_any_objects_one_a_line_are_as_many_cases(values: list[dict[str, object]]) -> None:
    """JSON Lines come out in order."""
    lines = "\n".join(json.dumps(value) for value in values)

    assert list(enumerate(values, start=1)) == shown(lines.encode())


@given(st.binary(max_size=60))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    """Every line that is not blank is answered, whatever it holds."""
    text = io.BytesIO(data.removeprefix(b"\xef\xbb\xbf"))
    lines = [number for number, line in enumerate(text, 1) if line.strip(b" \t\r\n")]
    found = [case.line for case in read(data)]

    assert found in (lines, lines[:1])


def test_texts_from_outside_stand_in_messages_on_one_line() -> None:
    """A message is ASCII and short whatever was sent."""
    assert '"a\\nb\\ud800"' == quoted("a\nb\ud800")
    assert 60 > len(quoted("x" * 1000))
