"""Pump.fun from the chain's own accounts: the bonding curve of a token, and after it has graduated its pool.

One reading at one slot is enough, as every address can be derived from the mint. Layouts are read by discriminator
and least length, since the programs grow. Between the last buy on the curve and the migration nobody can trade: then
there is no price, and that is no error. A completed curve is never priced. Amounts are whole numbers throughout.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from rooms_core.domain.address import Address, address_bytes
from rooms_core.ports.accounts import AccountState
from rooms_core.result import Err, Ok, Result
from rooms_oracle.derived_address import SPL_TOKEN, TOKEN_2022, WRAPPED_SOL, derived_address, token_account
from rooms_oracle.heard import PoolState
from rooms_oracle.wire import UNITS_MAX

PUMP: Final = Address("6EF8rrecthR5Dkzon8Nwu78hRvfCKubJ14M5uBEwF6P")
PUMP_SWAP: Final = Address("pAMMBay6oceH9fJKBRHGP5D4bD4sWpmSwMn52FMfXEA")
CURVE_FEE_PPM: Final = 10_000
POOL_FEE_PPM: Final = 2_500
"""The least a trade in a graduated pool costs: what limits stakes may be too low, never too high."""

NOT_A_COIN: Final = "NOT_A_COIN"
"""No bonding curve of the program belongs to this mint."""
OTHER_QUOTE: Final = "OTHER_QUOTE"
"""The coin is paired with something other than SOL; such coins are not priced."""
MIGRATING: Final = "MIGRATING"
"""The curve is complete and the pool is not there yet: the last price stands still, and there is no new one."""
UNREADABLE: Final = "UNREADABLE"
"""An account is of another shape than we know, belongs to somebody else, or makes a coin worth more than all SOL."""

_CURVE: Final = bytes((23, 183, 248, 55, 96, 216, 172, 96))
_POOL: Final = bytes((241, 154, 109, 4, 17, 177, 109, 188))
_CURVE_LEAST: Final = 49
_CURVE_QUOTE: Final = 83
_POOL_LEAST: Final = 203
_MINT_LEAST: Final = 46
_TOKEN_LEAST: Final = 72
_KEY: Final = 32
_SOL_TO_PRICE: Final = 10**3
"""A price in 10^-12 SOL is one in lamports times this."""


class PumpAccounts(NamedTuple):
    """All accounts that can price a mint; the base account for either token program."""

    curve: Address
    mint: Address
    pool: Address
    base_spl: Address
    base_2022: Address
    quote: Address


class PoolPrice(NamedTuple):
    """The price of one token in 10^-12 SOL, the reserves it follows from, and the pool behind it."""

    price: int
    raw: str
    pool: PoolState


@lru_cache(maxsize=4_096)
def accounts_of(mint: Address) -> PumpAccounts:
    """Where to look for a mint: its curve, and the canonical pool, which is the only one that counts."""
    key = address_bytes(mint)
    authority = derived_address([b"pool-authority", key], PUMP)
    pool_seeds = [b"pool", bytes(2), address_bytes(authority), key, address_bytes(WRAPPED_SOL)]
    pool = derived_address(pool_seeds, PUMP_SWAP)
    return PumpAccounts(
        derived_address([b"bonding-curve", key], PUMP),
        mint,
        pool,
        token_account(pool, mint, SPL_TOKEN),
        token_account(pool, mint, TOKEN_2022),
        token_account(pool, WRAPPED_SOL, SPL_TOKEN),
    )


def price_of(mint: Address, accounts: Mapping[Address, AccountState | None]) -> Result[PoolPrice, str]:
    """The price of a mint by a reading of `accounts_of` it; otherwise in one word why there is none."""
    where = accounts_of(mint)
    curve = _data(accounts.get(where.curve), PUMP, _CURVE, _CURVE_LEAST)
    if curve is None:
        return Err(NOT_A_COIN)
    paired = curve[_CURVE_QUOTE : _CURVE_QUOTE + _KEY]
    if len(paired) == _KEY and paired not in (bytes(_KEY), address_bytes(WRAPPED_SOL)):
        return Err(OTHER_QUOTE)
    token = accounts.get(mint)
    if token is None or token.owner not in (SPL_TOKEN, TOKEN_2022) or len(token.data) < _MINT_LEAST:
        return Err(UNREADABLE)
    supply, decimals = _u64(token.data, 36), token.data[44]
    if not curve[48]:
        tokens, lamports = _u64(curve, 8), _u64(curve, 16)
        read = PoolState(supply, decimals, 0, CURVE_FEE_PPM, True, lamports, where.curve)
        return _priced(tokens, lamports, read)
    if accounts.get(where.pool) is None:
        return Err(MIGRATING)
    reserves = _reserves(where, token.owner, accounts)
    if reserves is None:
        return Err(UNREADABLE)
    tokens, lamports = reserves
    read = PoolState(supply, decimals, 0, POOL_FEE_PPM, False, lamports, where.pool)
    return _priced(tokens, lamports, read)


def _reserves(
    where: PumpAccounts, token_program: Address, accounts: Mapping[Address, AccountState | None]
) -> tuple[int, int] | None:
    """The pool's tokens and lamports, if it is the pool of this mint and these are its accounts."""
    pool = _data(accounts.get(where.pool), PUMP_SWAP, _POOL, _POOL_LEAST)
    base_at = where.base_spl if token_program == SPL_TOKEN else where.base_2022
    named = [address_bytes(each) for each in (where.mint, WRAPPED_SOL, base_at, where.quote)]
    if pool is None or [pool[43:75], pool[75:107], pool[139:171], pool[171:203]] != named:
        return None
    base = _data(accounts.get(base_at), token_program, address_bytes(where.mint), _TOKEN_LEAST)
    quote = _data(accounts.get(where.quote), SPL_TOKEN, address_bytes(WRAPPED_SOL), _TOKEN_LEAST)
    if base is None or quote is None:
        return None
    return _u64(base, 64), _u64(quote, 64)


def _priced(tokens: int, lamports: int, pool: PoolState) -> Result[PoolPrice, str]:
    if not tokens or not lamports or pool.decimals > 18:
        return Err(UNREADABLE)
    price, rest = divmod(lamports * 10**pool.decimals * _SOL_TO_PRICE, tokens)
    price += 2 * rest > tokens or (2 * rest == tokens and price % 2)
    if not 0 < price <= UNITS_MAX or lamports * pool.supply // tokens > UNITS_MAX:
        return Err(UNREADABLE)
    return Ok(PoolPrice(price, f"{lamports}/{tokens}", pool))


def _data(account: AccountState | None, owner: Address, start: bytes, least: int) -> bytes | None:
    """An account's bytes, if it is its owner's, long enough, and begins as it should."""
    if (
        account is None
        or account.owner != owner
        or len(account.data) < least
        or not account.data.startswith(start)
    ):
        return None
    return account.data


def _u64(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 8], "little")
