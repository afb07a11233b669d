"""What is kept for display is read exactly as it was written, or not at all."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms_core.domain.ids import RoomId
from rooms_core.domain.market import Mode, PumpMarketCap
from rooms_core.domain.pool import Pool
from rooms_core.domain.room import Hold
from rooms_core.domain.rules import PRESETS, HouseRules
from rooms_core.domain.status import RoomStatus
from rooms_core.ports.room_cards import RoomCard, card_of
from rooms_core.testing.builders import USD, a_market, a_reading, a_resolution, a_room
from rooms_core.testing.clock import NOON_MS
from rooms_store.cache.shelves import PAGES, PRICES, ROOMS

CARD = card_of(
    a_room(host=7, status=RoomStatus.SETTLED, hold=Hold("odd", NOON_MS), resolution=a_resolution("YES"))
)
WRITTEN = ROOMS.write(CARD)

CARDS = st.builds(
    lambda number, stakes, rules, subject, host: card_of(
        a_room(number, market=a_market(subject=subject, mode=Mode.TOUCH), rules=rules, host=host)
    ),
    st.integers(0, 2**62),
    st.none(),
    st.sampled_from([HouseRules(), *PRESETS.values()]),
    st.builds(PumpMarketCap, st.text(st.characters(exclude_categories=["Cs"]), max_size=50)),
    st.none() | st.integers(0, 2**62),
)


@given(CARDS)
def test_a_card_is_read_as_it_was_written(card: RoomCard) -> None:
    """Every figure of it."""
    assert card == ROOMS.read(ROOMS.write(card))
    assert (card, CARD) == PAGES.read(PAGES.write((card, CARD)))


def test_a_price_is_read_as_it_was_written() -> None:
    """With its band and its time."""
    reading = a_reading(190 * USD)

    assert reading == PRICES.read(PRICES.write(reading))
    assert (10_000, 60_000, 60_000) == (PRICES.life_ms, ROOMS.life_ms, PAGES.life_ms)


def test_a_rooms_salt_is_not_kept() -> None:
    """It makes the pseudonyms of the receipt, and a shared cache is read by others."""
    assert not hasattr(CARD, "salt")
    assert a_room(host=7).salt.hex().encode() not in WRITTEN
    assert b"salt" not in WRITTEN


@pytest.mark.parametrize(
    "field, value",
    [
        ("id", "1000"),
        ("id", True),
        ("id", 1000.0),
        ("id", None),
        ("title", 7),
        ("status", "settled"),
        ("status", 3),
        ("status", ["SETTLED"]),
        ("market", []),
        ("market", {"subject": {"Nothing": {}}}),
        ("market", {"subject": {}}),
        ("rules", {"limits": {"stake_min": 0}}),
        ("rules", {"unknown": 1}),
        ("rules", {}),
        ("pool", {"stakes": [["YES", 1]]}),
        ("pool", {"stakes": [["YES", 1], ["YES", 1]]}),
        ("pool", {"stakes": [["YES", -1], ["NO", 1]]}),
        ("pool", {"stakes": [["YES", 1.5], ["NO", 1]]}),
        ("pool", {"stakes": [["YES", 1, 2], ["NO", 1]]}),
        ("pool", {"stakes": ["YES", "NO"]}),
        ("pool", {"stakes": "YESNO"}),
        ("resolution", {"winning": "YES"}),
        ("unknown", 1),
    ],
)
def test_a_field_of_another_shape_is_a_miss(field: str, value: object) -> None:
    """No number is taken for a text, no text for a number, and nothing is filled in or left out."""
    changed = json.loads(WRITTEN) | {field: value}

    assert None is ROOMS.read(json.dumps(changed, separators=(",", ":")).encode())


@pytest.mark.parametrize(
    "found",
    [
        b"",
        b"null",
        b"[]",
        b"7",
        b"{}",
        WRITTEN[:-1],
        WRITTEN + b" ",
        WRITTEN + WRITTEN,
        WRITTEN.replace(b":", b": ", 1),
        b'{"id":7,' + WRITTEN[1:],
        WRITTEN.replace(b"SOL above", b"SOL \xff above"),
        WRITTEN.replace(b"SOL above", b"SOL \\ud800 above"),
        WRITTEN.replace(b"1000", b"9" * 5_000),
        b"[" * 100_000,
        b"NaN",
    ],
    ids=range(15),
)
def test_text_that_we_would_not_write_is_a_miss(found: bytes) -> None:
    """Cut, doubled, spaced, with a field twice, not UTF-8, endless: nothing of it is shown."""
    assert None is ROOMS.read(found)
    assert None is PRICES.read(found)


@given(st.integers(0, len(WRITTEN) - 1), st.integers(1, 255))
def test_a_changed_byte_is_a_miss_or_another_card(place: int, change: int) -> None:
    """Whatever is read would be written so: nothing is guessed."""
    changed = bytearray(WRITTEN)
    changed[place] ^= change
    read = ROOMS.read(bytes(changed))

    assert read is None or bytes(changed) == ROOMS.write(read)


def test_a_card_holds_all_of_a_room_but_its_salt() -> None:
    """A field that a room gets is shown, or left out on purpose."""
    room = a_room(5, stakes=None)
    card = card_of(room)

    assert {"salt"} == {*room.__slots__} - {*card.__slots__}
    assert (RoomId(5), Pool.empty(room.pool.outcomes)) == (card.id, card.pool)
