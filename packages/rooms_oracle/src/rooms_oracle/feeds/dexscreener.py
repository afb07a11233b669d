"""DexScreener: the pools of tokens on Solana, without times of their own. A second opinion on a pool, never the only.

A price speaks of the *base* token, so pools in which the wanted token is the quote are passed over. Of several pools
the deepest counts, a graduated one before a dead curve, and never the first in the list. An answer for many tokens
can lack some that it knows: those are asked for once more.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from rooms_core.result import Err, Ok, Result
from rooms_oracle.derived_address import WRAPPED_SOL
from rooms_oracle.failures import FeedFailure, Malformed
from rooms_oracle.feeds.vendor import UNAVAILABLE, Call, Gathering, Moment, Priced, Said, Vendor
from rooms_oracle.wire import Price, Wire, read

USDC: Final = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v"
_CURVE: Final = "pumpfun"
_GRADUATED: Final = "pumpswap"
_TWICE: Final = Malformed("said twice")
_PATH: Final = "/tokens/v1/solana/"


class Token(Wire):
    """A token by its mint."""

    address: str


class Liquidity(Wire):
    """How deep a pool is; curves have none."""

    usd: int | Decimal | None = None


class Quoted(Wire):
    """A pool's price of its base token."""

    priceUsd: Price  # noqa: N815


class Pool(Wire):
    """A pool, as far as it can be chosen."""

    chainId: str  # noqa: N815
    dexId: str  # noqa: N815
    pairAddress: str  # noqa: N815
    baseToken: Token  # noqa: N815
    quoteToken: Token  # noqa: N815
    liquidity: Liquidity | None = None

    def rank(self) -> tuple[int, Decimal, str]:
        """Pools in the order in which they are believed, the last first."""
        stage = 0 if self.dexId == _CURVE else 1
        if self.dexId == _GRADUATED and self.baseToken.address != WRAPPED_SOL:
            stage = 2
        deep = (
            Decimal(0)
            if self.liquidity is None or self.liquidity.usd is None
            else Decimal(self.liquidity.usd)
        )
        return stage, deep, self.pairAddress


class DexScreener(Vendor):
    """How DexScreener is asked and read. A symbol is a mint; capitals matter."""

    name = "dexscreener"
    batch = 10

    def call(self, symbols: tuple[str, ...]) -> Call:
        """The pools of some tokens."""
        return Call(_PATH + ",".join(symbols), (), symbols)

    def read(self, call: Call, body: object, at: Moment) -> Result[Said, FeedFailure]:
        """A list of pools. The best one prices a token or, without a price of its own, leaves it unpriced."""
        if not isinstance(body, list):
            return Err(Malformed("no list"))
        best: dict[str, tuple[Pool, object]] = {}
        twice: set[str] = set()
        found = Gathering(call.symbols)
        for row in body:
            match read(Pool, row):
                case Ok(pool) if _prices(pool) and found.wants(pool.baseToken.address):
                    mint = pool.baseToken.address
                    if mint not in best or pool.rank() > best[mint][0].rank():
                        best[mint] = (pool, row)
                        twice.discard(mint)
                    elif pool.rank() == best[mint][0].rank():
                        twice.add(mint)
                case _:
                    pass
        for mint, (_, row) in best.items():
            match Err(_TWICE) if mint in twice else read(Quoted, row):
                case Ok(said):
                    found.add(mint, Ok(Priced(said.priceUsd.units, 0, said.priceUsd.text)))
                case Err() as wrong:
                    found.add(mint, wrong)
        return Ok(found.said())

    def again(self, call: Call, said: Said) -> Call | None:
        """The tokens that an answer for several lacked, by themselves."""
        lacking = tuple([symbol for symbol, why in said.refused.items() if why == UNAVAILABLE])
        return self.call(lacking) if 0 < len(lacking) < len(call.symbols) else None


def _prices(pool: Pool) -> bool:
    """Whether it is a pool of Solana that trades against SOL or USDC."""
    return pool.chainId == "solana" and pool.quoteToken.address in (WRAPPED_SOL, USDC)
