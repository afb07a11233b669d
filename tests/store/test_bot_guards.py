"""What a bot may do with a withdrawal, as it is written down; `test_bot_cancels` tries it on a server."""

from __future__ import annotations

from rooms_core.domain.withdrawal import WithdrawalState
from rooms_store.bot_guards import GUARDS, bot_guards, guard_statements
from rooms_store.codes import WITHDRAWAL_STATES

SIGNS, ENDS = bot_guards('"books"', bot="the_bot", trusted=("one", "other"))


def test_a_bot_cancels_what_the_core_lets_a_person_cancel() -> None:
    """The states stand in the trigger as the core has them now."""
    numbers = WITHDRAWAL_STATES.numbers(state for state in WithdrawalState if state.cancellable)

    assert f"OLD.state IN ({', '.join(map(str, numbers))}) AND NEW.state = 10" in SIGNS.body


def test_an_attempt_ends_only_with_its_withdrawal() -> None:
    """The trigger looks at the withdrawal, in the schema of the books whatever the session's path is."""
    assert 'FROM "books".withdrawal w WHERE w.id = NEW.withdrawal_id' in ENDS.body


def test_guards_fire_always_and_for_the_bot_alone() -> None:
    """Under `session_replication_role = replica` too; who is trusted passes."""
    statements = list(guard_statements('"books"', (SIGNS, ENDS)))

    assert GUARDS == (SIGNS.name, ENDS.name)
    assert 2 == sum("ENABLE ALWAYS TRIGGER" in each for each in statements)
    for guard in (SIGNS, ENDS):
        assert "NOT (pg_has_role('one', 'MEMBER') OR pg_has_role('other', 'MEMBER'))" in guard.body
