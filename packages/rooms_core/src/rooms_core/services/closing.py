"""Ending a room: its money leaves the pot, once, in one unit of work. Shared by the use cases that settle or void.

The order is that of decision R7: compare-and-set on the status, positions streamed through the core,
balances last, then the settlement row; sums that do not agree roll everything back.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from rooms_core.domain import entries
from rooms_core.domain.events import Event, EventKind
from rooms_core.domain.ids import RoomId, UserId
from rooms_core.domain.invariants import ensure
from rooms_core.domain.journal import pot
from rooms_core.domain.money import ZERO, Lamports
from rooms_core.domain.returns import Excess, Marginal, match_refunds
from rooms_core.domain.room import Resolution, Room
from rooms_core.domain.status import RoomStatus
from rooms_core.domain.tally import Figures, Line, Position, Tally
from rooms_core.domain.terms import VoidReason, decide
from rooms_core.ports.books import Bets, Books, EntryWriter, SettlementRow
from rooms_core.proofs.canonical import canonical_bytes, canonical_hash
from rooms_core.proofs.receipt import LineDigest, ReceiptFacts, header_record
from rooms_core.proofs.receipt_lines import LineSpeller, Pseudonyms
from rooms_core.result import Err, Ok, Result

_REFERRERS: Final = 10_000
"""How many commissions are booked at a time."""


@dataclass(frozen=True, slots=True)
class AlreadyEnded:
    """Somebody else has settled or voided the room; nothing was done (decision R7)."""

    room: RoomId


@dataclass(frozen=True, slots=True)
class Stuck:
    """A room that could not be moved now; it is tried again on the next tick. `why` is for the operator."""

    room: RoomId
    why: str


async def settle(books: Books, room: Room, resolution: Resolution) -> Result[SettlementRow, AlreadyEnded]:
    """Pay a SETTLING room out on its resolution, or void it where nobody stands against anybody (M5)."""
    late_after_ms = resolution.late_after_ms
    pool = await books.bets.pool_until(room.id, late_after_ms=late_after_ms)
    terms = decide(pool, resolution.winning, room.rules, hosted=room.hosted)
    if isinstance(terms, VoidReason):
        return await void(books, room, terms)
    ended = room.moved(RoomStatus.SETTLED)
    if not await books.rooms.save(ended, was=room.status):
        return Err(AlreadyEnded(room.id))
    writer = await books.journal.write(entries.settle_key(room.id))
    if writer is None:
        return Err(AlreadyEnded(room.id))
    tally: Tally[UserId] = Tally(terms)
    ending = _Ending(room, voided=False)
    async for block in settled_lines(books.bets, room.id, tally, late_after_ms):
        await ending.pay(books, writer, block)
    figures = tally.close()
    await _pay_referrers(books, writer, room.id, tally.commissions)
    await writer.add(list(entries.takings(room.id, figures, host=room.host, commissions={})))
    return Ok(await ending.close(books, writer, figures=figures, reason=None))


async def void(
    books: Books, room: Room, reason: VoidReason, *, evidence: Sequence[str] = ()
) -> Result[SettlementRow, AlreadyEnded]:
    """Give every stake of a room back in full: no takeout, no commissions (I10).

    `evidence` names the records of the reason, for the receipt, where the room has no answer with its own.
    """
    ended = room.moved(RoomStatus.VOIDED)
    if not await books.rooms.save(ended, was=room.status):
        return Err(AlreadyEnded(room.id))
    writer = await books.journal.write(entries.void_key(room.id))
    if writer is None:
        return Err(AlreadyEnded(room.id))
    ending = _Ending(room, voided=True, evidence=evidence)
    async for block in voided_lines(books.bets, room):
        await ending.pay(books, writer, block)
    return Ok(await ending.close(books, writer, figures=None, reason=reason))


async def _pay_referrers(
    books: Books, writer: EntryWriter, room: RoomId, commissions: Mapping[UserId, int]
) -> None:
    """Write and tell what referrers earn, in parts: a large room has as many of them as bettors."""
    waiting = iter(commissions.items())
    while earned := {referrer: Lamports(amount) for referrer, amount in islice(waiting, _REFERRERS)}:
        await writer.add(list(entries.commission(room, earned)))
        kind = EventKind.COMMISSION_EARNED
        await books.outbox.add_new(
            [
                Event(kind=kind, user=referrer, ref=room, facts={"amount": str(amount.value)})
                for referrer, amount in earned.items()
            ]
        )


class _Ending:
    """A room on its way out: postings, receipt lines and notices, block by block."""

    def __init__(self, room: Room, *, voided: bool, evidence: Sequence[str] = ()) -> None:
        self._room = room
        self._voided = voided
        self._evidence = tuple(evidence)
        self._digest = LineDigest()
        self._speller: LineSpeller[UserId] = LineSpeller(Pseudonyms(room.salt), voided=voided)
        self._bettor: UserId | None = None
        self._staked = self._back = self._paid = 0

    async def pay(self, books: Books, writer: EntryWriter, lines: Sequence[Line[UserId]]) -> None:
        """Write one block of lines: their postings, their digest, and a notice for each bettor that is complete."""
        room = self._room.id
        if self._voided:
            postings = [
                posting
                for line in lines
                for posting in entries.refund(room, line.position.bettor, line.position.staked)
            ]
        else:
            postings = entries.lines(room, lines)
        await writer.add(postings)
        self._digest.add_spelled(self._speller.spell(lines))
        await books.outbox.add_new(self._notices(lines))

    async def close(
        self, books: Books, writer: EntryWriter, *, figures: Figures | None, reason: VoidReason | None
    ) -> SettlementRow:
        """Move the balances, write the settlement row and its receipt, and see the pot empty (I12)."""
        room = self._room
        if room.rules.dividend.may_need_subsidy:
            needed = figures.subsidy if figures else ZERO
            ensure(needed <= room.rules.subsidy_max, "I3", f"room {room.id} needs more than was set aside")
            await writer.add(list(entries.return_subsidy(room.id, room.rules.subsidy_max - needed)))
        await writer.close()
        await books.outbox.add_new(self._notice())
        at_ms = await books.now_ms()
        header = header_record(
            receipt_facts(room, at_ms=at_ms, evidence=self._evidence),
            figures=figures,
            reason=reason,
            lines=self._digest.record(),
        )
        row = SettlementRow(
            room=room.id,
            status=RoomStatus.VOIDED if self._voided else RoomStatus.SETTLED,
            figures=figures,
            header=canonical_bytes(header).decode(),
            receipt_hash=canonical_hash(header),
            at_ms=at_ms,
        )
        ensure(await books.settlements.add(row), "I5", f"room {room.id} has been paid before")
        ensure(await books.journal.balance(pot(room.id)) == 0, "I12", f"the pot of room {room.id} is empty")
        return row

    def _notices(self, lines: Sequence[Line[UserId]]) -> list[Event]:
        """Positions of one bettor come one after another, but may lie in two blocks: tell him when all are seen."""
        notices: list[Event] = []
        voided = self._voided
        for line in lines:
            position = line.position
            staked = position.staked.value
            if position.bettor != self._bettor:
                notices += self._notice()
                self._bettor = position.bettor
                self._staked = self._back = self._paid = 0
            self._staked += staked
            self._paid += line.payout.value
            self._back += staked if voided else position.late.value + position.unmatched.value
        return notices

    def _notice(self) -> tuple[Event, ...]:
        if self._bettor is None:
            return ()
        facts = {"staked": str(self._staked), "paid": str(self._paid), "refunded": str(self._back)}
        kind = EventKind.ROOM_VOIDED if self._voided else EventKind.ROOM_SETTLED
        return (Event(kind=kind, user=self._bettor, ref=self._room.id, facts=facts),)


def receipt_facts(room: Room, *, at_ms: int, evidence: tuple[str, ...]) -> ReceiptFacts:
    """What the receipt of a room says besides its figures and lines; `evidence` of a room without an answer."""
    market, answer = room.market, room.resolution
    return ReceiptFacts(
        room=str(room.id),
        outcomes=room.pool.outcomes,
        winning=answer.winning if answer else (),
        rules=room.rules,
        hosted=room.hosted,
        at_ms=at_ms,
        late_after_ms=answer.late_after_ms if answer else None,
        question={
            "instrument": market.instrument,
            "direction": market.direction.value,
            "target": str(market.target),
            "mode": market.mode.value,
        },
        answer={
            "price": str(answer.price),
            "at_ms": str(answer.at_ms),
            "found_by": answer.found_by.value,
        }
        if answer
        else {},
        evidence=answer.evidence if answer else evidence,
    )


async def settled_lines(
    bets: Bets, room: RoomId, tally: Tally[UserId], late_after_ms: int | None
) -> AsyncIterator[list[Line[UserId]]]:
    """The lines of a settled room in blocks, by bettor, then outcome; the tally keeps the sums."""
    excess = tally.terms.excess
    marginal = None if excess is None else await _marginal(bets, room, excess, late_after_ms)
    async for block in bets.positions(room, late_after_ms=late_after_ms, marginal=marginal):
        yield tally.take(block)


async def voided_lines(bets: Bets, room: Room) -> AsyncIterator[list[Line[UserId]]]:
    """The lines of a void room in blocks: nothing is paid, and no referrer has a part in it."""
    late_after_ms = room.resolution.late_after_ms if room.resolution else None
    async for block in bets.positions(room.id, late_after_ms=late_after_ms):
        yield [
            Line(
                Position(
                    bettor=position.bettor,
                    outcome=position.outcome,
                    staked=position.staked,
                    late=position.late,
                ),
                ZERO,
            )
            for position in block
        ]


async def _marginal(bets: Bets, room: RoomId, excess: Excess, late_after_ms: int | None) -> Marginal | None:
    """Where the match refunds end, newest bets first (decision M6): however many go back, only the last is kept."""
    left, last = excess.amount, None
    async for block in bets.newest_first(room, excess.outcome, late_after_ms=late_after_ms):
        if not left:
            break
        for bet, amount in match_refunds(block, left):
            left -= amount
            last = Marginal(outcome=excess.outcome, placed_at_ms=bet.placed_at_ms, bet=bet.id, back=amount)
    return last
