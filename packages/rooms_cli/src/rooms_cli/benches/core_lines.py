"""The two ways to settle a room that `rooms bench core` compares, over books that only count.

The quick way is the one in use, `closing.settle`; the plain way is the definition of each step, line after line:
`Terms.payout`, `ReferralTiers.commission`, `line_record`, `pseudonym`.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from types import SimpleNamespace
from typing import Final, TypeAlias, cast

from rooms_cli.benches.core_bets import gives
from rooms_core.domain import entries
from rooms_core.domain.events import Event, EventKind
from rooms_core.domain.ids import UserId
from rooms_core.domain.invariants import InvariantBroken
from rooms_core.domain.journal import Posting
from rooms_core.domain.market import NO, YES
from rooms_core.domain.money import Lamports
from rooms_core.domain.room import Resolution, Room
from rooms_core.domain.status import RoomStatus
from rooms_core.domain.tally import Line, Position
from rooms_core.domain.terms import Terms, decide
from rooms_core.ports.books import Books
from rooms_core.proofs.receipt import LineDigest, line_record, pseudonym
from rooms_core.result import Err
from rooms_core.services.closing import settle
from rooms_core.testing.builders import a_resolution, a_room
from rooms_core.testing.clock import NOON_MS

_BLOCK: Final = 10_000

Blocks: TypeAlias = Iterable[Sequence[Position[UserId]]]
End: TypeAlias = tuple[str, dict[str, int]]
"""The digest of a settlement's lines, and what was written: sums by kind, and how many."""


class House:
    """A room that YES wins: every user has a position on each side, and three people above him as far as there are."""

    def __init__(self, positions: int) -> None:
        chance = random.Random(9)
        users = positions // 2
        above: list[tuple[UserId, ...]] = [()]
        for number in range(1, users):
            referrer = chance.randrange(number)
            above.append((UserId(2 * referrer + 2), *above[referrer])[:3])
        self._above = above
        self._stakes = [chance.randrange(1_000_000, 10_000_000_000) for _ in range(2 * users)]
        self.room: Room = a_room(
            status=RoomStatus.SETTLING,
            host=2,
            stakes={"YES": Lamports(sum(self._stakes[::2])), "NO": Lamports(sum(self._stakes[1::2]))},
        )
        self.answer: Resolution = a_resolution("YES")

    def blocks(self) -> Iterator[list[Position[UserId]]]:
        """All positions, by user."""
        for start in range(0, len(self._stakes), _BLOCK):
            yield [
                Position(
                    bettor=UserId(number // 2 * 2 + 2),
                    outcome=NO if number % 2 else YES,
                    staked=Lamports(self._stakes[number]),
                    uplines=self._above[number // 2],
                )
                for number in range(start, min(start + _BLOCK, len(self._stakes)))
            ]


class Written:
    """Books that count what they are given, or not even that while the core alone is timed."""

    def __init__(self, *, counting: bool = True) -> None:
        self._counting = counting
        self.sums: dict[str, int] = {}

    def postings(self, postings: Iterable[Posting]) -> None:
        """Count postings and their lamports by kind."""
        for posting in postings if self._counting else ():
            self._add(posting.kind, posting.amount.value)

    def events(self, events: Iterable[Event]) -> None:
        """Count notices and what they tell."""
        for event in events if self._counting else ():
            self._add(event.kind, sum(int(fact) for fact in event.facts.values()))

    def _add(self, kind: str, amount: int) -> None:
        self.sums[kind] = self.sums.get(kind, 0) + amount
        self.sums[kind + "s"] = self.sums.get(kind + "s", 0) + 1


def settled_in_blocks(house: House, blocks: Blocks, *, counting: bool = True) -> End:
    """The settlement in use, on its way from positions to what the store is handed."""
    written = Written(counting=counting)

    async def positions(*_: object, **__: object) -> AsyncIterator[Sequence[Position[UserId]]]:
        for block in blocks:
            yield block

    async def add_postings(postings: Iterable[Posting]) -> None:
        written.postings(postings)

    async def add_events(events: Iterable[Event]) -> None:
        written.events(events)

    writer = SimpleNamespace(add=add_postings, close=gives(None))
    books = SimpleNamespace(
        rooms=SimpleNamespace(save=gives(True)),
        bets=SimpleNamespace(pool_until=gives(house.room.pool), positions=positions),
        journal=SimpleNamespace(write=gives(writer), balance=gives(0)),
        outbox=SimpleNamespace(add_new=add_events),
        settlements=SimpleNamespace(add=gives(True)),
        now_ms=gives(NOON_MS),
    )
    ended = asyncio.run(settle(cast(Books, books), house.room, house.answer))
    if isinstance(ended, Err) or ended.value.figures is None:
        raise InvariantBroken("bench", f"the room is paid out: {ended}")
    return ended.value.header.split('"lines":')[1].split("}")[0], written.sums


def settled_by_lines(house: House, blocks: Blocks, *, counting: bool = True) -> End:
    """The same by the definitions, line after line."""
    room, written, digest = house.room, Written(counting=counting), LineDigest()
    terms = decide(room.pool, house.answer.winning, room.rules, hosted=room.hosted)
    if not isinstance(terms, Terms):
        raise InvariantBroken("bench", f"a pool with two sides is not void: {terms}")
    commissions: dict[UserId, int] = {}
    told: dict[UserId, tuple[int, int]] = {}
    paid_out = 0

    def tell() -> None:
        for bettor, (staked, paid) in told.items():
            facts = {"staked": str(staked), "paid": str(paid), "refunded": "0"}
            written.events([Event(kind=EventKind.ROOM_SETTLED, user=bettor, ref=room.id, facts=facts)])
        told.clear()

    for block in blocks:
        for position in block:
            line = Line(position, terms.payout(position.outcome, position.in_pool))
            written.postings(entries.line(room.id, line))
            digest.add(line_record(line, lambda who: pseudonym(room.salt, who), voided=False))
            if position.bettor not in told:
                tell()
            staked, paid = told.get(position.bettor, (0, 0))
            told[position.bettor] = staked + position.staked.value, paid + line.payout.value
            paid_out += line.payout.value
            if position.outcome == NO:  # the second and last of each bettor
                _earn(commissions, terms, position.uplines, Lamports(told[position.bettor][0]))
    tell()
    rest = terms.takeout.value - terms.host.value - sum(commissions.values())
    written.sums |= {"host": terms.host.value, "hosts": 1, "protocol": rest, "protocols": 1}
    breakage = terms.net.value - paid_out
    written.sums |= {"breakage": breakage, "breakages": 1} if breakage else {}
    for kind in ("commission", "commission_earned") if commissions else ():
        written.sums |= {kind: sum(commissions.values()), kind + "s": len(commissions)}
    record = digest.record()
    return f'{{"count":"{record["count"]}","sha256":"{record["sha256"]}"', written.sums


def _earn(earned: dict[UserId, int], terms: Terms, uplines: Sequence[UserId], staked: Lamports) -> None:
    tiers = terms.rules.tiers
    for level, referrer in enumerate(uplines):
        amount = tiers.commission(level, takeout=terms.takeout, positions=staked, gross=terms.gross)
        if amount:
            earned[referrer] = earned.get(referrer, 0) + amount.value
