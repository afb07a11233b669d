"""A batch written by one statement, without looking at any of its bets: the limit of this schema on this machine."""

from __future__ import annotations

from typing import Final

WRITE: Final = """
WITH asked AS (
  SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::smallint[], $5::bigint[], $6::text[])
    AS each (room_id, id, account_id, outcome, stake, key)
), placed AS (
  INSERT INTO bet (room_id, id, account_id, outcome, stake, key, placed_at_ms)
  SELECT room_id, id, account_id, outcome, stake, key, $7 FROM asked RETURNING 1
), posted AS (
  INSERT INTO posting (source, id, target, amount, kind, entry_id, at_ms)
  SELECT account_id, id, room_id, stake, $8, id, $7 FROM asked RETURNING 1
), moved AS (
  UPDATE account SET balance = balance + change, version = version + 1 FROM (
    SELECT id, sum(change)::bigint AS change FROM (
      SELECT account_id AS id, -stake AS change FROM asked UNION ALL SELECT room_id, stake FROM asked
    ) AS ends GROUP BY id
  ) AS sums WHERE account.id = sums.id RETURNING 1
)
UPDATE pool SET total = total + stakes, bets = bets + number FROM (
  SELECT room_id, outcome, sum(stake)::bigint AS stakes, count(*) AS number FROM asked GROUP BY room_id, outcome
) AS sums WHERE pool.room_id = sums.room_id AND pool.outcome = sums.outcome AND pool.shard = 0
"""
"""Arrays of room, bet, bettor, place of the outcome, stake and key; the time in ms; the number of a stake's kind."""
