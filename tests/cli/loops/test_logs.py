"""What is logged, and what never is."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from rooms_cli.loops.logs import LONGEST, log_to

SECRET = "s3cret-never-to-be-seen"


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    """Leave the process's logging as it was found."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def logged(stream: io.StringIO) -> list[dict[str, Any]]:
    """The lines as objects."""
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_fact_that_is_not_allowed_is_left_out() -> None:
    """Nobody has to think of it where he logs: an address, an amount or a body has no name here."""
    stream = io.StringIO()
    log = log_to(stream, as_json=True)
    log.info("room settled", room=7, address="here", password=SECRET, body={"a": 1}, why=None)
    (line,) = logged(stream)

    assert {"timestamp": line["timestamp"], "level": "info", "event": "room settled", "room": 7} == line
    assert ["timestamp", "level", "event"] == list(line)[:3]


def test_a_secret_is_blotted_out_wherever_it_turns_up() -> None:
    """In sentences, in facts, in lists, in what others log and in tracebacks; an empty one blots nothing."""
    stream = io.StringIO()
    log = log_to(stream, as_json=True, secrets=[SECRET, "", "abc"])
    sentence = f"it said {SECRET}"
    log.warning(sentence, why=SECRET, roles=[SECRET, "abc"])
    logging.getLogger("rooms_oracle.client").error("answered %s", SECRET)
    try:
        raise ValueError(SECRET)
    except ValueError:
        log.exception("a turn broke")

    assert SECRET not in stream.getvalue()
    first, second, third = logged(stream)
    assert ("it said ***", "***", ["***", "abc"]) == (first["event"], first["why"], first["roles"])
    assert "answered ***" == second["event"]
    assert "ValueError: ***" in third["exception"]


def test_only_our_own_libraries_tell_small_things() -> None:
    """An HTTP library names each address it asks: that is no news."""
    stream = io.StringIO()
    log_to(stream, as_json=True)
    logging.getLogger("httpx").info("GET https://feed.example/?key=1")
    logging.getLogger("rooms_oracle.client").info("okx failed: Timeout()")

    assert ["okx failed: Timeout()"] == [line["event"] for line in logged(stream)]


def test_people_read_lines() -> None:
    """The sentence first, facts behind it; a very long one is cut."""
    stream = io.StringIO()
    log_to(stream, as_json=False).warning("a turn failed", role="monitor", why="x" * 1_000)
    (line,) = stream.getvalue().splitlines()

    assert "a turn failed" in line
    assert "role=monitor" in line
    assert LONGEST > line.count("x") > LONGEST - 50
