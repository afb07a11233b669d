"""The roles on a real server: each can do its work, and none can rewrite what was written."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from rooms_core.domain.events import BUCKETS
from rooms_core.domain.ids import UserId, WithdrawalId
from rooms_core.domain.journal import OPERATING
from rooms_core.domain.money import Lamports
from rooms_core.domain.status import RoomStatus
from rooms_core.domain.withdrawal import TooLateToCancel, WithdrawalState
from rooms_core.result import Err, Ok
from rooms_core.services.settle_room import SettleRoom
from rooms_core.testing.bookkeeper import Bookkeeper, StoreSilent
from rooms_core.testing.builders import a_bet, a_resolution, a_room, a_user, sols
from rooms_core.testing.clock import NOON_MS, ManualClock
from rooms_core.testing.custody_house import CustodyHouse, value
from rooms_store.bot_guards import GUARDS
from rooms_store.codes import WITHDRAWAL_STATES
from rooms_store.guards import APPEND_ONLY
from rooms_store.migrations import upgrade
from rooms_store.opening import open_books
from rooms_store.role_check import role_findings
from rooms_store.roles import AUDITOR, BOT, ENGINE, ROLES, SIGNER, grant_statements
from rooms_store.statement_runner import run_statements
from rooms_store.tables import metadata
from rooms_store.testing.postgres import PostgresServer
from rooms_store.testing.pretended import pretending_statements

ROOM = a_room(1_000, host=6, status=RoomStatus.SETTLING, resolution=a_resolution("YES"), opened_at_ms=NOON_MS)


@pytest.fixture
async def owned(postgres_server: PostgresServer) -> str:
    """Books whose roles have been granted, twice; the URL of their owner."""
    url = postgres_server.fresh_database()
    await asyncio.to_thread(upgrade, url)
    for _ in range(2):
        assert None is await run_statements(url, grant_statements())
    return url


def login(server: PostgresServer, owned: str, role: str) -> str:
    """The URL of somebody who is a member of a role and nothing else."""
    name = owned.rpartition("/")[2]
    server.sql(f"CREATE ROLE {role}_{name} LOGIN PASSWORD 'pa55' IN ROLE {role}", name)
    user = owned.partition("//")[2].partition("@")[0]
    return owned.replace(user, f"{role}_{name}:pa55")


@pytest.fixture
async def filled(owned: str, clock: ManualClock) -> str:
    """The same with a room that waits to be settled, written by the engine."""
    async with open_books(owned, clock) as store:
        keeper = Bookkeeper(store, clock)
        await keeper.people(2, 4, 6, each=sols("10"))
        await keeper.opened(ROOM, a_bet(102, 2, "YES", sols("2")), a_bet(104, 4, "NO", sols("1")))
        await keeper.funded(OPERATING, sols("1"))
    return owned


async def test_the_rights_are_as_they_are_written_down(owned: str) -> None:
    """`rooms db check` compares them, and finds a right that was given by hand."""
    engine = create_async_engine(owned.replace("postgresql:", "postgresql+asyncpg:"))
    try:
        async with engine.connect() as connection:
            (found,) = await role_findings(connection)
        assert (True, "") == (found.ok, found.advice)

        await run_statements(
            owned, ["GRANT UPDATE ON bet TO rooms_bot", "REVOKE SELECT ON room FROM rooms_auditor"]
        )
        async with engine.connect() as connection:
            (found,) = await role_findings(connection)
        assert "rooms_auditor cannot read room; rooms_bot can rewrite bet" == found.found
        assert "rooms db grant" in found.advice
    finally:
        await run_statements(owned, grant_statements())
        await engine.dispose()


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE attempt DISABLE TRIGGER {0}",
        "ALTER TABLE attempt ENABLE TRIGGER {0}",
        "DROP TRIGGER {0} ON attempt",
        "CREATE OR REPLACE TRIGGER {0} BEFORE INSERT ON attempt FOR EACH ROW EXECUTE FUNCTION {0}()",
        "ALTER FUNCTION {0}() SECURITY DEFINER",
        "CREATE OR REPLACE FUNCTION {0}() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    ],
)
async def test_a_guard_that_is_not_as_it_was_made_is_found(owned: str, statement: str) -> None:
    """Taken off, asleep for replicas, or one of another version: `rooms db grant` makes it again."""
    broken = await run_statements(owned, [statement.format(GUARDS[1])])
    engine = create_async_engine(owned.replace("postgresql:", "postgresql+asyncpg:"))
    try:
        async with engine.connect() as connection:
            (found,) = await role_findings(connection)
        granted = await run_statements(owned, grant_statements())
        async with engine.connect() as connection:
            (again,) = await role_findings(connection)
    finally:
        await engine.dispose()

    assert (None, None) == (broken, granted)
    assert (False, f"{GUARDS[1]} does not guard attempt") == (found.ok, found.found)
    assert again.ok, again.found


@pytest.mark.parametrize("role", ROLES)
async def test_nobody_rewrites_what_was_written(
    postgres_server: PostgresServer, filled: str, role: str
) -> None:
    """No UPDATE, DELETE or TRUNCATE of append-only tables, no guard turned off, no table changed, nothing deleted."""
    connection = await asyncpg.connect(login(postgres_server, filled, role))
    forbidden = ["SET session_replication_role = replica", "SET ROLE rooms", "CREATE TABLE mine (id int)"]
    for table in APPEND_ONLY:
        column = metadata.tables[table].columns.keys()[0]
        forbidden += [
            f"UPDATE {table} SET {column} = {column}",
            f"DELETE FROM {table}",
            f"TRUNCATE {table} CASCADE",
            f"ALTER TABLE {table} DISABLE TRIGGER ALL",
            f"DROP TABLE {table} CASCADE",
        ]
    forbidden += [f"DELETE FROM {table}" for table in metadata.tables]
    try:
        for statement in forbidden:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
    finally:
        await connection.close()


async def test_each_role_does_its_work(
    postgres_server: PostgresServer, owned: str, clock: ManualClock
) -> None:
    """The bot takes bets, the engine settles, the auditor proves; none of them migrates."""
    urls = {role: login(postgres_server, owned, role) for role in ROLES}
    async with (
        open_books(urls[BOT], clock, migrate=False) as bot,
        open_books(urls[ENGINE], clock, migrate=False) as engine,
        open_books(urls[AUDITOR], clock, migrate=False, worker=0) as auditor,
    ):
        await Bookkeeper(engine, clock).people(2, 4, 6, each=sols("10"))
        taken = Bookkeeper(bot, clock)
        await taken.do(lambda books: books.users.add(a_user(8)))
        await taken.opened(ROOM, a_bet(102, 2, "YES", sols("2")), a_bet(104, 4, "NO", sols("1")))
        assert isinstance(await SettleRoom(store=engine)(ROOM.id), Ok)
        notices = await taken.do(
            lambda books: books.outbox.take(range(BUCKETS), 5, now_ms=clock.now_ms(), hide_ms=60_000)
        )
        await taken.do(lambda books: books.outbox.done(notices))
        report = await Bookkeeper(auditor, clock).ask(lambda queries: queries.verify())

        assert (True, 8) == (report.holds, report.postings)
        with pytest.raises(StoreSilent):
            await Bookkeeper(auditor, clock).funded(OPERATING, Lamports(1))


async def test_custody_is_parted_among_the_roles(
    postgres_server: PostgresServer, owned: str, clock: ManualClock
) -> None:
    """The bot asks and cancels, an operator's engine approves, the signer signs."""
    urls = {role: login(postgres_server, owned, role) for role in ROLES}
    async with (
        open_books(urls[BOT], clock, migrate=False) as bot,
        open_books(urls[ENGINE], clock, migrate=False) as engine,
        open_books(urls[SIGNER], clock, migrate=False) as signer,
    ):
        house = CustodyHouse(clock=clock, store=engine)
        house.ids = engine.ids  # type: ignore[assignment]
        house.deposit_address = replace(house.deposit_address, store=bot)
        house.request = replace(house.request, store=bot)
        house.cancel = replace(house.cancel, store=bot)
        house.sign = replace(house.sign, store=signer)
        await house.fund(sols("1"))
        await house.deposit({2: sols("60")})
        await house.sweep(2)
        dropped = await house.ask(2, sols("5"), key="a")
        assert isinstance(await house.cancel(dropped.id, dropped.user), Ok)
        asked = await house.ask(2, sols("20"), key="b")
        await house.decide(asked.id, "ann")
        for _ in range(20):
            house.wait(slots=5)
            await house.reconcile()
            await house.sign()

        assert WithdrawalState.SIGNED == (await house.find(asked.id)).state


async def asked(house: CustodyHouse, *keys: str, amount: str = "0.1") -> list[WithdrawalId]:
    """Withdrawals of one person, in order."""
    return [(await house.ask(2, sols(amount), key=key)).id for key in keys]


async def live_attempt(house: CustodyHouse, withdrawal: WithdrawalId) -> int:
    """The number of the attempt that may still pay, or 0."""
    attempts = await house.do(lambda books: books.withdrawals.attempts(withdrawal))
    return sum(each.number for each in attempts if each.state.live)


async def signing(house: CustodyHouse, *, failing: int = 0) -> None:
    """One round of the signer. `failing`: per cent of what it is asked it does not answer."""
    house.signer.failing = failing
    await house.reconcile()
    await house.sign()


async def test_a_bot_cancels_whenever_a_person_may(
    postgres_server: PostgresServer, owned: str, clock: ManualClock
) -> None:
    """Before anything is signed, while it is being signed, and after proven expiry; never while bytes may land."""
    urls = {role: login(postgres_server, owned, role) for role in ROLES}
    async with (
        open_books(urls[BOT], clock, migrate=False) as bot,
        open_books(urls[ENGINE], clock, migrate=False) as engine,
        open_books(urls[SIGNER], clock, migrate=False) as signer,
    ):
        house = CustodyHouse(clock=clock, store=engine)
        house.ids = engine.ids  # type: ignore[assignment]
        house.request = replace(house.request, store=bot)
        house.cancel = replace(house.cancel, store=bot)
        house.sign = replace(house.sign, store=signer)
        await house.fund(sols("10"))
        await house.deposit({2: sols("60")})
        await house.sweep(2)
        expired, renewed = await asked(house, "expired", "renewed")
        await signing(house)
        house.wait(slots=400)
        await house.send()
        assert WithdrawalState.EXPIRED == (await house.find(expired)).state
        ended = [await house.cancel(expired, UserId(2))]

        (prepared,) = await asked(house, "prepared")
        await signing(house, failing=100)
        (waits,) = await asked(house, "waits", amount="20")
        for each, state, live in (
            (renewed, WithdrawalState.EXPIRED, 2),
            (prepared, WithdrawalState.APPROVED, 1),
            (waits, WithdrawalState.AWAITING_APPROVAL, 0),
        ):
            assert (state, live) == ((await house.find(each)).state, await live_attempt(house, each))
            ended.append(await house.cancel(each, UserId(2)))
            assert not await live_attempt(house, each)
        assert [WithdrawalState.CANCELLED] * 4 == [value(each).state for each in ended]

        (signed,) = await asked(house, "signed")
        await signing(house)
        assert Err(TooLateToCancel(WithdrawalState.SIGNED)) == await house.cancel(signed, UserId(2))
        assert 1 == await live_attempt(house, signed)


ASKED = (
    "INSERT INTO withdrawal (id, user_id, key, amount, destination, source, tier, outflow, policy_hash, "
    "nonce, requested_at_ms, not_before_ms, expires_at_ms, state) "
    "VALUES ({0}, 2, {0}, 5, '', '', 'W0', 0, '', '', 1, 1, 1, {1})"
)
TRIED = (
    "INSERT INTO attempt (withdrawal_id, number, request, approvals, blockhash, last_valid_height, observed_slot, "
    "fee_max, made_at_ms, state, signature, wire) VALUES ({0}, 1, '', '', '', 1, 1, 1, 1, {1}, {2}, {3})"
)


async def forbidden(bot: asyncpg.Connection, *statements: str) -> None:
    """The server refuses each of them to a bot."""
    for statement in statements:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await bot.execute(statement)


async def test_a_bot_moves_a_withdrawal_nowhere_but_to_its_end(
    postgres_server: PostgresServer, owned: str
) -> None:
    """It asks, and cancels what the core lets a person cancel; a trigger looks at the states, for a right cannot."""
    bot = await asyncpg.connect(login(postgres_server, owned, BOT))
    try:
        await forbidden(bot, *(ASKED.format(2, number) for number in range(4, 11)))
        await bot.execute(ASKED.format(2, 3))
        await forbidden(
            bot,
            *(f"UPDATE withdrawal SET state = {number}" for number in range(1, 10)),
            "UPDATE withdrawal SET not_before_ms = 0",
            "UPDATE withdrawal SET amount = 6",
        )
        for state in WithdrawalState:
            number = WITHDRAWAL_STATES.number(state)
            assert None is await run_statements(owned, [f"UPDATE withdrawal SET state = {number}"])
            cancels = "UPDATE withdrawal SET state = 10, reason = 'by_user', ended_at_ms = 7"
            if state.cancellable:
                await bot.execute(cancels)
            else:
                await forbidden(bot, cancels)
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="a bot signs no withdrawal"):
            await bot.execute("UPDATE withdrawal SET state = 1")
    finally:
        await bot.close()


async def test_a_bot_ends_no_attempt_that_may_pay(postgres_server: PostgresServer, owned: str) -> None:
    """Only one without signed bytes whose withdrawal is cancelled; and it writes nothing else of it."""
    prepared, expired = "UPDATE attempt SET state = 1", "UPDATE attempt SET state = 7"
    assert None is await run_statements(owned, [ASKED.format(2, 3), TRIED.format(2, 1, "NULL", "NULL")])
    bot = await asyncpg.connect(login(postgres_server, owned, BOT))
    try:
        await forbidden(
            bot,
            expired,  # the withdrawal goes on
            *(f"UPDATE attempt SET {each.name} = {each.name}" for each in metadata.tables["attempt"].columns),
            TRIED.format(2, 1, "NULL", "NULL"),
            "DELETE FROM attempt",
        )
        async with bot.transaction():
            await bot.execute("UPDATE withdrawal SET state = 10")
            await bot.execute(expired)
        await forbidden(bot, prepared, expired)
        for number in range(2, 7):  # a cancelled withdrawal beside bytes, as it must never be
            assert None is await run_statements(owned, [f"UPDATE attempt SET state = {number}"])
            await forbidden(bot, expired)
        for forged in ("signature = 's', wire = NULL", "signature = NULL, wire = 'w'"):
            assert None is await run_statements(owned, [f"{prepared}, {forged}"])
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="a bot ends no attempt"):
                await bot.execute(expired)
        assert None is await run_statements(owned, [f"{prepared}, signature = NULL, wire = NULL"])
        await forbidden(bot, *(f"UPDATE attempt SET state = {number}" for number in range(1, 7)))
        await bot.execute(expired)
    finally:
        await bot.close()


async def test_a_bot_may_lock_where_tables_are_spread(
    postgres_server: PostgresServer, owned: str, clock: ManualClock
) -> None:
    """There a lock is a write: it may find out that it is so, and write the versions of rooms and accounts."""
    assert None is await run_statements(owned, list(pretending_statements()))
    room = a_room(1_002)
    async with open_books(owned, clock) as store:
        keeper = Bookkeeper(store, clock)
        await keeper.people(2, each=sols("10"))
        await keeper.opened(room)

    async with open_books(login(postgres_server, owned, BOT), clock, migrate=False) as store:
        assert store.batch_max == 2_000
        keeper = Bookkeeper(store, clock)
        assert {room.id} == set(await keeper.do(lambda books: books.rooms.lock([room.id])))
        assert [2] == list(await keeper.do(lambda books: books.journal.wallets([a_user(2).id])))
