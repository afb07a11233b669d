"""The oracle's records as JSON Lines: a line says how much of the log follows, then one record a line.

A record's line is the same as in a room's export: what is stored beside the body, and the body as the text whose
hash it bears. `recall` marks records that are there only because later ones may name them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

from rooms_core.ports.evidence import EvidenceRecord
from rooms_core.result import Err, Ok, Result

HEAD: Final = "rooms-evidence/1"
_NUMBER: Final = re.compile(r"0|[1-9][0-9]{0,17}", re.ASCII)
LINE_MOST: Final = 1 << 22
"""Characters; a record of the oracle's has some thousands."""


class Line(NamedTuple):
    """A record of a file, and whether it is there only to be named."""

    record: EvidenceRecord
    recall: bool


def head_line(*, whole: bool) -> str:
    """The first line: whether the log is there from its beginning."""
    return _spelled({"v": HEAD, "whole": whole})


def record_line(record: EvidenceRecord, *, recall: bool) -> str:
    """One record."""
    from rooms_cli.room_records import record_json

    return _spelled(record_json(record) | ({"recall": True} if recall else {}))


def is_head(line: bytes) -> bool | None:
    """For a first line that says how much follows: whether it is the whole log; None for any other line."""
    value = _read(line)
    if not isinstance(value, dict) or value.get("v") != HEAD:
        return None
    return value.get("whole") is True


def read_lines(lines: Iterable[bytes]) -> Iterator[Result[Line, str]]:
    """The records of a file, one by one; of a line that is none, why. Bare bodies are read as well."""
    for line in lines:
        if line.strip():
            yield _record(line)


def _record(line: bytes) -> Result[Line, str]:
    value = _read(line)
    if not isinstance(value, dict):
        return Err("this is no JSON object")
    body = value.get("body", line.strip().decode(errors="surrogateescape"))
    name, sealed, prev, at = (value.get(each) for each in ("instrument", "hash", "prev", "tick_ms"))
    texts = all(isinstance(each, str) for each in (name, sealed, at, body, prev or ""))
    if not texts or "prev" not in value or _NUMBER.fullmatch(str(at)) is None:
        return Err("this is no record: it needs hash, prev, instrument and tick_ms")
    record = EvidenceRecord(str(name), int(str(at)), str(sealed), prev, body)
    return Ok(Line(record, value.get("recall") is True))


def _read(line: bytes) -> Any:
    try:
        return json.loads(line) if len(line) <= LINE_MOST else None
    except (ValueError, RecursionError):
        return None


def _spelled(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
