"""Answering cases line by line: one answer for each, in order; a bad one answers an error and the rest go on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from rooms_cli.errors import REFUSED
from rooms_cli.json_cases import Case
from rooms_cli.output import json_line, write_line
from rooms_core.result import Err, Ok, Result


class SaysWhy(Protocol):
    """Whatever makes a case malformed, here or in an adapter."""

    @property
    def message(self) -> str:
        """Where the case is malformed, and why."""
        ...


def answer_lines(cases: Iterable[Case], answer: Callable[[dict[str, object]], Result[bytes, SaysWhy]]) -> int:
    """Write a line for each case as soon as it is answered; the exit status is 1 if any was malformed."""
    status = 0
    for case in cases:
        match _answered(case, answer):
            case Ok(line):
                write_line(line)
            case Err(why):
                status = REFUSED
                error = {"line": case.line, "code": "MALFORMED", "message": why.message}
                write_line(json_line({"error": error}))
    return status


def _answered(
    case: Case, answer: Callable[[dict[str, object]], Result[bytes, SaysWhy]]
) -> Result[bytes, SaysWhy]:
    match case.value:
        case Err(why):
            return Err(why)
        case Ok(value):
            return answer(value)
