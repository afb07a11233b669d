"""A coin's accounts as bytes: what of them may become a price, by a second reading with `struct` and fractions.

A body holds the six accounts in the order of `PumpAccounts`: one byte for the owner (0: there is none), two for the
length, and the data.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from fractions import Fraction
from typing import Final

from tests.fuzz.laws import Broken, must
from tests.fuzz.seeds import MINT

from rooms_core.domain.address import Address, address_bytes
from rooms_core.ports.accounts import AccountState
from rooms_core.result import Err, Ok
from rooms_oracle.aggregate import Observation
from rooms_oracle.derived_address import SPL_TOKEN, TOKEN_2022, WRAPPED_SOL
from rooms_oracle.feeds.pumpfun import (
    MIGRATING,
    NOT_A_COIN,
    OTHER_QUOTE,
    PUMP,
    PUMP_SWAP,
    UNREADABLE,
    PoolPrice,
    accounts_of,
    price_of,
)
from rooms_oracle.single_pool import market_caps
from rooms_oracle.testing.pump_accounts import RENT, graduated, on_curve

COIN: Final = Address(MINT)
OWNERS: Final = (None, PUMP, PUMP_SWAP, SPL_TOKEN, TOKEN_2022, WRAPPED_SOL)
WORDS: Final = (NOT_A_COIN, OTHER_QUOTE, MIGRATING, UNREADABLE)


def packed(accounts: Mapping[Address, AccountState]) -> bytes:
    """Accounts as a body."""
    body = b""
    for address in accounts_of(COIN):
        found = accounts.get(address)
        data = b"" if found is None else found.data
        owner = OWNERS.index(None if found is None else found.owner)
        body += struct.pack("<BH", owner, len(data)) + data
    return body


def unpacked(body: bytes) -> dict[Address, AccountState | None]:
    """A body as accounts, as far as it goes."""
    found: dict[Address, AccountState | None] = {}
    for address in accounts_of(COIN):
        if len(body) < 3:
            break
        who, size = struct.unpack_from("<BH", body)
        owner = OWNERS[who % len(OWNERS)]
        found[address] = None if owner is None else AccountState(RENT, owner, body[3 : 3 + size])
        body = body[3 + size :]
    return found


def bodies() -> tuple[bytes, ...]:
    """A coin on its curve in both layouts, migrating, in its pool under either program, and against another coin."""
    graduates = [
        graduated(COIN, tokens=206 * 10**12, lamports=85 * 10**9, token_program=each)
        for each in (TOKEN_2022, SPL_TOKEN)
    ]
    curves = [
        on_curve(COIN),
        on_curve(COIN, old=True, tokens=10**15, lamports=31 * 10**9),
        on_curve(COIN, complete=True, tokens=0, lamports=0),
        on_curve(COIN, quote_mint=bytes(31) + b"\x01"),
    ]
    return tuple([packed(each) for each in (*curves, *graduates)])


def coin(body: bytes) -> int:
    """A price is reserves divided by reserves, within half of 10^-12 SOL, of accounts that are what they should be."""
    accounts = unpacked(body)
    match price_of(COIN, accounts):
        case Err(why):
            must(why in WORDS, f"another word: {why}")
            return 0
        case Ok(found):
            lamports, tokens, decimals = reserves(accounts)
            exact = Fraction(lamports * 10**decimals * 1_000, tokens)
            must(
                found.price > 0 and abs(found.price - exact) <= Fraction(1, 2),
                f"{exact} was taken for {found}",
            )
            must(found.raw == f"{lamports}/{tokens}", "other reserves are written down")
            capped(found)
            return 1


def reserves(accounts: Mapping[Address, AccountState | None]) -> tuple[int, int, int]:
    """The lamports, tokens and decimals that price the coin. Raises `Broken` where none may."""
    where = accounts_of(COIN)
    curve, mint = accounts.get(where.curve), accounts.get(where.mint)
    if curve is None or mint is None or curve.owner != PUMP or mint.owner not in (SPL_TOKEN, TOKEN_2022):
        raise Broken("no coin of the program")
    mark, tokens, lamports, complete = struct.unpack_from("<QQQ24x?", curve.data)
    if mark != int.from_bytes(bytes.fromhex("17b7f83760d8ac60"), "little"):
        raise Broken("no curve")
    against = curve.data[83:115]
    if len(against) == 32 and against not in (bytes(32), address_bytes(WRAPPED_SOL)):
        raise Broken("paired with something else")
    (decimals,) = struct.unpack_from("<B", mint.data, 44)
    if complete:
        lamports, tokens = _pool(accounts, mint.owner)
    if not tokens or not lamports:
        raise Broken("a price from nothing")
    return lamports, tokens, decimals


def _pool(accounts: Mapping[Address, AccountState | None], program: Address) -> tuple[int, int]:
    where = accounts_of(COIN)
    base_at = where.base_2022 if program == TOKEN_2022 else where.base_spl
    pool, base, quote = accounts.get(where.pool), accounts.get(base_at), accounts.get(where.quote)
    if pool is None or base is None or quote is None:
        raise Broken("a pool that is not there")
    if (pool.owner, base.owner, quote.owner) != (PUMP_SWAP, program, SPL_TOKEN):
        raise Broken("accounts of somebody else")
    mark, base_mint, quote_mint, base_named, quote_named = struct.unpack_from(
        "<8s35x32s32s32x32s32s", pool.data
    )
    named = [address_bytes(each) for each in (COIN, WRAPPED_SOL, base_at, where.quote)]
    if mark.hex() != "f19a6d0411b16dbc" or [base_mint, quote_mint, base_named, quote_named] != named:
        raise Broken("another pool")
    (held_mint, tokens), (paid_mint, lamports) = [
        struct.unpack_from("<32s32xQ", each.data) for each in (base, quote)
    ]
    if [held_mint, paid_mint] != named[:2]:
        raise Broken("another coin")
    return lamports, tokens


def capped(found: PoolPrice) -> None:
    """A price, and the market cap that it becomes at the highest price of SOL there may be, can be kept as 64 bits."""
    dollars = found.price * (2**63 - 1) // 10**12
    cap = market_caps([Observation("chain", "pool", dollars, 0, 0, 10)], found.pool)[0].price
    must(0 <= cap < 2**63 and found.price < 2**63, "beyond all prices")
