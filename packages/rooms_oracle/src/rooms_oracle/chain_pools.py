"""The pools of tokens, read from the chain within a tick: all accounts of some mints at one slot, at *confirmed*.

Finality would come too late for a tick. The slot is kept with every sample; a later reading never goes back behind it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

from rooms_core.domain.address import Address
from rooms_core.ports.accounts import ACCOUNTS_MAX, Accounts, AccountsReading
from rooms_core.ports.clock import Clock
from rooms_core.result import Err, Ok
from rooms_oracle.feeds.jupiter import SLOT_MS
from rooms_oracle.feeds.pumpfun import MIGRATING, PumpAccounts, accounts_of, price_of
from rooms_oracle.finality import FinalPool
from rooms_oracle.heard import TICK_CLOSES_MS, PoolState, Quote
from rooms_oracle.listing import CHAIN, POOL_FAMILY, POOL_QUOTE, POOL_WEIGHT

CHAIN_FAILED: Final = "CHAIN_FAILED"
TIMED_OUT: Final = "TIMEOUT"
_MINTS: Final = ACCOUNTS_MAX // len(PumpAccounts._fields)
_SLOT_KNOWN_MS: Final = 60_000
"""For how long the newest slot can be counted on from the last one that was read."""

PoolHeard: TypeAlias = tuple[Quote, PoolState] | str
"""What the chain says of a token, or in one word why it says nothing."""


class ChainPools:
    """Reads pools through the core's port of accounts."""

    def __init__(self, accounts: Accounts, clock: Clock) -> None:
        self._accounts = accounts
        self._clock = clock
        self._slot = 0
        self._slot_ms: int | None = None

    async def hear(self, mints: Sequence[Address], tick_ms: int) -> Mapping[Address, PoolHeard]:
        """The pools of these mints on a tick. Never raises; comes back before the tick has closed."""
        groups = [mints[start : start + _MINTS] for start in range(0, len(mints), _MINTS)]
        heard: dict[Address, PoolHeard] = {}
        for found in await asyncio.gather(*[self._read(group, tick_ms) for group in groups]):
            heard |= found
        return heard

    async def final(self, mint: Address, at_least_slot: int) -> FinalPool | None:
        """Where a mint is priced by the final state of the chain; None: not known yet, or by nothing that we know."""
        try:
            async with asyncio.timeout(TICK_CLOSES_MS / 1000):
                reading = await self._accounts.read(
                    accounts_of(mint), finalized=True, at_least_slot=at_least_slot
                )
        except TimeoutError:
            return None
        match reading:
            case Ok(read):
                return _final(mint, read)
            case Err():
                return None

    def slot(self) -> int | None:
        """The newest slot by now, counted on from the last one read; None if that was long ago."""
        if self._slot_ms is None:
            return None
        passed_ms = self._clock.now_ms() - self._slot_ms
        return self._slot + passed_ms // SLOT_MS if 0 <= passed_ms <= _SLOT_KNOWN_MS else None

    async def _read(self, mints: Sequence[Address], tick_ms: int) -> dict[Address, PoolHeard]:
        asked_ms, until_ms = self._clock.now_ms(), tick_ms + TICK_CLOSES_MS
        wanted = [address for mint in mints for address in accounts_of(mint)]
        try:
            async with asyncio.timeout(max(0, until_ms - asked_ms) / 1000):
                reading = await self._accounts.read(wanted, finalized=False, at_least_slot=self._slot)
        except TimeoutError:
            return dict.fromkeys(mints, TIMED_OUT)
        received_ms = self._clock.now_ms()
        if received_ms > until_ms:
            return dict.fromkeys(mints, TIMED_OUT)
        match reading:
            case Err():
                return dict.fromkeys(mints, CHAIN_FAILED)
            case Ok(read):
                if read.slot >= self._slot:
                    self._slot, self._slot_ms = read.slot, received_ms
                return {mint: _heard(mint, read, asked_ms, received_ms) for mint in mints}


def _heard(mint: Address, read: AccountsReading, asked_ms: int, received_ms: int) -> PoolHeard:
    match price_of(mint, read.accounts):
        case Ok((price, raw, pool)):
            raw = f"{raw}@{read.slot}"
            quote = Quote(
                CHAIN, POOL_FAMILY, price, 0, POOL_WEIGHT, asked_ms, received_ms, quote=POOL_QUOTE, raw=raw
            )
            return quote, pool._replace(slot=read.slot)
        case Err(why):
            return why


def _final(mint: Address, read: AccountsReading) -> FinalPool | None:
    """Between curve and pool the curve's last price stands."""
    match price_of(mint, read.accounts):
        case Ok(found):
            return FinalPool(read.slot, found.pool.address)
        case Err(why):
            return FinalPool(read.slot, accounts_of(mint).curve) if why == MIGRATING else None
