"""Which addresses money may be sent to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms_core.domain.address import (
    RESERVED,
    Address,
    AddressOurs,
    AddressReserved,
    NotAnAddress,
    NotAWallet,
    address_bytes,
    address_of,
    check_destination,
    on_curve,
    parse_address,
)
from rooms_core.result import Err, Ok

MINT = "7LSsEoJGhLeZzGvDofTdNg7M3JttxQqGWNLo6vWMpump"
PROGRAM_OWNED = "9XDYTfQKwW8sHPqnFdUreMmtmffmkHVPGTNV2e3LKxNW"
SYSTEM = "1" * 32


@given(st.binary(min_size=32, max_size=32))
def test_an_address_is_read_back_as_it_was_written(raw: bytes) -> None:
    """32 bytes have one spelling, and it gives the same bytes again."""
    address = address_of(raw)

    assert Ok(address) == parse_address(address)
    assert raw == address_bytes(address)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1" * 31,
        "1" * 33,
        "1" * 45,
        "1" + MINT,
        MINT[:-2],
        MINT[:-1] + "0",
        MINT[:-1] + "O",
        MINT + " ",
        "７" + MINT[1:],
        "z" * 44,
        "0x" + "ab" * 20,
    ],
)
def test_what_is_not_32_bytes_in_base58_is_no_address(text: str) -> None:
    """Other lengths, other letters, blanks and foreign spellings are refused."""
    assert Err(NotAnAddress(text)) == parse_address(text)


def test_only_32_bytes_make_an_address() -> None:
    """Another length is a bug."""
    with pytest.raises(ValueError, match="31"):
        address_of(bytes(31))


@pytest.mark.parametrize(
    "address, expected",
    [
        (MINT, True),
        (PROGRAM_OWNED, False),
        ("GseMAnNDvntR5uFePZ51yZBXzNSn7GdFPkfHwfr6d77J", False),
        ("4wTV1YmiEkRvAtNtsSGPtUrqRYQMe5SKy2uB4Jjaxnjf", False),
        (SYSTEM, True),
    ],
)
def test_a_program_s_own_address_lies_beside_the_curve(address: str, expected: bool) -> None:
    """Keys are points of ed25519, derived addresses are not; the all-zero address is one, so it needs its name."""
    assert expected is on_curve(Address(address))


def test_the_base_point_lies_on_the_curve_whatever_its_sign() -> None:
    """y = 4/5 is the curve's base point; the top bit is x's sign and no part of y."""
    y = 4 * pow(5, -1, 2**255 - 19) % (2**255 - 19)

    assert on_curve(address_of(y.to_bytes(32, "little")))
    assert on_curve(address_of((y | 1 << 255).to_bytes(32, "little")))


def test_a_wallet_is_a_destination() -> None:
    """An address on the curve that is nobody's we know may be paid."""
    assert Ok(MINT) == check_destination(MINT, ours=False)


@pytest.mark.parametrize("address", sorted(RESERVED))
def test_what_would_be_lost_is_refused_by_name(address: Address) -> None:
    """Programs, sysvars and the incinerator are no destinations, and each of them is spelled as an address."""
    assert Err(AddressReserved(address)) == check_destination(address, ours=False)


def test_our_own_addresses_are_no_destination() -> None:
    """Money that goes out does not come back in by a deposit address."""
    assert Err(AddressOurs(Address(MINT))) == check_destination(MINT, ours=True)


def test_a_program_s_account_is_no_destination() -> None:
    """Nobody holds a key for an address beside the curve."""
    assert Err(NotAWallet(Address(PROGRAM_OWNED))) == check_destination(PROGRAM_OWNED, ours=False)


def test_what_is_no_address_is_no_destination() -> None:
    """The text is read first."""
    assert Err(NotAnAddress("abc")) == check_destination("abc", ours=True)
