"""DexScreener: the pools of tokens on Solana, without times of their own. A second opinion on a pool, never the only.

A price speaks of the *base* token, so pools in which the wanted token is the quote are passed over. A coin that is
asked for as "pump:<mint>" is priced by the two pools alone that its program derives from the mint, the graduated one
first: anybody can open others. A mint that is asked for plainly is priced by its deepest pool, a graduated one before
a dead curve, and never by the first in the list. An answer for many tokens can lack some that it knows: those are
asked for once more.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final, TypeAlias

from rooms_core.domain.address import Address
from rooms_core.result import Err, Ok, Result
from rooms_oracle.derived_address import WRAPPED_SOL
from rooms_oracle.failures import FeedFailure, Malformed
from rooms_oracle.feeds.pumpfun import accounts_of
from rooms_oracle.feeds.vendor import UNAVAILABLE, Call, Gathering, Moment, Priced, Said, Vendor
from rooms_oracle.listing import PUMP_PREFIX, mint_of
from rooms_oracle.wire import Price, Wire, read

USDC: Final = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v"
_CURVE: Final = "pumpfun"
_GRADUATED: Final = "pumpswap"
_TWICE: Final = Malformed("said twice")
_PATH: Final = "/tokens/v1/solana/"


_Rank: TypeAlias = tuple[int, Decimal, str]


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

    def rank(self, symbol: str) -> _Rank | None:
        """Pools of what was asked for in the order in which they are believed, the last first; None: not at all."""
        mint = mint_of(symbol)
        if mint is None:
            return self._by_depth()
        where = accounts_of(mint)
        derived = {where.curve: 0, where.pool: 1}
        stage = derived.get(Address(self.pairAddress))
        return None if stage is None else (stage, Decimal(0), self.pairAddress)

    def _by_depth(self) -> _Rank:
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
    """How DexScreener is asked and read. A symbol is a mint, or "pump:<mint>"; capitals matter."""

    name = "dexscreener"
    batch = 10

    def call(self, symbols: tuple[str, ...]) -> Call:
        """The pools of some tokens."""
        mints = dict.fromkeys([symbol.removeprefix(PUMP_PREFIX) for symbol in symbols])
        return Call(_PATH + ",".join(mints), (), symbols)

    def read(self, call: Call, body: object, at: Moment) -> Result[Said, FeedFailure]:
        """A list of pools. The best one prices a token or, without a price of its own, leaves it unpriced."""
        if not isinstance(body, list):
            return Err(Malformed("no list"))
        best: dict[str, tuple[_Rank, object]] = {}
        found = Gathering(call.symbols)
        for row in body:
            match read(Pool, row):
                case Ok(pool) if _prices(pool):
                    for symbol in (pool.baseToken.address, PUMP_PREFIX + pool.baseToken.address):
                        rank = pool.rank(symbol) if found.wants(symbol) else None
                        if rank is not None and (symbol not in best or rank >= best[symbol][0]):
                            twice = symbol in best and rank == best[symbol][0]
                            best[symbol] = (rank, _TWICE if twice else row)
                case _:
                    pass
        for symbol, (_, row) in best.items():
            match Err(row) if isinstance(row, Malformed) else read(Quoted, row):
                case Ok(said):
                    found.add(symbol, Ok(Priced(said.priceUsd.units, 0, said.priceUsd.text)))
                case Err() as wrong:
                    found.add(symbol, wrong)
        return Ok(found.said())

    def again(self, call: Call, said: Said) -> Call | None:
        """The tokens that an answer for several lacked, by themselves."""
        lacking = tuple([symbol for symbol, why in said.refused.items() if why == UNAVAILABLE])
        return self.call(lacking) if 0 < len(lacking) < len(call.symbols) else None


def _prices(pool: Pool) -> bool:
    """Whether it is a pool of Solana that trades against SOL or USDC."""
    return pool.chainId == "solana" and pool.quoteToken.address in (WRAPPED_SOL, USDC)
