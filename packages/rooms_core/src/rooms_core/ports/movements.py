"""What moved on an account: its history, newest first, and statements over a period, as a bank sends them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from rooms_core.domain.journal import Account, PostingKind
from rooms_core.domain.money import Lamports
from rooms_core.ports.pages import PAGE
from rooms_core.ports.store import StoreFailed
from rooms_core.result import Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """A posting as its owner sees it in his history. `entry` is the key of its entry (a bet's: "bet:<id>")."""

    id: int
    entry: str
    kind: PostingKind
    source: Account
    target: Account
    amount: Lamports
    at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From `since_ms` on, until right before `until_ms`."""

    since_ms: int
    until_ms: int

    def covers(self, at_ms: int) -> bool:
        """Whether a time lies in it."""
        return self.since_ms <= at_ms < self.until_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLine:
    """A movement, and the balance right after it, signed, in lamports."""

    movement: Movement
    balance: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """An account over a period: `opening` + `credited` − `debited` = `closing`, on every page the same.

    `lines` is one page of its movements, oldest first by id; balances are signed, in lamports.
    """

    account: Account
    period: Period
    opening: int
    credited: Lamports
    debited: Lamports
    lines: tuple[StatementLine, ...]

    @property
    def closing(self) -> int:
        """The balance at the end of the period."""
        return self.opening + self.credited.value - self.debited.value


class Movements(Protocol):
    """Reading what moved."""

    async def history(
        self, account: Account, *, before: int | None = None, limit: int = PAGE
    ) -> Result[list[Movement], StoreFailed]:
        """A page of an account's postings, newest first by id."""
        ...

    async def statement(
        self, account: Account, period: Period, *, after: int | None = None, limit: int = PAGE
    ) -> Result[Statement, StoreFailed]:
        """An account over a period, with a page of its movements; `after`: the last movement's id of the page before.

        An account that never moved has an empty statement.
        """
        ...
