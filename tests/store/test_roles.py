"""Who may do what: the rights as they are written down."""

from __future__ import annotations

import pytest

from rooms_store.guards import APPEND_ONLY
from rooms_store.roles import (
    ADDED,
    AUDITOR,
    BOT,
    CHANGED,
    ENGINE,
    ROLES,
    SIGNER,
    grant_statements,
    guards,
    quote,
    rights,
)
from rooms_store.tables import metadata


def test_every_table_either_changes_or_is_only_added_to() -> None:
    """A table that is new in the books is put on one of the two lists before anybody may write to it."""
    assert set(metadata.tables) == {*ADDED, *CHANGED}
    assert set(APPEND_ONLY) <= set(ADDED)
    for table, columns in CHANGED.items():
        assert set(columns) <= set(metadata.tables[table].columns.keys())
        assert not set(columns) & set(metadata.tables[table].primary_key.columns.keys())


@pytest.mark.parametrize("role", ROLES)
def test_nobody_changes_what_is_append_only(role: str) -> None:
    """Not a column of it, whoever asks; and no statement gives the right to delete or to empty."""
    assert [] == [right.table for right in rights(role) if right.table in APPEND_ONLY and right.columns]
    assert not any(
        verb in statement
        for statement in grant_statements()
        for verb in ("GRANT DELETE", "TRUNCATE", "GRANT ALL")
    )


def test_each_process_has_what_it_needs_and_no_more() -> None:
    """The engine moves money, the bot signs nothing, the signer bets nothing, the auditor writes nothing."""
    adds = {role: {right.table for right in rights(role) if right.insert} for role in ROLES}
    changes = {role: {right.table for right in rights(role) if right.columns} for role in ROLES}

    assert (set(metadata.tables), set(CHANGED)) == (adds[ENGINE], changes[ENGINE])
    assert (
        not {"attempt", "decision", "deposit", "settlement", "evidence", "instrument", "solvency"} & adds[BOT]
    )
    assert "deposit" not in changes[BOT]
    assert [("state",)] == [right.columns for right in rights(BOT) if right.table == "attempt"]
    assert {"attempt", "entry", "posting", "outbox", "lease", "fence"} == adds[SIGNER]
    assert {"attempt", "withdrawal", "account", "lease", "fence"} == changes[SIGNER]
    assert (set(), set()) == (adds[AUDITOR], changes[AUDITOR])


def test_a_name_is_quoted_whatever_is_in_it() -> None:
    """A schema's name is the operator's."""
    assert '"odd""one"' == quote('odd"one')
    assert any('IN SCHEMA "odd""one"' in each for each in grant_statements('odd"one'))


def test_what_a_bot_may_change_of_custody_is_guarded() -> None:
    """By a trigger on each table, made after the right was given; none is left out where rights are written again."""
    statements = grant_statements("odd")

    assert {"withdrawal", "attempt"} == {guard.table for guard in guards("odd")}
    for guard in guards("odd"):
        assert f'ALTER TABLE "odd".{guard.table} ENABLE ALWAYS TRIGGER {guard.name}' in statements
        assert any(guard.body in each and "CREATE OR REPLACE FUNCTION" in each for each in statements)


def test_roles_of_others_have_no_rights_here() -> None:
    """Only ours are known."""
    with pytest.raises(KeyError):
        rights("postgres")
