"""Idempotency keys: plain enough that every store keeps them as they are."""

from __future__ import annotations

import pytest

from rooms_core.domain.keys import KEY_MAX, KeyIllFormed, ill_formed


@pytest.mark.parametrize("key", ["k", "room 7 / bet 12", "~" * KEY_MAX])
def test_printable_ascii_makes_a_key(key: str) -> None:
    """One to a hundred characters."""
    assert ill_formed(key) is None


@pytest.mark.parametrize("key", ["", "x" * (KEY_MAX + 1), "a\0b", "a\nb", "ü", "\ud800", "٣", "\x7f"])
def test_anything_else_is_refused(key: str) -> None:
    """A database may cut, fold or reject what people cannot see, and then the same order would be two."""
    assert KeyIllFormed(100) == ill_formed(key)
