"""A pump.fun coin as the chain keeps it, written byte by byte: on its curve, migrating, or in its pool."""

from __future__ import annotations

from collections.abc import Mapping

from rooms_core.domain.address import Address, address_bytes
from rooms_core.domain.money import Lamports
from rooms_core.ports.accounts import AccountState
from rooms_oracle.derived_address import SPL_TOKEN, TOKEN_2022, WRAPPED_SOL
from rooms_oracle.feeds.pumpfun import PUMP, PUMP_SWAP, accounts_of

RENT = Lamports(2_039_280)
SUPPLY = 10**15
START_TOKENS = 1_073_000_000_000_000
START_LAMPORTS = 30_000_000_000


def on_curve(
    mint: Address,
    *,
    tokens: int = START_TOKENS,
    lamports: int = START_LAMPORTS,
    complete: bool = False,
    old: bool = False,
    quote_mint: bytes = bytes(32),
    token_program: Address = TOKEN_2022,
    decimals: int = 6,
) -> Mapping[Address, AccountState]:
    """The accounts of a coin on its bonding curve; `old`: of the first, short layout."""
    where = accounts_of(mint)
    curve = bytes((23, 183, 248, 55, 96, 216, 172, 96)) + b"".join(
        [each.to_bytes(8, "little") for each in (tokens, lamports, tokens, lamports, SUPPLY)]
    )
    curve += bytes([complete])
    if not old:
        curve += bytes(32) + bytes(2) + quote_mint
    minted = bytes(36) + SUPPLY.to_bytes(8, "little") + bytes([decimals, 1]) + bytes(36)
    return {
        where.curve: AccountState(RENT, PUMP, curve),
        mint: AccountState(RENT, token_program, minted),
    }


def graduated(
    mint: Address, *, tokens: int, lamports: int, token_program: Address = TOKEN_2022
) -> Mapping[Address, AccountState]:
    """The accounts of a coin whose liquidity has moved into its pool; the drained curve is still there."""
    where = accounts_of(mint)
    base = where.base_spl if token_program == SPL_TOKEN else where.base_2022
    keys = [bytes(32), *[address_bytes(each) for each in (mint, WRAPPED_SOL)], bytes(32)]
    keys += [address_bytes(each) for each in (base, where.quote)]
    pool = bytes((241, 154, 109, 4, 17, 177, 109, 188)) + bytes([254, 0, 0]) + b"".join(keys) + bytes(42)
    return {
        **on_curve(mint, tokens=0, lamports=0, complete=True, token_program=token_program),
        where.pool: AccountState(RENT, PUMP_SWAP, pool),
        base: AccountState(RENT, token_program, _held(mint, where.pool, tokens)),
        where.quote: AccountState(RENT, SPL_TOKEN, _held(WRAPPED_SOL, where.pool, lamports)),
    }


def _held(mint: Address, owner: Address, amount: int) -> bytes:
    return address_bytes(mint) + address_bytes(owner) + amount.to_bytes(8, "little") + bytes(93)
