"""Prices of pump.fun coins from the bytes of their accounts."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms_core.domain.address import Address, address_bytes
from rooms_core.ports.accounts import AccountState
from rooms_core.result import Err, Ok
from rooms_oracle.derived_address import SPL_TOKEN, TOKEN_2022, WRAPPED_SOL
from rooms_oracle.feeds.pumpfun import (
    CURVE_FEE_PPM,
    MIGRATING,
    NOT_A_COIN,
    OTHER_QUOTE,
    POOL_FEE_PPM,
    PUMP,
    PUMP_SWAP,
    UNREADABLE,
    PoolPrice,
    accounts_of,
    price_of,
)
from rooms_oracle.heard import PoolState
from rooms_oracle.testing.pump_accounts import RENT, SUPPLY, graduated, on_curve

MINT = Address("7LSsEoJGhLeZzGvDofTdNg7M3JttxQqGWNLo6vWMpump")
WHERE = accounts_of(MINT)


def priced(accounts: dict[Address, AccountState | None]) -> PoolPrice:
    """The price of the mint, which has one."""
    match price_of(MINT, accounts):
        case Ok(found):
            return found
        case Err(why):
            raise AssertionError(why)


def test_the_canonical_pool_is_derived_from_the_mint() -> None:
    """As the program's own documentation has it for this mint."""
    assert "GseMAnNDvntR5uFePZ51yZBXzNSn7GdFPkfHwfr6d77J" == WHERE.pool


@pytest.mark.parametrize("old", [False, True])
def test_a_fresh_coin_is_worth_28_sol(old: bool) -> None:
    """27.958993476 SOL for all of it; one of a billion costs 27.959 billionths. Old, short curves are read too."""
    found = priced(dict(on_curve(MINT, old=old)))

    assert 27_959 == found.price
    assert "30000000000/1073000000000000" == found.raw
    assert PoolState(SUPPLY, 6, 0, CURVE_FEE_PPM, True, 30_000_000_000, WHERE.curve) == found.pool
    assert 27_958_993_476 == found.pool.supply * 30_000_000_000 // 1_073_000_000_000_000


@pytest.mark.parametrize("token_program", [SPL_TOKEN, TOKEN_2022])
def test_after_graduation_the_pool_counts(token_program: Address) -> None:
    """Its two accounts hold the reserves, under whichever token program the mint belongs to."""
    accounts = graduated(MINT, tokens=200_000_000 * 10**6, lamports=85 * 10**9, token_program=token_program)
    found = priced(dict(accounts))

    assert 425_000 == found.price
    assert PoolState(SUPPLY, 6, 0, POOL_FEE_PPM, False, 85 * 10**9, WHERE.pool) == found.pool


def test_between_curve_and_pool_there_is_no_price() -> None:
    """A completed curve is never priced, whatever it holds."""
    accounts = dict(on_curve(MINT, complete=True))

    assert Err(MIGRATING) == price_of(MINT, accounts)


def test_a_coin_that_is_paired_with_something_else_is_not_priced() -> None:
    """Its reserves are not lamports; wrapped SOL is SOL."""
    assert Err(OTHER_QUOTE) == price_of(MINT, dict(on_curve(MINT, quote_mint=address_bytes(MINT))))
    assert 27_959 == priced(dict(on_curve(MINT, quote_mint=address_bytes(WRAPPED_SOL)))).price


@pytest.mark.parametrize("change", ["absent", "owner", "discriminator", "short"], ids=str)
@pytest.mark.parametrize(
    "which, why",
    [
        ("curve", NOT_A_COIN),
        ("mint", UNREADABLE),
        ("pool", UNREADABLE),
        ("base_2022", UNREADABLE),
        ("quote", UNREADABLE),
    ],
)
def test_an_account_of_somebody_else_is_not_believed(which: str, why: str, change: str) -> None:
    """Wrong owner, wrong kind, too short or not there at all: there is no price."""
    accounts: dict[Address, AccountState | None] = dict(graduated(MINT, tokens=10**12, lamports=10**9))
    at = getattr(WHERE, which)
    was = accounts[at]
    assert was is not None
    if change == "discriminator" and which == "mint":
        change = "owner"  # a mint has no discriminator
    accounts[at] = {
        "absent": None,
        "owner": replace(was, owner=MINT),
        "discriminator": replace(was, data=bytes(8) + was.data[8:]),
        "short": replace(was, data=was.data[:40]),
    }[change]
    expected = MIGRATING if (which, change) == ("pool", "absent") else why

    assert Err(expected) == price_of(MINT, accounts)


@pytest.mark.parametrize("at", [43, 75, 139, 171])
def test_a_pool_of_other_accounts_is_not_this_coins(at: int) -> None:
    """Base, quote and both accounts are compared with what was derived."""
    accounts: dict[Address, AccountState | None] = dict(graduated(MINT, tokens=10**12, lamports=10**9))
    pool = accounts[WHERE.pool]
    assert pool is not None
    accounts[WHERE.pool] = replace(pool, data=pool.data[:at] + bytes(32) + pool.data[at + 32 :])

    assert Err(UNREADABLE) == price_of(MINT, accounts)


@pytest.mark.parametrize("tokens, lamports, decimals", [(0, 1, 6), (1, 0, 6), (2**63, 1, 0), (1, 1, 19)])
def test_an_empty_or_absurd_curve_has_no_price(tokens: int, lamports: int, decimals: int) -> None:
    """Nothing is divided by zero, nothing is worth nothing."""
    accounts = on_curve(MINT, tokens=tokens, lamports=lamports, decimals=decimals)

    assert Err(UNREADABLE) == price_of(MINT, dict(accounts))


@given(st.integers(1, 2**63), st.integers(1, 2**63))
def test_a_price_is_the_ratio_of_the_reserves_to_the_nearest(tokens: int, lamports: int) -> None:
    """Half-even, in 10^-12 SOL for one token."""
    match price_of(MINT, dict(on_curve(MINT, tokens=tokens, lamports=lamports))):
        case Ok(found):
            twice = 2 * (found.price * tokens - lamports * 10**9)
            assert abs(twice) <= tokens
            assert abs(twice) < tokens or found.price % 2 == 0
        case Err(why):
            assert UNREADABLE == why
            assert 2 * lamports * 10**9 <= tokens or lamports * SUPPLY // tokens >= 2**63


@pytest.mark.parametrize(
    "tokens, lamports, fine",
    [(10**6, 9_223_372_036, True), (10**6, 9_223_372_037, False), (1, 119_438_966, False)],
)
def test_a_coin_that_is_worth_more_than_all_sol_is_none(tokens: int, lamports: int, fine: bool) -> None:
    """What cannot be kept as 64 bits, in lamports or as a price, comes from no real pool."""
    found = price_of(MINT, dict(on_curve(MINT, tokens=tokens, lamports=lamports)))

    assert fine == isinstance(found, Ok)
    assert fine or Err(UNREADABLE) == found


somebodys = st.builds(
    AccountState,
    st.just(RENT),
    st.sampled_from([SPL_TOKEN, TOKEN_2022, PUMP, PUMP_SWAP]),
    st.binary(max_size=260),
)


@given(st.dictionaries(st.sampled_from(WHERE), somebodys))
def test_no_bytes_are_an_accident(accounts: dict[Address, AccountState | None]) -> None:
    """Whatever lies at these addresses is answered, not raised."""
    assert isinstance(price_of(MINT, accounts), Ok | Err)
