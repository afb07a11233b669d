"""A room's records as an export writes them: flat for a sheet, nested for JSON; whole numbers are texts in both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from rooms_core.domain.bet import Bet
from rooms_core.domain.room import Room
from rooms_core.domain.tally import Position
from rooms_core.ports.books import SettlementRow
from rooms_core.ports.evidence import EvidenceRecord
from rooms_core.ports.queries import Movement

if TYPE_CHECKING:
    from rooms_store.export import Exported

SECTIONS: Final[Mapping[type[Any], str]] = {
    Room: "room",
    SettlementRow: "settlement",
    EvidenceRecord: "evidence",
    Position: "positions",
    Bet: "bets",
    Movement: "postings",
}
"""What each kind of record is called, in the order in which they come."""
SINGLE: Final = frozenset({"room", "settlement"})
"""Of these there is one or none."""
COLUMNS: Final = (
    "record",
    "id",
    "at_ms",
    "bettor",
    "outcome",
    "kind",
    "source",
    "target",
    "amount",
    "late",
    "key",
    "name",
    "value",
)
"""The columns of a sheet; a record leaves those empty that it has nothing for."""


def record_json(record: Exported) -> dict[str, Any]:
    """A record as an object whose whole numbers are decimal strings, however small."""
    from rooms_cli.room_view import ended_json, room_json

    match record:
        case Room():
            return _texts(room_json(record))
        case SettlementRow():
            return _texts(ended_json(record, ())["settlement"])
        case EvidenceRecord():
            body = {"instrument": record.instrument, "tick_ms": record.tick_ms, "body": record.body}
            return _texts({"hash": record.hash, "prev": record.prev, **body})
        case Position():
            staked = {"staked": record.staked.value, "late": record.late.value}
            return _texts({"bettor": record.bettor, "outcome": record.outcome, **staked})
        case Bet():
            order = {"bettor": record.bettor, "outcome": record.outcome, "stake": record.stake.value}
            return _texts({"id": record.id, **order, "key": record.key, "placed_at_ms": record.placed_at_ms})
        case Movement():
            moved = {
                "source": str(record.source),
                "target": str(record.target),
                "amount": record.amount.value,
            }
            told = {"kind": record.kind.value, **moved, "entry": record.entry, "at_ms": record.at_ms}
            return _texts({"id": record.id, **told})


def record_rows(record: Exported) -> Iterator[dict[str, str]]:
    """A record as rows of a sheet: one, but for the room and its settlement, which have a row for each fact."""
    data = record_json(record)
    match record:
        case Room() | SettlementRow():
            section = SECTIONS[type(record)]
            yield from ({"record": section, "name": name, "value": value} for name, value in _flat(data))
        case EvidenceRecord():
            fact = {"name": record.instrument, "value": record.body, "key": record.hash}
            yield {"record": "evidence", "at_ms": data["tick_ms"], **fact}
        case Position():
            row = {"bettor": data["bettor"], "outcome": data["outcome"], "amount": data["staked"]}
            yield {"record": "position", **row, "late": data["late"]}
        case Bet():
            placed = {"amount": data.pop("stake"), "at_ms": data.pop("placed_at_ms")}
            yield {"record": "bet", **data, **placed}
        case Movement():
            yield {"record": "posting", "key": data.pop("entry"), **data}


def _texts(data: dict[str, Any]) -> dict[str, Any]:
    """The same with every whole number as text: a program that reads numbers as floats loses nothing."""
    return {name: _text(each) for name, each in data.items()}


def _text(value: Any) -> Any:
    if isinstance(value, dict):
        return _texts(value)
    if isinstance(value, list):
        return [_text(each) for each in value]
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _flat(data: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """All facts of a nested object, each with its path: `pool.YES`."""
    if isinstance(data, dict):
        for part, each in data.items():
            yield from _flat(each, f"{name}.{part}" if name else part)
    elif isinstance(data, list):
        yield name, " ".join(map(str, data))
    else:
        yield name, "" if data is None else str(data)
