"""What a bot may do with a withdrawal: ask for it and cancel it, and say of nothing that it is signed or cannot land.

A right is about columns and cannot look at values, so triggers do. A person may cancel what the core calls cancellable;
an attempt that nobody has signed dies with its withdrawal, in the same unit of work and after it. A bot that could end
signed bytes, or an unsigned attempt of a withdrawal that goes on, could have it paid twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from rooms_core.domain.attempt import AttemptState
from rooms_core.domain.withdrawal import WithdrawalState
from rooms_store.codes import ATTEMPT_STATES, WITHDRAWAL_STATES

GUARDS: Final = ("rooms_bot_signs_nothing", "rooms_bot_ends_nothing_signed")
"""The names of the triggers, and of the functions they call."""

_ASKED: Final = (WithdrawalState.REQUESTED, WithdrawalState.AWAITING_APPROVAL, WithdrawalState.APPROVED)
"""How a withdrawal may begin; what an approval is worth, the signer sees for himself."""
_CANCELLABLE: Final = tuple(state for state in WithdrawalState if state.cancellable)


@dataclass(frozen=True, slots=True)
class Guard:
    """A trigger of one table, before each row that is added or changed. `body` is that of the function it calls."""

    name: str
    table: str
    body: str


def bot_guards(schema: str, *, bot: str, trusted: Sequence[str]) -> tuple[Guard, ...]:
    """The guards of books in a schema (quoted) against a role; who is also one of the `trusted` passes.

    They ask for the roles when they fire, so that books restored where there are none can still be written to.
    """
    signs, ends = GUARDS
    cancelled = WITHDRAWAL_STATES.number(WithdrawalState.CANCELLED)
    asks = f"TG_OP = 'INSERT' AND NEW.state IN ({_listed(WITHDRAWAL_STATES.numbers(_ASKED))})"
    cancels = f"OLD.state IN ({_listed(WITHDRAWAL_STATES.numbers(_CANCELLABLE))}) AND NEW.state = {cancelled}"
    its_withdrawal = f"SELECT w.state FROM {schema}.withdrawal w WHERE w.id = NEW.withdrawal_id"  # noqa: S608 - ours
    dies = (
        f"OLD.state = {ATTEMPT_STATES.number(AttemptState.PREPARED)} AND OLD.signature IS NULL AND OLD.wire IS NULL "
        f"AND NEW.state = {ATTEMPT_STATES.number(AttemptState.EXPIRED)} AND ({its_withdrawal}) = {cancelled}"
    )
    return (
        Guard(signs, "withdrawal", _body(f"{asks} OR {cancels}", "a bot signs no withdrawal", bot, trusted)),
        Guard(ends, "attempt", _body(dies, "a bot ends no attempt that may pay", bot, trusted)),
    )


def guard_statements(schema: str, guards: Sequence[Guard]) -> Iterator[str]:
    """The statements that make the guards; running them again is harmless."""
    for guard in guards:
        name, table = f"{schema}.{guard.name}", f"{schema}.{guard.table}"
        yield f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $${guard.body}$$"
        yield (
            f"CREATE OR REPLACE TRIGGER {guard.name} BEFORE INSERT OR UPDATE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {name}()"
        )
        yield f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {guard.name}"


def _body(allowed: str, refusal: str, bot: str, trusted: Sequence[str]) -> str:
    others = " OR ".join(f"pg_has_role('{role}', 'MEMBER')" for role in trusted)
    return (
        f" BEGIN IF {allowed} THEN RETURN NEW; END IF; "
        f"IF to_regrole('{bot}') IS NULL THEN RETURN NEW; END IF; "
        f"IF pg_has_role('{bot}', 'MEMBER') AND NOT ({others}) THEN "
        f"RAISE EXCEPTION '{refusal}' USING ERRCODE = 'insufficient_privilege'; END IF; "
        "RETURN NEW; END "
    )


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers))
