"""Addresses that programs own: worked out from seeds, and known to everybody without asking the chain.

Solana hashes the seeds with a counter from 255 downwards until the result is no point of the curve, so that no key
can sign for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256
from typing import Final

from rooms_core.domain.address import Address, address_bytes, address_of, on_curve

WRAPPED_SOL: Final = Address("So11111111111111111111111111111111111111112")
SPL_TOKEN: Final = Address("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA")
TOKEN_2022: Final = Address("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb")
_ASSOCIATED: Final = Address("ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL")
_MARK: Final = b"ProgramDerivedAddress"


def derived_address(seeds: Sequence[bytes], program: Address) -> Address:
    """The address a program derives from seeds."""
    tail = address_bytes(program) + _MARK
    tries = (
        address_of(sha256(b"".join(seeds) + bytes([bump]) + tail).digest()) for bump in range(255, -1, -1)
    )
    return next(each for each in tries if not on_curve(each))


@lru_cache(maxsize=4_096)
def token_account(owner: Address, mint: Address, token_program: Address) -> Address:
    """The account in which an owner keeps a token, as wallets and programs agree on it."""
    seeds = [address_bytes(owner), address_bytes(token_program), address_bytes(mint)]
    return derived_address(seeds, _ASSOCIATED)
