"""Signed bytes of the tests."""

from __future__ import annotations

import pytest

from rooms_core.testing.scripted_wire import read_wire


@pytest.mark.parametrize("wire", [b"", b"{}", b'{"order":{},"signature":[]}'])
def test_bytes_that_nobody_signed_are_no_transfer(wire: bytes) -> None:
    """Handing them in is a bug of the test."""
    with pytest.raises(ValueError, match="not signed"):
        read_wire(wire)
