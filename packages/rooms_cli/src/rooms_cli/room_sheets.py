"""Writing an export as it comes: one CSV sheet, or one JSON document with an array for each kind of record."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import IO, TYPE_CHECKING, Final, Protocol

from rooms_cli.room_records import COLUMNS, SECTIONS, SINGLE, record_json, record_rows

if TYPE_CHECKING:
    from rooms_store.export import Exported

_FORMULAS: Final = tuple("=+-@\t\r\n＝＋－＠")
"""How a cell begins that some spreadsheet reads as a formula."""
_NUMBER: Final = re.compile(r"-[0-9]+")


class Sheet(Protocol):
    """Takes an export block by block. `counts` tells how many records of each section it took."""

    counts: Counter[str]

    def take(self, records: Sequence[Exported]) -> None:
        """Write a block; the records of one kind come together."""
        ...

    def close(self) -> None:
        """Write what ends the document; the file stays open."""
        ...


def inert(cell: str) -> str:
    """A text that no spreadsheet runs: one that begins like a formula and is no number gets an apostrophe before it."""
    return f"'{cell}" if cell.startswith(_FORMULAS) and not _NUMBER.fullmatch(cell) else cell


class CsvSheet:
    """One sheet for all records, told apart by its first column. No cell is a formula, whatever a title says."""

    def __init__(self, file: IO[str]) -> None:
        self.counts: Counter[str] = Counter()
        self._rows = csv.DictWriter(file, COLUMNS, restval="", lineterminator="\n")
        self._rows.writeheader()

    def take(self, records: Sequence[Exported]) -> None:
        """Write a block."""
        for record in records:
            self.counts[SECTIONS[type(record)]] += 1
            self._rows.writerows(self._inert(record_rows(record)))

    def close(self) -> None:
        """A sheet has no end of its own."""

    def _inert(self, rows: Iterable[dict[str, str]]) -> Iterable[dict[str, str]]:
        return ({name: inert(cell) for name, cell in row.items()} for row in rows)


class JsonSheet:
    """One object; each record of an array stands on its own line, so that line-wise tools can read it too."""

    def __init__(self, file: IO[str]) -> None:
        self.counts: Counter[str] = Counter()
        self._file = file
        self._names = list(SECTIONS.values())
        self._place = -1

    def take(self, records: Sequence[Exported]) -> None:
        """Write a block."""
        for record in records:
            section = SECTIONS[type(record)]
            self._go_to(section)
            self._file.write(",\n" if self.counts[section] else "")
            self._file.write(json.dumps(record_json(record), ensure_ascii=False, separators=(",", ":")))
            self.counts[section] += 1

    def close(self) -> None:
        """Name the sections that had no records, and end the object."""
        self._go_to(self._names[-1])
        self._end()
        self._file.write("\n}\n")

    def _go_to(self, section: str) -> None:
        while self._place < self._names.index(section):
            if self._place >= 0:
                self._end()
            self._place += 1
            name = self._names[self._place]
            self._file.write("{\n" if self._place == 0 else ",\n")
            self._file.write(f'"{name}":' if name in SINGLE else f'"{name}":[\n')

    def _end(self) -> None:
        name = self._names[self._place]
        if name not in SINGLE:
            self._file.write("\n]")
        elif not self.counts[name]:
            self._file.write("null")
