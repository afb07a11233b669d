"""Bodies are unpacked piece by piece, and never beyond the most that is accepted."""

from __future__ import annotations

import gzip

from hypothesis import given
from hypothesis import strategies as st

from rooms_core.result import Err, Ok, Result
from rooms_oracle.bodies import Body
from rooms_oracle.failures import Malformed


def read(encoding: str, packed: bytes, *, most: int, step: int = 7) -> Result[bytes, Malformed]:
    """A body that arrives `step` bytes at a time."""
    body = Body(encoding, most)
    for start in range(0, len(packed), step):
        if not body.add(packed[start : start + step]):
            break
    return body.whole()


@given(st.binary(max_size=400), st.integers(1, 50), st.integers(0, 400))
def test_a_body_is_whole_or_too_large(content: bytes, step: int, most: int) -> None:
    """Plain or packed, in whatever pieces: the content as it was, if it is not larger than accepted."""
    wanted = Ok(content) if len(content) <= most else Err(Malformed(f"a body of more than {most} bytes"))

    assert wanted == read("", content, most=most, step=step)
    assert wanted == read("gzip", gzip.compress(content), most=most, step=step)


@given(st.binary(max_size=300), st.integers(1, 50))
def test_no_bytes_are_an_accident(packed: bytes, step: int) -> None:
    """Whatever is called gzip is answered, not raised."""
    assert isinstance(read("gzip", packed, most=1_000, step=step), Ok | Err)


def test_a_bomb_is_given_up_at_the_most() -> None:
    """A megabyte in a kilobyte is not unpacked."""
    bomb = gzip.compress(bytes(2**20), 9)

    assert Err(Malformed("a body of more than 100 bytes")) == read("gzip", bomb, most=100, step=len(bomb))


def test_a_packed_body_that_ends_early_is_none() -> None:
    """Half of it is not read as the whole."""
    packed = gzip.compress(b"x" * 100)

    assert Err(Malformed("the packed body is cut short")) == read("gzip", packed[:-9], most=1_000)
    assert Err(Malformed("the packed body is damaged")) == read("gzip", b"plain text", most=1_000)


def test_only_gzip_was_asked_for() -> None:
    """Other packings are refused."""
    assert Err(Malformed("packed in a way nobody asked for")) == read("br", b"x", most=10)
