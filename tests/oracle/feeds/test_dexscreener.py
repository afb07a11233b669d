"""What is peculiar to DexScreener: which of many pools prices a token, and tokens that an answer lacks."""

from __future__ import annotations

from typing import Any

import pytest

from rooms_core.domain.address import Address
from rooms_core.result import Err, Ok
from rooms_oracle.derived_address import WRAPPED_SOL
from rooms_oracle.failures import Malformed
from rooms_oracle.feeds.dexscreener import USDC, DexScreener
from rooms_oracle.feeds.pumpfun import accounts_of
from rooms_oracle.feeds.vendor import UNAVAILABLE, Moment, Priced, Said

DEX = DexScreener()
MINT = "mint"
COIN = Address("7LSsEoJGhLeZzGvDofTdNg7M3JttxQqGWNLo6vWMpump")
CURVE, POOL = accounts_of(COIN).curve, accounts_of(COIN).pool


def pool(
    price: str, *, base: str = MINT, quote: str = USDC, dex: str = "pumpswap", **given: Any
) -> dict[str, Any]:
    """A pool."""
    named = {"chainId": "solana", "dexId": dex, "pairAddress": price, "priceUsd": price}
    return {**named, "baseToken": {"address": base}, "quoteToken": {"address": quote}, **given}


@pytest.mark.parametrize(
    "pools, price",
    [
        ([pool("1", liquidity={"usd": 5}), pool("2", liquidity={"usd": 9})], "2"),
        ([pool("2", liquidity={"usd": 9}), pool("1", liquidity={"usd": 5})], "2"),
        ([pool("1", dex="pumpfun"), pool("2", dex="raydium")], "2"),
        ([pool("1", dex="pumpswap"), pool("2", dex="raydium", liquidity={"usd": 9})], "1"),
        ([pool("1", dex="pumpfun")], "1"),
        ([pool("1", base=USDC, quote=MINT)], None),
        ([pool("1", quote="another")], None),
        ([pool("1", chainId="ethereum")], None),
        ([pool("1") | {"priceUsd": None}], None),
        ([pool("1") | {"priceUsd": None, "liquidity": {"usd": 9}}, pool("2")], None),
        ([pool("1", liquidity={"usd": None})], "1"),
    ],
)
def test_the_deepest_pool_that_graduated_prices_a_token(
    pools: list[dict[str, Any]], price: str | None
) -> None:
    """Never the first in the list, never one in which the token is the quote, never a dead curve beside a pool."""
    match DEX.read(DEX.call((MINT,)), pools, Moment(0)):
        case Ok(said):
            assert price == (said.prices[MINT].raw if MINT in said.prices else None)
        case Err(why):
            pytest.fail(str(why))


@pytest.mark.parametrize("price", ["1", "2"])
def test_a_pool_that_is_listed_twice_prices_nothing(price: str) -> None:
    """The order of a list decides nothing, and a pool of a lower rank does not stand in."""
    shallow, deep = pool("9", liquidity={"usd": 1}), pool("1", liquidity={"usd": 9})
    again = pool(price, liquidity={"usd": 9}) | {"pairAddress": deep["pairAddress"]}

    for pools in ([shallow, deep, again], [again, deep, shallow]):
        assert Ok(Said({}, {MINT: "said twice"})) == DEX.read(DEX.call((MINT,)), pools, Moment(0))
    assert Ok(Said({MINT: Priced(10**12, 0, "1")})) == DEX.read(
        DEX.call((MINT,)), [shallow, shallow, deep], Moment(0)
    )


def test_sol_is_priced_by_its_deepest_pool_wherever_it_is() -> None:
    """Anybody can open a pool of SOL at the launch pad's exchange."""
    pools = [
        pool("9", base=WRAPPED_SOL, liquidity={"usd": 5}),
        pool("1", base=WRAPPED_SOL, dex="x", liquidity={"usd": 9}),
    ]

    assert Ok(Said({WRAPPED_SOL: Priced(10**12, 0, "1")})) == DEX.read(
        DEX.call((WRAPPED_SOL,)), pools, Moment(0)
    )


def test_what_an_answer_for_several_lacks_is_asked_for_once_more() -> None:
    """By itself; where all or none are lacking there is nothing to gain."""
    call = DEX.call(("a", "b"))

    assert DEX.call(("b",)) == DEX.again(call, Said({}, {"b": UNAVAILABLE}))
    assert DEX.again(call, Said({}, {"a": UNAVAILABLE, "b": UNAVAILABLE})) is None
    assert DEX.again(call, Said({}, {"b": "said twice"})) is None
    assert "/tokens/v1/solana/a,b" == call.path


def test_an_envelope_is_no_list() -> None:
    """`pairs: null` answers another question."""
    assert Err(Malformed("no list")) == DEX.read(DEX.call((MINT,)), {"pairs": None}, Moment(0))


@pytest.mark.parametrize(
    "pools, price",
    [
        ([("1", "pumpfun", CURVE)], "1"),
        ([("1", "pumpfun", CURVE), ("2", "pumpswap", POOL)], "2"),
        ([("2", "pumpswap", POOL), ("1", "pumpfun", CURVE)], "2"),
        ([("1", "pumpfun", CURVE), ("9", "pumpswap", "somebody's"), ("9", "raydium", "another's")], "1"),
        ([("9", "pumpswap", "somebody's")], None),
        ([("9", "pumpfun", POOL.lower())], None),
    ],
)
def test_a_coin_is_priced_by_the_pools_its_program_derives(
    pools: list[tuple[str, str, str]], price: str | None
) -> None:
    """Whoever opens another pool of it, however deep, is not heard; the mint alone is asked for."""
    rows = [
        pool(paid, base=COIN, dex=dex, liquidity={"usd": 10 ** int(paid)}) | {"pairAddress": address}
        for paid, dex, address in pools
    ]
    call = DEX.call((f"pump:{COIN}",))

    assert f"/tokens/v1/solana/{COIN}" == call.path
    match DEX.read(call, rows, Moment(0)):
        case Ok(said):
            assert price == (said.prices[f"pump:{COIN}"].raw if said.prices else None)
        case Err(why):
            pytest.fail(str(why))


def test_a_mint_may_be_asked_for_in_both_ways() -> None:
    """Then it is asked for once, and answered for each."""
    call = DEX.call((COIN, f"pump:{COIN}"))
    rows = [
        pool("1", base=COIN, dex="pumpfun") | {"pairAddress": CURVE},
        pool("2", base=COIN, dex="raydium") | {"pairAddress": "deep"},
    ]

    assert f"/tokens/v1/solana/{COIN}" == call.path
    prices = {COIN: Priced(2 * 10**12, 0, "2"), f"pump:{COIN}": Priced(10**12, 0, "1")}
    assert Ok(Said(prices, {})) == DEX.read(call, rows, Moment(0))
