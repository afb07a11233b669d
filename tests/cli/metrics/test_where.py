"""Where metrics are served is a host and a port, and whether that is this machine alone is known."""

from __future__ import annotations

import pytest

from rooms_cli.metrics.where import Where, read_where


@pytest.mark.parametrize(
    "text, where, here, shown",
    [
        ("127.0.0.1:9464", Where("127.0.0.1", 9464), True, "http://127.0.0.1:9464/metrics"),
        ("localhost:0", Where("localhost", 0), True, "http://localhost:0/metrics"),
        ("[::1]:9464", Where("::1", 9464), True, "http://[::1]:9464/metrics"),
        ("0.0.0.0:80", Where("0.0.0.0", 80), False, "http://0.0.0.0:80/metrics"),
        ("books.example:80", Where("books.example", 80), False, "http://books.example:80/metrics"),
    ],
)
def test_a_place_is_read_and_shown(text: str, where: Where, here: bool, shown: str) -> None:
    """With the port that was taken."""
    assert where == read_where(text)
    assert here == where.here
    assert shown == where.shown(where.port)


@pytest.mark.parametrize(
    "text", ["", "9464", ":9464", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", "::1:9464", "a:-1"]
)
def test_anything_else_is_no_place(text: str) -> None:
    """A port alone would be open to everybody."""
    assert read_where(text) is None
