"""A settlement all in SQL: numeric arithmetic, INSERT … SELECT, balances last. Nothing leaves the database.

`receipt` adds what a settlement of ROOMS leaves behind besides money: a line for each position with the pseudonyms
of its bettor and his referrers (HMAC), and the SHA-256 over all lines. Without it this is what a house without
receipts would run.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from benchmarks.peers.terms import terms_of
from rooms_core.domain.events import EventKind
from rooms_core.domain.journal import BREAKAGE, PROTOCOL, PostingKind
from rooms_core.domain.status import RoomStatus
from rooms_core.domain.wallet import CREDIT_WAIT_MS
from rooms_store.accounts import account_id
from rooms_store.codes import EVENT_KINDS, POSTING_KINDS, ROOM_STATUSES
from rooms_store.rows import outcomes_of
from rooms_store.tables import room

_POSITIONS: Final = """
CREATE TEMPORARY TABLE line ON COMMIT DROP AS
SELECT account_id, outcome, sum(stake)::bigint AS staked,
  CASE WHEN outcome = :place THEN div(sum(stake) * CAST(:net AS numeric), CAST(:winning AS numeric))::bigint
    ELSE 0 END AS payout
FROM bet WHERE room_id = :room GROUP BY account_id, outcome
"""
_PAYOUTS: Final = """
INSERT INTO posting (source, id, target, amount, kind, entry_id, at_ms)
SELECT :room, CAST(:base AS bigint) + 2 * row_number() OVER (ORDER BY account_id, outcome), account_id, payout, :kind,
  :entry, :now
FROM line WHERE payout > 0
"""
_COMMISSIONS: Final = """
INSERT INTO posting (source, id, target, amount, kind, entry_id, at_ms)
SELECT :room, CAST(:base AS bigint) + 2 * row_number() OVER (ORDER BY ref), ref,
  sum(earned)::bigint, :kind, :entry, :now
FROM (
  SELECT ref, div(CAST(:takeout AS numeric) * staked * tier, CAST(:gross AS numeric) * 10000) AS earned
  FROM (SELECT account_id, sum(staked) AS staked FROM line GROUP BY account_id) AS each
  JOIN person ON person.id = account_id
  CROSS JOIN LATERAL (VALUES (ref1, CAST(:tier1 AS numeric)), (ref2, CAST(:tier2 AS numeric)),
    (ref3, CAST(:tier3 AS numeric))) AS above (ref, tier)
  WHERE ref IS NOT NULL
) AS levels GROUP BY ref HAVING sum(earned) > 0
"""
_TAKINGS: Final = """
INSERT INTO posting (source, id, target, amount, kind, entry_id, at_ms)
SELECT :room, CAST(:base AS bigint) + 2 * row_number() OVER (), target, amount, kind, :entry, :now
FROM unnest(CAST(:targets AS bigint[]), CAST(:amounts AS bigint[]), CAST(:kinds AS smallint[]))
  AS each (target, amount, kind)
WHERE amount > 0
"""
_NOTICES: Final = """
INSERT INTO outbox (bucket, id, user_id, kind, ref, facts, tries, dead, ended_at_ms)
SELECT hashint8(account_id) & 63, CAST(:base AS bigint) + 2 * row_number() OVER (ORDER BY account_id),
  account_id, :kind, :room, '{"staked":"' || sum(staked) || '","paid":"' || sum(payout) || '","refunded":"0"}',
  0, 0, NULL
FROM line GROUP BY account_id
"""
_EARNED: Final = """
INSERT INTO outbox (bucket, id, user_id, kind, ref, facts, tries, dead, ended_at_ms)
SELECT hashint8(target) & 63, CAST(:base AS bigint) + 2 * row_number() OVER (ORDER BY target), target, :kind, :room,
  '{"amount":"' || amount || '"}', 0, 0, NULL
FROM posting WHERE source = :room AND kind = :commission
"""
_LOCK: Final = """
SELECT count(*) FROM (
  SELECT 1 FROM account WHERE id IN (SELECT target FROM posting WHERE source = :room) ORDER BY id FOR NO KEY UPDATE
) AS held
"""
_CREDIT: Final = """
UPDATE account SET balance = balance + credit, version = version + 1,
  waiting = CASE WHEN kind = 1 THEN (CASE WHEN waits_until_ms > :now THEN waiting ELSE 0 END) + credit
    ELSE waiting END,
  waits_until_ms = CASE WHEN kind = 1 THEN :until ELSE waits_until_ms END
FROM (
  SELECT target, sum(amount)::bigint AS credit FROM posting WHERE source = :room AND entry_id = :entry GROUP BY target
) AS sums WHERE id = target
"""
_DEBIT: Final = """
UPDATE account SET version = version + 1,
  balance = balance - (SELECT sum(amount)::bigint FROM posting WHERE source = :room AND entry_id = :entry)
WHERE id = :room RETURNING balance
"""
_DIGEST: Final = """
WITH pad AS (
  SELECT string_agg(set_byte('\\x00', 0, get_byte(key, at) # 54), '' ORDER BY at) AS inner_pad,
    string_agg(set_byte('\\x00', 0, get_byte(key, at) # 92), '' ORDER BY at) AS outer_pad
  FROM (SELECT CAST(:salt AS bytea) || decode(repeat('00', 48), 'hex') AS key) AS padded, generate_series(0, 63) AS at
), named AS MATERIALIZED (
  SELECT id, left(encode(sha256(outer_pad || sha256(inner_pad || convert_to(id::text, 'UTF8'))), 'hex'), 16) AS name
  FROM pad, (
    SELECT account_id AS id FROM line UNION
    SELECT unnest(ARRAY[ref1, ref2, ref3]) FROM person WHERE id IN (SELECT account_id FROM line)
  ) AS everybody WHERE id IS NOT NULL
)
SELECT count(*), encode(sha256(convert_to(string_agg(
  '{"bettor":"' || own.name || '","late":"0","outcome":"' || (CAST(:outcomes AS text[]))[outcome + 1]
  || '","payout":"' || payout || '","refund":"0","staked":"' || staked || '","uplines":['
  || concat_ws(',', '"' || one.name || '"', '"' || two.name || '"', '"' || three.name || '"') || ']}' || chr(10),
  '' ORDER BY account_id, outcome), 'UTF8')), 'hex')
FROM line JOIN person ON person.id = account_id JOIN named AS own ON own.id = account_id
LEFT JOIN named AS one ON one.id = ref1 LEFT JOIN named AS two ON two.id = ref2
LEFT JOIN named AS three ON three.id = ref3
"""


async def settle_in_sql(
    connection: AsyncConnection, room_id: int, *, base: int, now_ms: int, receipt: bool
) -> str | None:
    """Settle a SETTLING room in the unit of work of `connection`; answers the digest of its lines if asked for.

    `base` is an even number from which on ids are free.
    """
    row = (
        await connection.execute(
            select(room).where(room.c.id == bindparam("room")).with_for_update(key_share=True),
            {"room": room_id},
        )
    ).one()
    terms = await connection.run_sync(lambda sync: terms_of(sync, row))
    bases = [base + step * 4_000_000 for step in range(1, 6)]
    entry = base

    async def run(statement: str, **values: Any) -> Any:
        return await connection.execute(text(statement), values)

    settled = ROOM_STATUSES.number(RoomStatus.SETTLED)
    await run("UPDATE room SET status = :status WHERE id = :room", status=settled, room=room_id)
    await run(
        "INSERT INTO entry (key, id, at_ms) VALUES (:key, :id, :now)",
        key=f"settle:{room_id}",
        id=entry,
        now=now_ms,
    )
    await run(_POSITIONS, room=room_id, place=terms.place, net=terms.net, winning=terms.winning)
    await run("ANALYZE line")
    common = {"room": room_id, "entry": entry, "now": now_ms}
    await run(_PAYOUTS, **common, base=bases[0], kind=POSTING_KINDS.number(PostingKind.PAYOUT))
    tiers = dict(zip(("tier1", "tier2", "tier3"), (*terms.tiers, 0, 0, 0), strict=False))
    commission = POSTING_KINDS.number(PostingKind.COMMISSION)
    await run(
        _COMMISSIONS,
        **common,
        **tiers,
        base=bases[1],
        kind=commission,
        takeout=terms.takeout,
        gross=terms.gross,
    )
    sums = "SELECT coalesce(sum(amount) FILTER (WHERE kind = :commission), 0)::bigint, sum(amount)::bigint FROM posting"
    commissions, out = (await run(f"{sums} WHERE source = :room", room=room_id, commission=commission)).one()
    paid = out - commissions
    protocol, breakage = terms.takeout - terms.host - commissions, terms.net - paid
    await run(
        _TAKINGS,
        **common,
        base=bases[2],
        targets=[row.host or 0, account_id(PROTOCOL), account_id(BREAKAGE)],
        amounts=[terms.host, protocol, breakage],
        kinds=[
            POSTING_KINDS.number(each)
            for each in (PostingKind.HOST, PostingKind.PROTOCOL, PostingKind.BREAKAGE)
        ],
    )
    told = EVENT_KINDS.number(EventKind.ROOM_SETTLED)
    await run(_NOTICES, room=room_id, base=bases[3], kind=told)
    earned = EVENT_KINDS.number(EventKind.COMMISSION_EARNED)
    await run(_EARNED, room=room_id, base=bases[4], kind=earned, commission=commission)
    digest = None
    if receipt:
        names = list(outcomes_of(row.outcomes))
        digest = (await run(_DIGEST, salt=bytes(row.salt), outcomes=names)).one()[1]
    await run(_LOCK, room=room_id)
    await run(_CREDIT, room=room_id, entry=entry, now=now_ms, until=now_ms + CREDIT_WAIT_MS)
    left = (await run(_DEBIT, room=room_id, entry=entry)).scalar_one()
    if left:
        raise RuntimeError(f"{left} lamports stay in the pot")
    await run(
        "INSERT INTO settlement (room_id, status, header, receipt_hash, at_ms, staked, late_refunds, match_refunds, "
        "gross, takeout, host, protocol, commissions, paid, breakage, subsidy) VALUES (:room, :status, '{}', :hash, "
        ":now, :gross, 0, 0, :gross, :takeout, :host, :protocol, :commissions, :paid, :breakage, 0)",
        room=room_id,
        status=settled,
        hash=digest or "",
        now=now_ms,
        gross=terms.gross,
        takeout=terms.takeout,
        host=terms.host,
        protocol=protocol,
        commissions=commissions,
        paid=paid,
        breakage=breakage,
    )
    return digest
