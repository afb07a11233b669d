"""The rules themselves: each row of the reference's table is taken or refused, and nothing slips past."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text
from tests.contracts.databases import by_the_rules
from tests.contracts.spread_rules import broken

from rooms_store.engine import open_servers

if TYPE_CHECKING:
    from rooms_store.testing.postgres import PostgresServer

BATCH = (
    "WITH w0 AS (INSERT INTO bet (room_id, id, account_id, outcome, stake, key, placed_at_ms) "
    "SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::smallint[], $5::bigint[], $6::text[], "
    "$7::bigint[]) RETURNING 1), "
    "w1 AS (UPDATE account SET balance = account.balance + given.balance FROM unnest($8::bigint[], $9::bigint[]) "
    "AS given (id, balance) WHERE account.id = given.id RETURNING 1), "
    "w2 AS (INSERT INTO posting (source, id) SELECT * FROM unnest($10::bigint[], $11::bigint[]) RETURNING 1), "
    "w3 AS (UPDATE pool SET total = pool.total + given.total FROM unnest($12::bigint[], $13::bigint[]) "
    "AS given (room_id, total) WHERE pool.room_id = given.room_id RETURNING 1) "
    "SELECT (SELECT count(*) FROM w0), (SELECT count(*) FROM w1), (SELECT count(*) FROM w2), (SELECT count(*) FROM w3)"
)

TAKEN = [
    "SELECT room.id, room.title FROM room WHERE room.id = $1 FOR NO KEY UPDATE",
    "UPDATE account SET version = version + 1 WHERE id = ANY ($1) RETURNING id, balance",
    (
        "UPDATE room SET version = room.version + $1::BIGINT WHERE room.id = ANY ($2) RETURNING room.id, "
        "room.title"
    ),
    "SELECT * FROM outbox WHERE bucket = $1 ORDER BY id LIMIT 5 FOR UPDATE SKIP LOCKED",
    BATCH,
    (
        "INSERT INTO entry (key, id) SELECT * FROM unnest($1::text[], $2::bigint[]) ON CONFLICT DO NOTHING "
        "RETURNING key"
    ),
    (
        "UPDATE account SET balance = account.balance + x.b FROM unnest($1::bigint[], $2::bigint[]) AS x (a, "
        "b) WHERE account.id = x.a"
    ),
    (
        "SELECT bet.* FROM bet, (SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[]) AS g (c0, c1, "
        "c2)) AS a WHERE bet.room_id = a.c0 AND bet.account_id = a.c1 AND bet.key = a.c2"
    ),
    "UPDATE room SET status = $1 WHERE id = $2 AND status = $3 RETURNING id",
    "COPY posting FROM STDIN",
    "COPY (SELECT * FROM posting) TO STDOUT",
    "DECLARE some CURSOR FOR SELECT * FROM posting",
    "CREATE TEMP TABLE staged (id bigint)",
    "SAVEPOINT one",
    "SELECT pg_advisory_xact_lock(7)",
    "SET LOCAL citus.enable_unsafe_triggers TO on",
    (
        "UPDATE account SET balance = account.balance + s.sum FROM (SELECT target, sum(amount) AS sum FROM "
        "posting WHERE source = $1 AND entry_id = $2 GROUP BY 1) AS s WHERE account.id = s.target"
    ),
    (
        "SELECT instrument, state FROM market WHERE instrument = ANY ($1) ORDER BY instrument FOR NO KEY "
        "UPDATE"
    ),
    (
        "INSERT INTO market (instrument, state) VALUES ($1, $2) ON CONFLICT (instrument) DO UPDATE SET state "
        "= excluded.state"
    ),
    "SELECT * FROM posting WHERE target = $1 ORDER BY id DESC LIMIT 20",
    "SELECT pool.total FROM pool JOIN room ON room.id = pool.room_id WHERE room.instrument = $1",
    (
        "SELECT account.id FROM account WHERE id = ANY ($1) AND EXISTS (SELECT * FROM person WHERE person.id "
        "= account.id)"
    ),
    (
        "SELECT bet.id FROM bet LEFT JOIN (SELECT source, id FROM posting) AS p ON p.id = bet.id WHERE p.id "
        "IS NULL"
    ),
    "SELECT * FROM person WHERE id = (SELECT person_id FROM referral_code WHERE code = $1)",
    "SELECT extract(epoch FROM clock_timestamp())",
    (
        "SELECT a.room_id FROM (SELECT room_id, sum(total) AS t FROM pool GROUP BY room_id) AS a LEFT JOIN "
        "(SELECT room_id, sum(stake) AS t FROM bet GROUP BY room_id) AS b ON a.room_id = b.room_id"
    ),
    (
        "INSERT INTO score (user_id, day) SELECT u, 1 FROM (SELECT account_id AS u FROM bet WHERE room_id = "
        "$1 GROUP BY account_id UNION ALL SELECT target FROM posting WHERE source = $2 GROUP BY target) AS "
        "parts ON CONFLICT (user_id, day) DO UPDATE SET rooms = score.rooms + excluded.rooms"
    ),
    "DELETE FROM score",
    "CREATE UNIQUE INDEX one ON bet (room_id, key)",
]

REFUSED = [
    (
        "SELECT id FROM room WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE",
        "row locks over several shards",
    ),
    (
        "SELECT id FROM room WHERE id IN ($1, $2) FOR NO KEY UPDATE",
        "row locks over several shards",
    ),
    (
        "SELECT id, balance FROM account WHERE id = ANY ($1) FOR NO KEY UPDATE",
        "row locks over several shards",
    ),
    (
        "SELECT id FROM room WHERE id = $1 OR id = $2 FOR UPDATE",
        "row locks over several shards",
    ),
    (
        "SELECT * FROM outbox ORDER BY id FOR UPDATE SKIP LOCKED",
        "row locks over several shards",
    ),
    (
        "UPDATE room SET status = 2 WHERE id = $1 RETURNING clock_timestamp()",
        "a volatile function beside a spread table",
    ),
    (
        "UPDATE room SET status = 2 WHERE id = $1 RETURNING now()",
        "a function in RETURNING that is not immutable",
    ),
    (
        "SELECT id, clock_timestamp() FROM room",
        "a volatile function beside a spread table",
    ),
    (
        "INSERT INTO entry (key, id) VALUES ($1, nextval('ids'))",
        "a sequence",
    ),
    (
        "CREATE SEQUENCE ids",
        "a sequence",
    ),
    (
        "CREATE TRIGGER t BEFORE UPDATE ON bet FOR EACH STATEMENT EXECUTE FUNCTION f()",
        "a trigger, without citus.enable_unsafe_triggers",
    ),
    (
        "CREATE UNIQUE INDEX one ON bet (key)",
        "a unique key without the column its table is spread by",
    ),
    (
        "SET lock_timeout = 5",
        "a setting that outlives its unit of work",
    ),
    (
        (
            "SELECT person.* FROM person JOIN referral_code ON referral_code.person_id = person.id WHERE "
            "referral_code.code = $1"
        ),
        "a join of tables that do not lie together",
    ),
    (
        "SELECT bet.id FROM bet LEFT JOIN posting ON posting.id = bet.id",
        "a join of tables that do not lie together",
    ),
    (
        "SELECT bet.id FROM bet JOIN room ON room.id = bet.id",
        "a join of tables that do not lie together",
    ),
    (
        "SELECT bet.id FROM bet, posting WHERE bet.room_id = $1 AND posting.source = $1",
        "a join of tables that do not lie together",
    ),
    (
        (
            "SELECT posting.id FROM posting WHERE NOT EXISTS (SELECT * FROM entry WHERE entry.id = "
            "posting.entry_id)"
        ),
        "a correlated subquery of what lies elsewhere",
    ),
    (
        (
            "SELECT id FROM account WHERE kind = 2 OR EXISTS (SELECT * FROM person WHERE person.id = "
            "account.id)"
        ),
        "a correlated subquery of what lies elsewhere",
    ),
    (
        "SELECT id, (SELECT max(id) FROM bet) FROM posting",
        "a subquery in the list of answers of a spread table",
    ),
    (
        "SELECT bet.id FROM (SELECT id FROM posting LIMIT 5) AS p LEFT JOIN bet ON bet.id = p.id",
        "an outer join that keeps what does not lie on the shards",
    ),
    (
        "UPDATE account SET balance = 0 FROM bet WHERE bet.account_id = account.id",
        "a join of tables that do not lie together",
    ),
    (
        "UPDATE market SET state = 'x' FROM room WHERE room.instrument = market.instrument",
        "a change of a table that is not spread, by one that is",
    ),
    (
        "UPDATE room SET id = $1 WHERE id = $2",
        "a change of the column its table is spread by",
    ),
    (
        "INSERT INTO bet (id) VALUES ($1)",
        "a row without the column its table is spread by",
    ),
    (
        "INSERT INTO bet (room_id, id) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING",
        "ON CONFLICT without the column its table is spread by",
    ),
    (
        "INSERT INTO bet (room_id, id) VALUES ($1, (SELECT max(id) FROM bet))",
        "a subquery among the values of a new row",
    ),
    (
        (
            "INSERT INTO score (user_id, day) VALUES ($1, $2) ON CONFLICT (user_id, day) DO UPDATE SET "
            "user_id = excluded.user_id"
        ),
        "a change of the column its table is spread by",
    ),
    (
        (
            "INSERT INTO score (user_id, day) VALUES (1, 2) ON CONFLICT (user_id, day) DO UPDATE SET rooms = "
            "(SELECT 1)"
        ),
        "a subquery in ON CONFLICT",
    ),
    (
        "WITH RECURSIVE up AS (SELECT id, ref1 FROM person) SELECT * FROM up",
        "WITH RECURSIVE over a spread table",
    ),
    (
        "WITH a AS (SELECT id FROM room FOR UPDATE) SELECT * FROM a",
        "row locks over several shards",
    ),
    (
        "SELECT sum(total) FROM pool GROUP BY CUBE (room_id, outcome)",
        "grouping sets over several shards",
    ),
    (
        "LOCK TABLE bet",
        "a statement that cannot be read",
    ),
    (
        "MERGE INTO room USING bet ON room.id = bet.room_id WHEN MATCHED THEN DELETE",
        "a statement nobody has tried there: MERGE",
    ),
]


@pytest.mark.parametrize("statement", TAKEN)
def test_what_runs_there_is_taken(statement: str) -> None:
    """The rows of the reference's table that work, and what is built of them."""
    assert broken(statement) is None


@pytest.mark.parametrize("statement, rule", REFUSED)
def test_what_does_not_run_there_is_refused(statement: str, rule: str) -> None:
    """The rows that fail, each by the rule it breaks."""
    assert broken(statement) == rule


def test_parameters_tell_whether_two_places_are_one_shard() -> None:
    """The same value twice is one shard, two values are two."""
    statement = "SELECT 1 FROM room, bet WHERE room.id = $1 AND bet.room_id = $2 FOR UPDATE"

    assert broken(statement, [4, 4]) is None
    assert broken(statement, [4, 6]) == "row locks over several shards"


def test_triggers_are_taken_where_they_were_allowed() -> None:
    """As a migration and the spreading of the tables allow them."""
    trigger = "CREATE TRIGGER t BEFORE UPDATE ON bet FOR EACH STATEMENT EXECUTE FUNCTION f()"

    assert broken(trigger, triggers=True) is None


async def test_a_statement_that_is_sent_is_judged(postgres_server: PostgresServer) -> None:
    """What the contract tests run is stopped before the server has it; outside of them nothing is."""
    statement = text("SELECT 1 FROM room FOR UPDATE")
    engines = open_servers(postgres_server.fresh_database())
    async with engines.writer.connect() as connection:
        await connection.execute(text("CREATE TEMPORARY TABLE room (id bigint)"))
        with by_the_rules(), pytest.raises(AssertionError, match="row locks over several shards"):
            await connection.execute(statement)
        assert [] == list(await connection.execute(statement))
    await engines.close()
