"""The offline checker: works every record out again from what it holds, and compares.

It needs the records alone, in the order they were made and of all instruments together (a price in USDT names
the record of USDT/USD). What it takes as told: that a source stood still (`FROZEN` is known from earlier ticks),
and that the observations are what the venues sent. Its memory grows with the number of instruments (one hash each),
not with that of records (see `remembered`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from rooms_core.ports.evidence import EvidenceRecord
from rooms_core.proofs.canonical import Json, canonical_hash, parse_canonical
from rooms_core.result import Err, Ok, Result
from rooms_oracle.record_reader import Known, Worked, a_text, work_out
from rooms_oracle.remembered import Remembered

BY_HAND: Final = "room:"
"""What people wrote down for a decision of their own is kept under `room:<id>`: in no chain, and it is no price."""
ANOTHER_HASH: Final = "its hash is another"
LATELY: Final = 1 << 14
"""Hashes that are remembered in order to tell a chain with two writers from one with a hole."""


@dataclass(frozen=True, slots=True)
class EvidenceRefused:
    """The record at `position` (from 0) does not hold; those before it do."""

    position: int
    reason: str


def check_records(
    records: Iterable[str], *, after: Mapping[str, str] | None = None
) -> Result[int, EvidenceRefused]:
    """How many records hold: all of them, or the first that does not.

    `after` names, by instrument, the hash of the record before the first one given; without it chains begin here.
    """
    checker, count = Checker(after), 0
    for record in records:
        refused = checker.check_body(record)
        if refused is not None:
            return Err(EvidenceRefused(count, refused))
        count += 1
    return Ok(count)


class Checker:
    """Checks record after record; the first one that does not hold is where it ends.

    `anywhere`: reading begins in the middle of the log, and each chain with whatever record of it comes first.
    """

    def __init__(self, after: Mapping[str, str] | None = None, *, anywhere: bool = False) -> None:
        self._heads: dict[str, str] = dict(after or {})
        self._anywhere = anywhere
        self._remembered = Remembered()
        self._lately: deque[str] = deque(maxlen=LATELY)

    def check(self, record: EvidenceRecord) -> str | None:
        """Why a stored record does not hold; None if it does. What stands beside its body must be what that says."""
        match fields_of(record.body):
            case Err(why):
                return why
            case Ok(fields) if record.instrument.startswith(BY_HAND):
                return None if canonical_hash(fields) == record.hash else ANOTHER_HASH
            case Ok(fields):
                return beside(record, fields) or self._check(fields)

    def check_body(self, body: str) -> str | None:
        """The same for a record of which only the body is at hand."""
        match fields_of(body):
            case Err(why):
                return why
            case Ok(fields):
                return self._check(fields)

    def recall(self, record: EvidenceRecord) -> None:
        """Read a record only so that later ones may name it; one that does not hold is passed over."""
        fields = fields_of(record.body)
        if isinstance(fields, Err) or record.instrument.startswith(BY_HAND):
            return
        self._heads[record.instrument] = record.hash
        worked = judged_alone(fields.value, self._remembered.found)
        if isinstance(worked, Ok):
            self._keep(record.hash, worked.value)

    def _check(self, fields: dict[str, Json]) -> str | None:
        try:
            instrument, prev = a_text(fields["instrument"]), fields["prev"]
        except (KeyError, TypeError) as error:
            return f"not a record of ours: {error!r}"
        head = self._heads.get(instrument)
        if head != prev and not (self._anywhere and head is None):
            return self._misplaced(head, prev)
        match judged_alone(fields, self._remembered.found):
            case Err(why):
                return why
            case Ok(worked):
                self._heads[instrument] = sealed = a_text(fields["hash"])
                self._keep(sealed, worked)
                return None

    def _misplaced(self, head: str | None, prev: Json) -> str:
        """Two writers at once, or one who did not know where the chain ended, are told from a record left out."""
        if prev is None:
            return "it begins its chain anew, where there are records already"
        if head is not None and prev in self._lately:
            return (
                f"it follows {prev}, which another one follows already: two have written this chain at once"
            )
        return "it does not follow the record before it"

    def _keep(self, sealed: str, worked: Worked) -> None:
        self._lately.append(sealed)
        if worked.found is not None and worked.tick is not None:
            self._remembered.keep(sealed, worked.found, worked.tick.inputs.basis)


def fields_of(body: str) -> Result[dict[str, Json], str]:
    """The fields of a record, which is an object in its one spelling; or what is wrong with it."""
    match parse_canonical(body.encode(errors="surrogatepass")):
        case Ok(dict() as fields):
            return Ok(fields)
        case Ok(_):
            return Err("not a record of ours: no object")
        case Err(why):
            return Err(f"not canonical JSON: {why}")


def beside(record: EvidenceRecord, fields: Mapping[str, Json]) -> str | None:
    """Whether what is stored beside a record's body is what its body says."""
    stored = (record.instrument, str(record.tick_ms), record.hash, record.prev)
    said = tuple([fields.get(name) for name in ("instrument", "tick_ms", "hash", "prev")])
    return None if stored == said else "what is stored beside it is not what it says"


def judged_alone(fields: Mapping[str, Json], found: Mapping[str, Known]) -> Result[Worked, str]:
    """A record by itself, wherever it stands: its hash is its own, and what it says follows from what it holds."""
    said = dict(fields)
    try:
        if canonical_hash({name: value for name, value in said.items() if name != "hash"}) != said["hash"]:
            return Err(ANOTHER_HASH)
        del said["hash"], said["prev"]
        worked = work_out(said, found)
    except (KeyError, TypeError, ValueError) as error:
        return Err(f"not a record of ours: {error!r}")
    if worked.again != said:  # equal values have equal bytes: canonical JSON has one spelling
        return Err("its result is not what follows from its observations")
    return Ok(worked)
