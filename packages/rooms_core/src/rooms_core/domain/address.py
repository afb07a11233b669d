"""Solana addresses: 32 bytes written in base58, and which of them money may be sent to.

A wallet's address is a point of the curve ed25519; addresses that programs own lie beside it. The all-zero address
of the System program lies on the curve too, so the known ones are refused by name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NewType, TypeAlias

from rooms_core.result import Err, Ok, Result

Address = NewType("Address", str)
"""An address in base58, parsed before (`parse_address`)."""

_LETTERS: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_DIGITS: Final = {letter: digit for digit, letter in enumerate(_LETTERS)}
_BYTES: Final = 32
_TEXT_MAX: Final = 44

_P: Final = 2**255 - 19
_D: Final = -121_665 * pow(121_666, -1, _P) % _P

RESERVED: Final = frozenset(
    Address(text)
    for text in (
        "11111111111111111111111111111111",
        "1nc1nerator11111111111111111111111111111111",
        "AddressLookupTab1e1111111111111111111111111",
        "ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL",
        "BPFLoader1111111111111111111111111111111111",
        "BPFLoader2111111111111111111111111111111111",
        "BPFLoaderUpgradeab1e11111111111111111111111",
        "ComputeBudget111111111111111111111111111111",
        "Config1111111111111111111111111111111111111",
        "Ed25519SigVerify111111111111111111111111111",
        "Feature111111111111111111111111111111111111",
        "KeccakSecp256k11111111111111111111111111111",
        "LoaderV411111111111111111111111111111111111",
        "Memo1UhkJRfHyvLMcVucJwxXeuD728EqVDDwQDxFMNo",
        "MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr",
        "NativeLoader1111111111111111111111111111111",
        "Secp256r1SigVerify1111111111111111111111111",
        "So11111111111111111111111111111111111111112",
        "Stake11111111111111111111111111111111111111",
        "StakeConfig11111111111111111111111111111111",
        "Sysvar1nstructions1111111111111111111111111",
        "SysvarC1ock11111111111111111111111111111111",
        "SysvarEpochRewards1111111111111111111111111",
        "SysvarEpochSchedu1e111111111111111111111111",
        "SysvarFees111111111111111111111111111111111",
        "SysvarLastRestartS1ot1111111111111111111111",
        "SysvarRecentB1ockHashes11111111111111111111",
        "SysvarRent111111111111111111111111111111111",
        "SysvarRewards111111111111111111111111111111",
        "SysvarS1otHashes111111111111111111111111111",
        "SysvarS1otHistory11111111111111111111111111",
        "SysvarStakeHistory1111111111111111111111111",
        "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA",
        "TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb",
        "Vote111111111111111111111111111111111111111",
    )
)
"""Programs, sysvars and the incinerator: whatever is sent there is lost, whether or not they lie on the curve."""


@dataclass(frozen=True, slots=True)
class NotAnAddress:
    """The text is not 32 bytes in base58."""

    text: str


@dataclass(frozen=True, slots=True)
class NotAWallet:
    """The address is no point of the curve, so no key can sign for it: a program's own account."""

    address: Address


@dataclass(frozen=True, slots=True)
class AddressReserved:
    """The address is a program, a sysvar or the incinerator."""

    address: Address


@dataclass(frozen=True, slots=True)
class AddressOurs:
    """The address is the house's own wallet or somebody's deposit address."""

    address: Address


DestinationRefused: TypeAlias = NotAnAddress | NotAWallet | AddressReserved | AddressOurs


def parse_address(text: str) -> Result[Address, NotAnAddress]:
    """Read an address: base58, exactly 32 bytes, in its one spelling."""
    if len(text) > _TEXT_MAX or any(letter not in _DIGITS for letter in text):
        return Err(NotAnAddress(text))
    if len(address_bytes(Address(text))) != _BYTES:
        return Err(NotAnAddress(text))
    return Ok(Address(text))


def address_bytes(address: Address) -> bytes:
    """The bytes of an address, 32 of a parsed one; each leading "1" is a zero byte."""
    number = 0
    for letter in address:
        number = number * len(_LETTERS) + _DIGITS[letter]
    zeros = len(address) - len(address.lstrip("1"))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")


def address_of(raw: bytes) -> Address:
    """The address of 32 bytes. Raises ValueError for another length."""
    if len(raw) != _BYTES:
        raise ValueError(f"an address has 32 bytes, not {len(raw)}")
    number, letters = int.from_bytes(raw, "big"), ""
    while number:
        number, digit = divmod(number, len(_LETTERS))
        letters = _LETTERS[digit] + letters
    zeros = len(raw) - len(raw.lstrip(b"\0"))
    return Address("1" * zeros + letters)


def on_curve(address: Address) -> bool:
    """Whether an address is a point of ed25519: with y its low 255 bits, (y² − 1) ÷ (d·y² + 1) is a square."""
    y = int.from_bytes(address_bytes(address), "little") & (2**255 - 1)
    ratio_like = (y * y - 1) * (_D * y * y + 1)
    return pow(ratio_like, (_P - 1) // 2, _P) != _P - 1


def check_destination(text: str, *, ours: bool) -> Result[Address, DestinationRefused]:
    """Whether money may be sent to an address, as far as the address alone tells.

    `ours`: it is the platform's wallet or a deposit address of anybody.
    """
    match parse_address(text):
        case Err() as refused:
            return refused
        case Ok(address):
            if ours:
                return Err(AddressOurs(address))
            if address in RESERVED:
                return Err(AddressReserved(address))
            return Ok(address) if on_curve(address) else Err(NotAWallet(address))
