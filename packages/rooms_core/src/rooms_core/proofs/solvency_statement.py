"""The published sentence of solvency: assets at slot S cover the liabilities at log index N, and its check.

It counts what two providers agree on, each account once, at a slot that is fresh and never goes backwards. What it
cannot show: whether the assets were borrowed for the hour, and debts that are in no ledger.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

from rooms_core.proofs.liabilities import LiabilityRoot
from rooms_core.result import Err, Ok, Result

AGE_MAX_MS: Final = 2 * 60 * 60 * 1_000
"""Data older than two hours proves nothing about now."""


@dataclass(frozen=True, slots=True)
class AccountReading:
    """One declared account, in lamports, as each of two providers read it at the slot or later."""

    account: str
    first: int
    second: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SolvencyStatement:
    """What the house says, in lamports.

    `landed`: withdrawals that left by the slot and are not yet DONE, so owed still; `uncredited`: arrived, but
    credited to nobody yet.
    """

    liabilities: LiabilityRoot
    accounts: tuple[AccountReading, ...]
    slot: int
    slot_at_ms: int
    landed: int = 0
    uncredited: int = 0


@dataclass(frozen=True, slots=True)
class StaleSlot:
    """The chain was read too long ago."""

    age_ms: int
    age_max_ms: int = AGE_MAX_MS


@dataclass(frozen=True, slots=True)
class StaleEpoch:
    """The liabilities were counted too long ago."""

    age_ms: int
    age_max_ms: int = AGE_MAX_MS


@dataclass(frozen=True, slots=True)
class SlotWentBack:
    """An earlier statement had seen a later slot."""

    slot: int
    last: int


@dataclass(frozen=True, slots=True)
class AccountTwice:
    """One account is counted twice."""

    account: str


@dataclass(frozen=True, slots=True)
class ProvidersDisagree:
    """Two providers read different balances of the account."""

    account: str


@dataclass(frozen=True, slots=True)
class FiguresOutOfRange:
    """An amount below 0, or a time after now."""

    what: str


@dataclass(frozen=True, slots=True)
class NotCovered:
    """Assets, with what is under way, are `missing` lamports short of the liabilities."""

    missing: int


SolvencyRefused: TypeAlias = (
    FiguresOutOfRange | StaleSlot | StaleEpoch | SlotWentBack | AccountTwice | ProvidersDisagree | NotCovered
)


def verify_solvency(
    statement: SolvencyStatement, *, now_ms: int, last_slot: int = 0
) -> Result[int, SolvencyRefused]:
    """Does the statement hold at `now_ms`, after one for `last_slot`? Answers the surplus in lamports."""
    slot_age, epoch_age = now_ms - statement.slot_at_ms, now_ms - statement.liabilities.at_ms
    if slot_age < 0 or epoch_age < 0:
        return Err(FiguresOutOfRange("a time after now"))
    if slot_age > AGE_MAX_MS:
        return Err(StaleSlot(slot_age))
    if epoch_age > AGE_MAX_MS:
        return Err(StaleEpoch(epoch_age))
    if statement.slot < last_slot:
        return Err(SlotWentBack(statement.slot, last_slot))

    seen: set[str] = set()
    for reading in statement.accounts:
        if reading.account in seen:
            return Err(AccountTwice(reading.account))
        if reading.first != reading.second:
            return Err(ProvidersDisagree(reading.account))
        seen.add(reading.account)

    assets = [reading.first for reading in statement.accounts]
    if min([statement.landed, statement.uncredited, statement.liabilities.total, *assets]) < 0:
        return Err(FiguresOutOfRange("an amount below 0"))
    surplus = sum(assets) + statement.landed - statement.uncredited - statement.liabilities.total
    return Ok(surplus) if surplus >= 0 else Err(NotCovered(-surplus))
