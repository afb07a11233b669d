"""Only what we put somewhere is read there, and only while it lives."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rooms_store.cache.envelope import LEASE_MS, SKEW_MS, Envelope, a_lease, is_epoch, leased

KEYED = Envelope(b"known to our processes only")
EPOCH = b"0af1"
CLOSED = KEYED.closed("rooms:room:1", b"a value", epoch=EPOCH, at_ms=1_000)


def opened(
    found: bytes, *, place: str = "rooms:room:1", epoch: bytes = EPOCH, now_ms: int = 1_000
) -> bytes | None:
    """What is read at a place."""
    return KEYED.opened(place, found, epoch=epoch, now_ms=now_ms, life_ms=500)


@given(st.binary(), st.integers(0, 10**13), st.sampled_from([b"", b"00ff", b"a" * 32]))
def test_what_was_put_is_read(value: bytes, at_ms: int, epoch: bytes) -> None:
    """Any bytes, at any time, in any epoch."""
    closed = KEYED.closed("place", value, epoch=epoch, at_ms=at_ms)

    assert value == KEYED.opened("place", closed, epoch=epoch, now_ms=at_ms, life_ms=1)


@given(st.integers(0, len(CLOSED) - 1), st.integers(1, 255))
def test_a_changed_byte_is_a_miss(place: int, change: int) -> None:
    """Wherever it stands."""
    changed = bytearray(CLOSED)
    changed[place] ^= change

    assert None is opened(bytes(changed))


@given(st.integers(0, len(CLOSED) - 1))
def test_a_cut_value_is_a_miss(length: int) -> None:
    """As is one that goes on."""
    assert None is opened(CLOSED[:length])
    assert None is opened(CLOSED + CLOSED[:length] + b"x")


@given(st.binary())
def test_foreign_bytes_are_a_miss(found: bytes) -> None:
    """Whatever they are, they are no value, no lease, and break nothing."""
    assert None is opened(found)
    assert None is opened(b"rooms/1 1000 0af1 " + found)
    assert not leased(found, epoch=EPOCH, now_ms=1_000)


def test_a_value_is_read_in_its_place_its_epoch_and_its_time_only() -> None:
    """A copy elsewhere, one from before a kind was forgotten, an old one and one from the future are misses."""
    assert b"a value" == opened(CLOSED)
    assert [None, None, None, None] == [
        opened(CLOSED, place="rooms:room:2"),
        opened(CLOSED, epoch=b"0af2"),
        opened(CLOSED, now_ms=1_500),
        opened(CLOSED, now_ms=1_000 - SKEW_MS - 1),
    ]
    assert b"a value" == opened(CLOSED, now_ms=1_000 - SKEW_MS)


def test_a_value_sealed_without_our_key_is_a_miss() -> None:
    """Who can write to the server cannot make what we would show."""
    forged = Envelope().closed("rooms:room:1", b"a value", epoch=EPOCH, at_ms=1_000)

    assert None is opened(forged)
    assert b"known" not in repr(KEYED).encode()


def test_a_lease_stands_for_its_time_in_its_epoch() -> None:
    """One that was left behind, or made up, holds nobody up."""
    lease = a_lease("0f" * 16, epoch=EPOCH, at_ms=10_000)

    assert leased(lease, epoch=EPOCH, now_ms=10_000 + LEASE_MS)
    assert [False, False, False, False] == [
        leased(lease, epoch=b"", now_ms=10_000),
        leased(lease, epoch=EPOCH, now_ms=10_001 + LEASE_MS + SKEW_MS),
        leased(lease, epoch=EPOCH, now_ms=9_999 - LEASE_MS - SKEW_MS),
        leased(lease + b"0", epoch=EPOCH, now_ms=10_000),
    ]


def test_an_epoch_is_a_short_hexadecimal_name_or_none() -> None:
    """All else was not written by us."""
    assert [True, True, False, False, False] == [
        is_epoch(name) for name in (b"", b"0af1", b"0AF1", b"0" * 33, b"0\n")
    ]
