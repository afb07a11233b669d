"""A double-entry ledger inside the database: one function call moves one amount between two accounts.

Written as such ledgers are: each account has a running balance and a version, a transfer writes one entry for each of
its two sides with the balance before and after, and whoever calls it locks both accounts in the order of their ids.
"""

from __future__ import annotations

from typing import Final

SCHEMA: Final = """
CREATE SCHEMA peer;
CREATE TABLE peer.account (
  id bigint PRIMARY KEY, balance bigint NOT NULL DEFAULT 0, version bigint NOT NULL DEFAULT 0,
  may_be_negative boolean NOT NULL DEFAULT false, updated_at timestamptz NOT NULL DEFAULT now(),
  CHECK (balance >= 0 OR may_be_negative)
) WITH (fillfactor = 50);
CREATE TABLE peer.transfer (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), source bigint NOT NULL REFERENCES peer.account (id),
  target bigint NOT NULL REFERENCES peer.account (id), amount bigint NOT NULL CHECK (amount > 0),
  key text NOT NULL UNIQUE, at timestamptz NOT NULL DEFAULT now(), CHECK (source <> target));
CREATE TABLE peer.entry (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(), account_id bigint NOT NULL REFERENCES peer.account (id),
  transfer_id uuid NOT NULL REFERENCES peer.transfer (id), amount bigint NOT NULL,
  balance_before bigint NOT NULL, balance_after bigint NOT NULL, version bigint NOT NULL,
  at timestamptz NOT NULL DEFAULT now());
CREATE INDEX ON peer.entry (account_id, version);
CREATE INDEX ON peer.entry (transfer_id);
CREATE FUNCTION peer.move(source_id bigint, target_id bigint, moved bigint, with_key text) RETURNS uuid
LANGUAGE plpgsql AS $$
DECLARE
  made uuid;
  from_account peer.account;
  to_account peer.account;
BEGIN
  IF moved <= 0 THEN RAISE EXCEPTION 'an amount is positive'; END IF;
  PERFORM 1 FROM peer.account WHERE id IN (source_id, target_id) ORDER BY id FOR UPDATE;
  INSERT INTO peer.transfer (source, target, amount, key) VALUES (source_id, target_id, moved, with_key)
    ON CONFLICT (key) DO NOTHING RETURNING id INTO made;
  IF made IS NULL THEN RETURN (SELECT id FROM peer.transfer WHERE key = with_key); END IF;
  UPDATE peer.account SET balance = balance - moved, version = version + 1, updated_at = now()
    WHERE id = source_id RETURNING * INTO from_account;
  IF NOT FOUND THEN RAISE EXCEPTION 'no account %', source_id; END IF;
  UPDATE peer.account SET balance = balance + moved, version = version + 1, updated_at = now()
    WHERE id = target_id RETURNING * INTO to_account;
  IF NOT FOUND THEN RAISE EXCEPTION 'no account %', target_id; END IF;
  INSERT INTO peer.entry (account_id, transfer_id, amount, balance_before, balance_after, version) VALUES
    (source_id, made, -moved, from_account.balance + moved, from_account.balance, from_account.version),
    (target_id, made, moved, to_account.balance - moved, to_account.balance, to_account.version);
  RETURN made;
END $$;
"""
"""The whole ledger; amounts in lamports."""

FUND: Final = """
INSERT INTO peer.account (id, balance, may_be_negative) SELECT id, greatest(balance, 0), false FROM account WHERE id > 0
"""
"""The accounts of the books, with their balances, so that both sides pay from the same purses."""

MOVE: Final = "SELECT peer.move($1, $2, $3, $4)"
"""One bet: its stake from the bettor to the room's pot."""

MOVE_MANY: Final = """
SELECT peer.move(s, t, a, k) FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[]) AS each (s, t, a, k)
"""
"""The same for a batch in one statement, one call for each."""
