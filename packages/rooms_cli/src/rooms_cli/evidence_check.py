"""Going through a log of records: what was checked so far, and the first record that does not hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Any

from rooms_core.ports.evidence import EvidenceRecord
from rooms_oracle.checker import Checker


class LogCheck:
    """Takes record after record. `anywhere`: the log is read from its middle. `instruments`: judge only theirs."""

    def __init__(self, *, anywhere: bool = False, instruments: Collection[str] = ()) -> None:
        self._checker = Checker(anywhere=anywhere)
        self._instruments = frozenset(instruments)
        self._read = 0
        self._checked: Counter[str] = Counter()
        self.seen: set[str] = set()
        self._first_ms: int | None = None
        self._last_ms: int | None = None
        self._anywhere = anywhere
        self.refused: dict[str, Any] | None = None

    def take(self, record: EvidenceRecord, *, recall: bool = False) -> None:
        """The next record; after one that does not hold nothing more is looked at."""
        if self.refused is not None:
            return
        position, self._read = self._read, self._read + 1
        self.seen.add(record.instrument)
        if recall or (self._instruments and record.instrument not in self._instruments):
            self._checker.recall(record)
            return
        why = self._checker.check(record)
        if why is not None:
            at = {"position": position, "instrument": record.instrument, "tick_ms": record.tick_ms}
            self.refused = {**at, "hash": record.hash, "why": why}
            return
        self._checked[record.instrument] += 1
        first, last = self._first_ms, self._last_ms
        self._first_ms = record.tick_ms if first is None else min(first, record.tick_ms)
        self._last_ms = record.tick_ms if last is None else max(last, record.tick_ms)

    def without_records(self) -> list[str]:
        """Those that were to be judged and of which nothing was read: they may be misspelt."""
        return sorted(self._instruments - set(self._checked)) if self.refused is None else []

    def unreadable(self, why: str) -> None:
        """In the place of a record there is something else."""
        if self.refused is None:
            nothing = {"instrument": None, "tick_ms": None, "hash": None}
            self.refused = {"position": self._read, **nothing, "why": why}

    def found(self) -> dict[str, Any]:
        """What was found, for programs."""
        return {
            "ok": self.refused is None,
            "records": self._checked.total(),
            "read": self._read,
            "instruments": dict(sorted(self._checked.items())),
            "from_the_beginning": not self._anywhere,
            "first_tick_ms": self._first_ms,
            "last_tick_ms": self._last_ms,
            "refused": self.refused,
        }
