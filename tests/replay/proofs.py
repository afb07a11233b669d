"""What is asked of the records of a replay: they hold, none holds with one digit changed, touches have two witnesses.

The witnesses are counted from a record's own text and again from the recorded market, not by the code that judged.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from random import Random
from typing import Any

from rooms_core.domain.market import Direction
from rooms_core.domain.room import Resolution, Room
from rooms_core.proofs.canonical import canonical_hash
from rooms_oracle.checker import Checker

_DIGITS = "0123456789"


@dataclass(slots=True)
class RecordTrial:
    """Takes records as they are made: each must hold, and none with one of its digits changed."""

    chance: Random
    taken: int = 0
    refused: list[str] = field(default_factory=list)
    unnoticed: list[str] = field(default_factory=list)
    resealed_refused: int = 0
    resealed_linked: int = 0
    _checker: Checker = field(default_factory=Checker)

    def take(self, body: str) -> None:
        """Try the record with a changed digit, then with a changed digit and a new seal, then as it is."""
        changed = change_a_digit(body, self.chance)
        if self._checker.check_body(changed) is None:
            self.unnoticed.append(changed)
        self._reseal(body)
        why = self._checker.check_body(body)
        if why is not None:
            self.refused.append(f"{why}: {body[:200]}")
        self.taken += 1

    def _reseal(self, body: str) -> None:
        """A new seal, too: the figures give it away, or the next record does, which names the old one."""
        fields = json.loads(body)
        seal = fields.pop("hash")
        changed = json.loads(change_a_digit(json.dumps(fields), self.chance))
        changed["hash"] = canonical_hash(changed)
        heads = dict(self._checker._heads)
        if self._checker.check_body(canonical(changed)) is None:
            self.resealed_linked += changed["hash"] != seal
            self._checker._heads.clear()
            self._checker._heads.update(heads)
        else:
            self.resealed_refused += 1


def canonical(fields: dict[str, Any]) -> str:
    """Canonical JSON of plain ASCII records."""
    return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def change_a_digit(body: str, chance: Random) -> str:
    """The text with another digit in one place."""
    places = [place for place, letter in enumerate(body) if letter in _DIGITS]
    place = chance.choice(places)
    other = chance.choice([digit for digit in _DIGITS if digit != body[place]])
    return body[:place] + other + body[place + 1 :]


def witnesses(record: dict[str, Any], room: Room) -> int:
    """How many inlying families of a tick's record were past a target with all of their half-width; 0: it is no hit."""
    result = record["result"]
    if result["status"] != "ACCEPTED":
        return 0
    up, target = room.market.direction is Direction.UP, room.market.target
    votes = [[int(each) for each in vote] for vote in result["inliers"].values()]
    past = [
        weight for price, conf, weight in votes if (price - conf >= target if up else price + conf <= target)
    ]
    whole = sum(weight for _, _, weight in votes)
    reached = int(result["price"]) >= target if up else int(result["price"]) <= target
    return len(past) if reached and 3 * sum(past) >= 2 * whole else 0


def hits_of(bodies: list[str], room: Room, answer: Resolution) -> list[tuple[int, int]]:
    """The (tick, witnesses) of the hits of a touch found by ticks: from its first hit on."""
    read = sorted((json.loads(body) for body in bodies), key=lambda record: int(record["tick_ms"]))
    return [
        (int(record["tick_ms"]), witnesses(record, room))
        for record in read
        if int(record["tick_ms"]) >= answer.at_ms
    ]


def minute_witnesses(body: str, room: Room) -> int:
    """How many families of an audited minute's record were at or past a target."""
    up, target = room.market.direction is Direction.UP, room.market.target
    families = json.loads(body)["result"]["families"].values()
    return sum(int(high) >= target if up else int(low) <= target for high, low in families)
