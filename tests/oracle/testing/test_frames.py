"""Frames by hand, as the standard has them."""

from __future__ import annotations

import asyncio

import pytest

from rooms_oracle.testing.frames import PONG, TEXT, accepted, frame, read_frame, text


def test_a_key_is_answered_as_the_standard_shows() -> None:
    """The example of RFC 6455, section 1.3."""
    assert "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" == accepted("dGhlIHNhbXBsZSBub25jZQ==")


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536])
async def test_a_frame_is_read_as_it_was_written(size: int) -> None:
    """In each of the three spellings of its length."""
    reader = asyncio.StreamReader(limit=2**20)
    reader.feed_data(frame(PONG, b"x" * size))

    assert (PONG, b"x" * size) == await read_frame(reader)


async def test_a_masked_frame_is_unmasked() -> None:
    """As clients send them: the example of section 5.7."""
    reader = asyncio.StreamReader()
    reader.feed_data(bytes([0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58]))

    assert (TEXT, b"Hello") == await read_frame(reader)
    assert bytes([0x81, 0x05]) + b"Hello" == text("Hello")
