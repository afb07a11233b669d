"""What an answer means by its status."""

from __future__ import annotations

import pytest

from rooms_core.result import Err, Ok, Result
from rooms_oracle.failures import (
    FeedFailure,
    HttpStatus,
    Malformed,
    SwitchedOff,
    Throttled,
    Timeout,
    Unreachable,
)
from rooms_oracle.replies import read_reply, retry_after_ms, worth_a_second_try
from rooms_oracle.transport import Reply


def reader(status: int, body: object, asked_ms: int) -> Result[str, FeedFailure]:
    """Says what it was given."""
    return Ok(f"{status} {body} {asked_ms}")


@pytest.mark.parametrize(
    "reply, said",
    [
        (Reply(200, {}, b"[1]"), Ok("200 [1] 7")),
        (Reply(400, {}, b"[1]"), Ok("400 [1] 7")),
        (Reply(404, {}, b"<html>"), Ok("404 None 7")),
        (Reply(302, {}, b""), Ok("302 None 7")),
        (Reply(200, {}, b"<html>"), Err(Malformed("no JSON"))),
        (Reply(401, {}, b"[1]"), Err(SwitchedOff(401))),
        (Reply(403, {}, b""), Err(SwitchedOff(403))),
        (Reply(451, {}, b""), Err(SwitchedOff(451))),
        (Reply(418, {}, b""), Err(Throttled(None))),
        (Reply(429, {"retry-after": "3"}, b""), Err(Throttled(3_000))),
        (Reply(500, {}, b"[1]"), Err(HttpStatus(500))),
        (Reply(520, {}, b""), Err(HttpStatus(520))),
    ],
    ids=lambda given: str(given)[:40],
)
def test_a_status_decides_before_the_body(reply: Reply, said: Result[str, FeedFailure]) -> None:
    """Only what is no 401, 403, 451, 418, 429 and no 5xx is read, and only a 200 has to be JSON."""
    assert said == read_reply(reply, 7, reader)


@pytest.mark.parametrize("status, worth", [(502, True), (503, True), (504, True), (500, False), (200, False)])
def test_a_busy_upstream_is_worth_a_second_try(status: int, worth: bool) -> None:
    """As is a connection that could not be had; a feed that took too long has had its time."""
    assert worth is worth_a_second_try(Ok(Reply(status, {}, b"")))
    assert worth_a_second_try(Err(Unreachable("x")))
    assert not worth_a_second_try(Err(Timeout()))


@pytest.mark.parametrize(
    "written, wish",
    [("7", 7_000), ("0", 0), ("", None), ("-1", None), ("soon", None), ("999999999", 259_200_000)],
)
def test_a_wish_is_read_in_seconds(written: str, wish: int | None) -> None:
    """Three days at most; anything else is no number of seconds."""
    assert wish == retry_after_ms(written)
