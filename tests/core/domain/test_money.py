"""Money is whole lamports; it is multiplied in named places only, and read from text strictly."""

from __future__ import annotations

import pytest

from rooms_core.domain.money import (
    LAMPORTS_PER_SOL,
    STORED_MAX,
    ZERO,
    Bps,
    Lamports,
    NotAnAmount,
    floor_rate,
    parse_sol,
    sol,
    total,
)
from rooms_core.result import Err, Ok


@pytest.mark.parametrize("value", [-1, True, False, 1.0, "1", None])
def test_only_a_plain_whole_number_is_an_amount(value: object) -> None:
    """A negative amount, a truth value, a float or a text is never money (M10)."""
    with pytest.raises(ValueError, match="not an amount of lamports"):
        Lamports(value)  # type: ignore[arg-type]


def test_amounts_are_added_and_subtracted_exactly() -> None:
    """Sums are unbounded in the core; a difference below nothing is no amount."""
    most = Lamports(STORED_MAX)

    assert Lamports(2**64 - 2) == most + most
    assert Lamports(1) == Lamports(3) - Lamports(2)
    with pytest.raises(ValueError, match="not an amount"):
        Lamports(2) - Lamports(3)


def test_an_amount_is_true_when_there_is_something_to_move() -> None:
    """Nothing is false, one lamport is true."""
    assert (False, True) == (bool(ZERO), bool(Lamports(1)))


def test_amounts_stand_in_order() -> None:
    """Amounts compare by value."""
    assert Lamports(1) < Lamports(2)
    assert [ZERO, Lamports(5)] == sorted([Lamports(5), ZERO])


def test_the_sum_of_no_amounts_is_nothing() -> None:
    """A total of none is 0, of several their sum."""
    assert (ZERO, Lamports(6)) == (total([]), total([Lamports(1), Lamports(5)]))


@pytest.mark.parametrize("amount, bps, taken", [(150, 300, 4), (10_000, 1, 1), (9_999, 1, 0), (7, 10_000, 7)])
def test_a_rate_is_rounded_down(amount: int, bps: int, taken: int) -> None:
    """Three per cent of 150 are 4, of the 4.5 that it would be."""
    assert Lamports(taken) == floor_rate(Lamports(amount), Bps(bps))


@pytest.mark.parametrize(
    "lamports, text",
    [
        (0, "0"),
        (1, "0.000000001"),
        (1_000_000, "0.001"),
        (LAMPORTS_PER_SOL, "1"),
        (14_550_000_000, "14.55"),
        (100 * LAMPORTS_PER_SOL, "100"),
        (STORED_MAX, "9223372036.854775807"),
    ],
)
def test_sol_is_written_exactly_and_read_back(lamports: int, text: str) -> None:
    """What is shown is the exact amount, without trailing zeros, and reading it gives the same amount."""
    amount = Lamports(lamports)

    assert text == sol(amount)
    assert f"{text} SOL" == str(amount)
    assert Ok(amount) == parse_sol(text)


@pytest.mark.parametrize("text, lamports", [("0.10", 100_000_000), ("1.000000000", 10**9), ("0.0", 0)])
def test_trailing_zeros_may_be_typed(text: str, lamports: int) -> None:
    """People type 0.10; up to nine decimals are read."""
    assert Ok(Lamports(lamports)) == parse_sol(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", " 1", "1 ", "+1", "-1", "1e3", "1E3", "0x1", "01", "00.1", ".5", "1.", "1,5", "1_000"),
        *("١", "１", "1.٥", "nan", "inf", "1.0000000001", "1\n", "12345678901234567890"),
    ],
)
def test_anything_but_plain_digits_is_refused(text: str) -> None:
    """Signs, exponents, spaces, other digits, leading zeros, more than 9 decimals are refused at the door (M10)."""
    assert Err(NotAnAmount(text)) == parse_sol(text)
