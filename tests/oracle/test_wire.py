"""Foreign numbers become whole ones exactly, and what is no positive price is refused."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms_core.result import Err, Ok
from rooms_oracle.failures import Malformed
from rooms_oracle.wire import (
    UNITS_MAX,
    Instant,
    Millis,
    Price,
    Seconds,
    Wire,
    amount_of,
    digits_of,
    instant_of,
    millis_of,
    read,
    read_json,
    seconds_of,
)


class Sample(Wire):
    """A foreign object."""

    price: Price
    at: Seconds | None = None
    when: Instant | None = None
    ms: Millis | None = None


@pytest.mark.parametrize(
    "sent, units",
    [
        ("165.02000000", 165_020_000_000_000),
        ("0.000004213377", 4_213_377),
        ("4.21e-06", 4_210_000),
        (Decimal("4.21e-06"), 4_210_000),
        (165, 165 * 10**12),
        ("0.0000000000005", 0),
        ("0.0000000000015", 2),
        ("0.0000000000025", 2),
        ("9223372.036854775807", UNITS_MAX),
    ],
)
def test_a_price_is_exact_and_rounds_half_even(sent: object, units: int) -> None:
    """String or number, plain or with an exponent; ties at 10^-12 go to the even one."""
    assert units == amount_of(sent).units


@pytest.mark.parametrize(
    "sent",
    [
        *(
            "",
            " 1",
            "1 ",
            "+1",
            "-1",
            "1_0",
            "1,0",
            "٣",
            "NaN",
            "Infinity",
            "0x1",
            ".5",
            "5.",
            "1e999",
            "0",
            "0.0",
        ),
        *(None, True, False, [], {}, 0, -1, 10**30, 1.5),
        *(Decimal("NaN"), Decimal("Infinity"), Decimal("-0.1"), Decimal("1e999999"), Decimal("1e-999999")),
        *(Decimal("1." + "1" * 70), "9223372.036854775808", "0.0000000000005"),
    ],
    ids=repr,
)
def test_what_is_no_positive_price_is_refused(sent: object) -> None:
    """Nothing is guessed: no sign, no blanks, no foreign digits, no float, nothing out of bounds, nothing that is 0."""
    with pytest.raises(ValueError, match=r"."):
        digits_of(sent)


@given(st.fractions(min_value=0, max_value=9_000_000), st.integers(0, 20))
def test_a_number_is_read_to_the_nearest_unit(value: Fraction, places: int) -> None:
    """Whatever number of decimals it is sent with, the error is at most half a unit."""
    sent = format(Decimal(value.numerator) / Decimal(value.denominator), f".{places}f")
    units = amount_of(sent).units

    assert abs(Fraction(sent) * 10**12 - units) <= Fraction(1, 2)
    assert units == amount_of(Decimal(sent)).units


@given(st.integers(1, 10**12), st.integers(-12, 3))
def test_an_exponent_of_its_own_shifts_the_price(mantissa: int, exponent: int) -> None:
    """`price` × 10^`expo` is exact as far as 10^-12 reaches."""
    wanted = Fraction(mantissa) * Fraction(10) ** exponent * 10**12
    if wanted <= UNITS_MAX:
        assert wanted == digits_of(str(mantissa), shift=exponent).units


def test_times_are_read_exactly() -> None:
    """ISO 8601 in UTC, whole seconds, and ms as digits."""
    assert 1_730_419_200_123 == instant_of("2024-11-01T00:00:00.123456Z")
    assert 1_730_419_200_000 == instant_of("2024-11-01T00:00:00Z")
    assert 1_730_419_151_000 == seconds_of(1_730_419_151)
    assert 1_730_419_199_501 == millis_of("1730419199501")


@pytest.mark.parametrize(
    "sent",
    [
        "",
        "2024-11-01T00:00:00",
        "2024-11-01T00:00:00+01:00",
        "2024-11-01T00:00:00+01:00Z",
        "2024-11-01 00:00:00Z",
        "20241101T000000Z",
        "2024-W44-5T00:00:00Z",
        "2024-11-01Z",
        "2024-11-31T00:00:00Z",
        "0001-01-01T00:00:00Z",
        "1970-01-01T00:00:00Z",
        "yesterdayZ",
        5,
        None,
    ],
)
def test_a_time_without_its_zone_is_none(sent: object) -> None:
    """Nobody knows whose midnight it is."""
    with pytest.raises(ValueError, match=r"."):
        instant_of(sent)


@pytest.mark.parametrize("sent", ["5", True, None, 0, -1, 10**15, Decimal(5)], ids=repr)
def test_seconds_are_whole_numbers(sent: object) -> None:
    """And lie between 1970 and the year 10,000."""
    with pytest.raises(ValueError, match="no time"):
        seconds_of(sent)


@pytest.mark.parametrize("sent", ["", "-5", "٣", "1e3", "9" * 16, "0", "999999999999999", 5, None], ids=repr)
def test_milliseconds_are_digits(sent: object) -> None:
    """And lie between 1970 and the year 10,000."""
    with pytest.raises(ValueError, match="no time"):
        millis_of(sent)


@pytest.mark.parametrize(
    "body",
    [
        *(
            b"",
            b"<html>",
            b"[1",
            b"NaN",
            b'{"a":Infinity}',
            b'{"a":1,"a":2}',
            b"\xff\xfe[\x00]\x00",
            b"\xef\xbb\xbf[]",
        ),
        *(b"[" * 100_000, b"1e99999999999999999999", b"9" * 5_000),
    ],
    ids=lambda body: repr(body[:12]),
)
def test_what_is_no_json_is_malformed(body: bytes) -> None:
    """Neither a page nor a bomb, nor an object that says two things under one name."""
    assert Err(Malformed("no JSON")) == read_json(body)


@given(st.binary(max_size=200))
def test_no_body_is_an_accident(body: bytes) -> None:
    """Whatever arrives is answered, not raised."""
    assert isinstance(read_json(body), Ok | Err)


def test_numbers_of_json_are_exact() -> None:
    """Never a float on the way."""
    assert Ok([Decimal("0.1"), 10**20, "1"]) == read_json(b'[0.1, 100000000000000000000, "1"]')


def test_a_failure_says_where_and_never_what() -> None:
    """Whatever was sent, a secret said back for example, is not repeated."""
    secret = "5e11-kept-to-ourselves"

    assert Err(Malformed("price: no number")) == read(Sample, {"price": secret})
    assert Err(Malformed("price: Field required")) == read(Sample, {})
    assert Err(Malformed("at: no time")) == read(Sample, {"price": "1", "at": secret})
    assert isinstance(read(Sample, secret), Err)
    assert secret not in repr(read(Sample, secret))
    assert isinstance(
        read(Sample, {"price": "1", "at": 5, "when": "2024-11-01T00:00:00Z", "ms": "5", "x": 1}), Ok
    )
