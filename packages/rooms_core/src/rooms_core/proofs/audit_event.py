"""One leaf of the audit log: what happened, who did it, why, and the money it moved, as canonical JSON.

An event covers one journal entry or one change of authority, and names the event before it in its stream (a room, a
user, the registry of approvers …) by leaf hash, so that an edit anywhere is contradicted by the next event there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

from rooms_core.proofs.canonical import (
    DEPTH_MAX,
    DuplicateKey,
    Json,
    NestedTooDeep,
    NotJson,
    NumberRefused,
    OtherSpelling,
    quote,
    read_json,
    spell,
    text,
    whole,
    why_other,
)
from rooms_core.result import Err, Ok, Result

VERSION: Final = "1"


class AuditPosting(NamedTuple):
    """Money moved from one account to another, the accounts as text, the amount in lamports, above 0."""

    source: str
    target: str
    amount: int


class AuditEvent(NamedTuple):
    """One journal entry or change of authority, as it is logged: a bare tuple, because logs are read by the million.

    `entry` names what it covers and is never used twice; `previous` is the leaf hash (hex) of the stream's event
    before it, None for the first; `facts` holds whatever else belongs to the kind.
    """

    entry: str
    stream: str
    kind: str
    actor: str
    cause: str
    previous: str | None
    at_ms: int
    postings: tuple[AuditPosting, ...]
    facts: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class WrongFields:
    """Canonical JSON, but not the fields of an event, or a value of the wrong kind."""

    what: str


EventRefused: TypeAlias = NotJson | NumberRefused | NestedTooDeep | DuplicateKey | OtherSpelling | WrongFields

_TEXTS: Final = ("entry", "stream", "kind", "actor", "cause")
_ENDS: Final = frozenset({"source", "target", "amount"})
_KEYS: Final = frozenset({*_TEXTS, "v", "previous", "at_ms", "postings", "facts"})


def event_leaf(event: AuditEvent) -> bytes:
    """The event as the bytes of its leaf: canonical JSON. Raises ValueError if something has no canonical spelling.

    Written out key by key (they stand in canonical order), as every leaf is spelled again when a log is verified.
    """
    entry, stream, kind, actor, cause, previous, at_ms, postings, facts = event
    moved = ",".join(
        [
            f'{{"amount":"{text(amount)}","source":{quote(source)},"target":{quote(target)}}}'
            for source, target, amount in postings
        ]
    )
    return (
        f'{{"actor":{quote(actor)},"at_ms":"{text(at_ms)}","cause":{quote(cause)},"entry":{quote(entry)}'
        f',"facts":{spell(facts, DEPTH_MAX - 1)},"kind":{quote(kind)},"postings":[{moved}]'
        f',"previous":{"null" if previous is None else quote(previous)}'
        f',"stream":{quote(stream)},"v":"{VERSION}"}}'
    ).encode()


def read_event(data: bytes) -> Result[AuditEvent, EventRefused]:
    """Read a leaf back; what `event_leaf` would not have written is refused."""
    read = read_json(data)
    if isinstance(read, Err):
        return read
    fields = read.value
    if not isinstance(fields, dict) or fields.keys() != _KEYS or fields["v"] != VERSION:
        return Err(WrongFields("the fields of an event of version 1"))
    for name in _TEXTS:
        if type(fields[name]) is not str or not fields[name]:
            return Err(WrongFields(name))

    at_ms, postings = whole(fields["at_ms"]), _postings(fields["postings"])
    if at_ms is None:
        return Err(WrongFields("at_ms"))
    if postings is None:
        return Err(WrongFields("postings"))
    previous, facts = fields["previous"], fields["facts"]
    if not isinstance(previous, str | None):
        return Err(WrongFields("previous"))
    if not isinstance(facts, dict):
        return Err(WrongFields("facts"))
    event = AuditEvent(
        fields["entry"],
        fields["stream"],
        fields["kind"],
        fields["actor"],
        fields["cause"],
        previous,
        at_ms,
        postings,
        facts,
    )
    return Ok(event) if _is_spelled(event, data) else Err(why_other(data))


def _is_spelled(event: AuditEvent, data: bytes) -> bool:
    try:
        return event_leaf(event) == data
    except ValueError:  # facts too deep, or half a character
        return False


def _postings(value: Json) -> tuple[AuditPosting, ...] | None:
    if not isinstance(value, list):
        return None
    read: list[AuditPosting] = []
    for item in value:
        if not isinstance(item, dict) or item.keys() != _ENDS:
            return None
        source, target, amount = item["source"], item["target"], whole(item["amount"])
        if not (isinstance(source, str) and isinstance(target, str) and source and target and amount):
            return None
        if source == target:
            return None
        read.append(AuditPosting(source, target, amount))
    return tuple(read)
