"""A settlement as an ORM's users write it: winner by winner, each balance read, locked, changed and flushed."""

from __future__ import annotations

import json
from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from benchmarks.peers.orm_tables import (
    AccountRow,
    BetRow,
    EntryRow,
    OutboxRow,
    PersonRow,
    PostingRow,
    RoomRow,
    SettlementRow,
)
from benchmarks.peers.terms import terms_of
from rooms_core.domain.events import EventKind, bucket_of
from rooms_core.domain.ids import UserId
from rooms_core.domain.journal import BREAKAGE, PROTOCOL, PostingKind
from rooms_core.domain.status import RoomStatus
from rooms_core.domain.wallet import CREDIT_WAIT_MS
from rooms_store.accounts import account_id
from rooms_store.codes import EVENT_KINDS, POSTING_KINDS, ROOM_STATUSES
from rooms_store.tables import account, bet, person, room


def settle_one_by_one(session: Session, room_id: int, *, next_id: Callable[[], int], now_ms: int) -> None:
    """Settle a SETTLING room in the session's unit of work, which the caller commits."""
    found = session.scalars(select(RoomRow).where(room.c.id == room_id).with_for_update()).one()
    if found.status != ROOM_STATUSES.number(RoomStatus.SETTLING):
        raise RuntimeError("the room is not to be settled")
    found.status = ROOM_STATUSES.number(RoomStatus.SETTLED)
    entry_id = next_id()
    session.add(EntryRow(key=f"settle:{room_id}", id=entry_id, at_ms=now_ms))
    terms = terms_of(session.connection(), found)
    paid = commissions = staked = 0
    earned: dict[int, int] = {}

    def pay(kind: PostingKind, target: int, amount: int) -> None:
        """Money from the pot to one account."""
        if not amount:
            return
        to = session.scalars(select(AccountRow).where(account.c.id == target).with_for_update()).one()
        to.balance += amount
        to.version += 1
        if target > 0:
            to.waiting = (to.waiting if to.waits_until_ms > now_ms else 0) + amount
            to.waits_until_ms = now_ms + CREDIT_WAIT_MS
        session.add(
            PostingRow(
                source=room_id,
                id=next_id(),
                target=target,
                amount=amount,
                kind=POSTING_KINDS.number(kind),
                entry_id=entry_id,
                at_ms=now_ms,
            )
        )

    def tell(kind: EventKind, user: int, **facts: str) -> None:
        """A notice for one user."""
        session.add(
            OutboxRow(
                bucket=bucket_of(UserId(user)),
                id=next_id(),
                user_id=user,
                kind=EVENT_KINDS.number(kind),
                ref=room_id,
                facts=json.dumps(facts, separators=(",", ":")),
                tries=0,
                dead=0,
                ended_at_ms=None,
            )
        )

    bettors = session.scalars(
        select(bet.c.account_id).where(bet.c.room_id == room_id).distinct().order_by(bet.c.account_id)
    ).all()
    for bettor in bettors:
        bets = session.scalars(
            select(BetRow).where(bet.c.room_id == room_id, bet.c.account_id == bettor)
        ).all()
        own, won = sum(each.stake for each in bets), 0
        for place in sorted({each.outcome for each in bets}):
            position = sum(each.stake for each in bets if each.outcome == place)
            payout = position * terms.net // terms.winning if place == terms.place else 0
            pay(PostingKind.PAYOUT, bettor, payout)
            won += payout
        staked, paid = staked + own, paid + won
        who = session.scalars(select(PersonRow).where(person.c.id == bettor)).one()
        for referrer, tier in zip((who.ref1, who.ref2, who.ref3), terms.tiers, strict=False):
            if referrer is not None:
                amount = terms.takeout * own * tier // (terms.gross * 10_000)
                earned[referrer] = earned.get(referrer, 0) + amount
        tell(EventKind.ROOM_SETTLED, bettor, staked=str(own), paid=str(won), refunded="0")
    for referrer, amount in earned.items():
        commissions += amount
        pay(PostingKind.COMMISSION, referrer, amount)
        tell(EventKind.COMMISSION_EARNED, referrer, amount=str(amount))
    pay(PostingKind.HOST, found.host, terms.host)
    pay(PostingKind.PROTOCOL, account_id(PROTOCOL), terms.takeout - terms.host - commissions)
    pay(PostingKind.BREAKAGE, account_id(BREAKAGE), terms.net - paid)
    pot = session.scalars(select(AccountRow).where(account.c.id == room_id).with_for_update()).one()
    pot.balance -= staked
    pot.version += 1
    session.add(
        SettlementRow(
            room_id=room_id,
            status=ROOM_STATUSES.number(RoomStatus.SETTLED),
            header="{}",
            receipt_hash="",
            at_ms=now_ms,
            staked=staked,
            late_refunds=0,
            match_refunds=0,
            gross=staked,
            takeout=terms.takeout,
            host=terms.host,
            protocol=terms.takeout - terms.host - commissions,
            commissions=commissions,
            paid=paid,
            breakage=terms.net - paid,
            subsidy=0,
        )
    )
    session.flush()
    if pot.balance:
        raise RuntimeError("the pot is not empty")
