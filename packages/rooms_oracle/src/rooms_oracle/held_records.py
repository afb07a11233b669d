"""The records of one decision by themselves: each worked out from what it holds and from those it names.

No chain is followed here, so a handful of records can be judged without the log they stand in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from rooms_core.ports.evidence import EvidenceRecord
from rooms_core.proofs.canonical import canonical_hash
from rooms_core.result import Err, Ok
from rooms_oracle.checker import ANOTHER_HASH, BY_HAND, beside, fields_of, judged_alone
from rooms_oracle.record_reader import Known, Worked, named_in


@dataclass(slots=True)
class HeldRecords:
    """Records by their hash; `worked` are those that hold, `broken` says of the others why not."""

    worked: dict[str, Worked] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)
    by_hand: set[str] = field(default_factory=set)

    def all_hold(self, hashes: Iterable[str]) -> bool:
        """Whether each of these is there and holds."""
        return all(each in self.worked or each in self.by_hand for each in hashes)


def named_by(record: EvidenceRecord) -> list[str]:
    """The hashes a record rests on; none where it cannot be read."""
    fields = fields_of(record.body)
    if isinstance(fields, Err) or record.instrument.startswith(BY_HAND):
        return []
    try:
        return named_in(fields.value)
    except (KeyError, TypeError):
        return []


def work_out_all(hashes: Iterable[str], records: Mapping[str, EvidenceRecord]) -> HeldRecords:
    """Work out these records and all that they rest on, which must be among `records`."""
    held = HeldRecords()
    found: dict[str, Known] = {}
    for sealed in hashes:
        _work_out(sealed, records, held, found)
    return held


def _work_out(
    sealed: str, records: Mapping[str, EvidenceRecord], held: HeldRecords, found: dict[str, Known]
) -> None:
    """What a record names comes first: a hash cannot name itself, not even by a long way round."""
    if sealed in held.worked or sealed in held.broken or sealed in held.by_hand:
        return
    record = records.get(sealed)
    if record is None:
        held.broken[sealed] = "it is not in the books"
        return
    held.broken[sealed] = "it rests on itself"  # until it has been seen to hold
    for each in named_by(record):
        _work_out(each, records, held, found)
    match fields_of(record.body):
        case Err(why):
            held.broken[sealed] = why
        case Ok(fields) if record.instrument.startswith(BY_HAND):
            held.broken[sealed] = ANOTHER_HASH
            if canonical_hash(fields) == sealed:
                del held.broken[sealed]
                held.by_hand.add(sealed)
        case Ok(fields):
            other = beside(record, fields)
            match judged_alone(fields, found):
                case Err(why):
                    held.broken[sealed] = other or why
                case Ok(_) if other is not None:
                    held.broken[sealed] = other
                case Ok(worked):
                    del held.broken[sealed]
                    held.worked[sealed] = worked
                    if worked.found is not None:
                        found[sealed] = worked.found
