"""The offline checker: works every record out again from what it holds, and compares.

It needs the records alone, in the order they were made and of all instruments together (a price in USDT names
the record of USDT/USD). What it takes as told: that a source stood still (`FROZEN` is known from earlier ticks),
and that the observations are what the venues sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from rooms_core.proofs.canonical import Json, canonical_hash, parse_canonical
from rooms_core.result import Err, Ok, Result
from rooms_oracle.record_reader import Known, a_text, an_object, work_out


@dataclass(frozen=True, slots=True)
class EvidenceRefused:
    """The record at `position` (from 0) does not hold; those before it do."""

    position: int
    reason: str


@dataclass(slots=True)
class _Chains:
    """What was read so far: the last record of each instrument, and what each tick record found."""

    heads: dict[str, str]
    found: dict[str, Known] = field(default_factory=dict)


def check_records(
    records: Iterable[str], *, after: Mapping[str, str] | None = None
) -> Result[int, EvidenceRefused]:
    """How many records hold: all of them, or the first that does not.

    `after` names, by instrument, the hash of the record before the first one given; without it chains begin here.
    """
    chains = _Chains(dict(after or {}))
    count = 0
    for record in records:
        refused = _check(record, chains)
        if refused is not None:
            return Err(EvidenceRefused(count, refused))
        count += 1
    return Ok(count)


def _check(record: str, chains: _Chains) -> str | None:
    """Why a record does not hold; None if it does, and then it is part of the chains."""
    match parse_canonical(record.encode(errors="surrogatepass")):
        case Err(why):
            return f"not canonical JSON: {why}"
        case Ok(value):
            try:
                return _check_fields(value, chains)
            except (KeyError, TypeError, ValueError) as error:
                return f"not a record of ours: {error!r}"


def _check_fields(value: Json, chains: _Chains) -> str | None:
    fields = dict(an_object(value))
    sealed = a_text(fields.pop("hash"))
    if canonical_hash(fields) != sealed:
        return "its hash is another"
    prev, instrument = fields.pop("prev"), a_text(fields["instrument"])
    if chains.heads.get(instrument) != prev:
        return "it does not follow the record before it"
    again, known = work_out(fields, chains.found)
    if again != fields:  # equal values have equal bytes: canonical JSON has one spelling
        return "its result is not what follows from its observations"
    chains.heads[instrument] = sealed
    if known is not None:
        chains.found[sealed] = known
    return None
