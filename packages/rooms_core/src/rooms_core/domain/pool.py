"""The pool: how much stands on each outcome. Everything a settlement takes and pays is computed from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rooms_core.domain.market import Outcome
from rooms_core.domain.money import ZERO, Lamports, total


@dataclass(frozen=True, slots=True)
class Pool:
    """Stakes per outcome, in the order of the room's outcomes. Outcomes without stakes count 0.

    Raises ValueError when an outcome is named twice or fewer than two outcomes are named.
    """

    stakes: tuple[tuple[Outcome, Lamports], ...]

    def __post_init__(self) -> None:
        if len({outcome for outcome, _ in self.stakes}) < max(2, len(self.stakes)):
            raise ValueError("a pool has at least two outcomes, each named once")

    @classmethod
    def of(cls, stakes: Mapping[str, Lamports]) -> Pool:
        """A pool from a mapping: `Pool.of({"YES": Lamports(100), "NO": Lamports(50)})`."""
        return cls(tuple((Outcome(outcome), stake) for outcome, stake in stakes.items()))

    @classmethod
    def empty(cls, outcomes: Iterable[Outcome]) -> Pool:
        """A pool in which nobody has staked yet."""
        return cls(tuple((outcome, ZERO) for outcome in outcomes))

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """The names of the outcomes, in order."""
        return tuple(outcome for outcome, _ in self.stakes)

    @property
    def gross(self) -> Lamports:
        """All stakes together."""
        return total(stake for _, stake in self.stakes)

    @property
    def one_sided(self) -> bool:
        """Whether fewer than two outcomes have stakes: nobody stands against anybody (decision M5)."""
        return sum(1 for _, stake in self.stakes if stake) < 2

    def on(self, outcome: Outcome) -> Lamports:
        """The stakes on one outcome. Raises KeyError for an outcome the pool does not have."""
        return dict(self.stakes)[outcome]

    def against(self, outcome: Outcome) -> Lamports:
        """The stakes on all the others."""
        return self.gross - self.on(outcome)

    def plus(self, outcome: Outcome, stake: Lamports) -> Pool:
        """The pool after one more stake."""
        held = self.on(outcome)
        return Pool(
            tuple((name, held + stake if name == outcome else amount) for name, amount in self.stakes)
        )

    def minus(self, outcome: Outcome, stake: Lamports) -> Pool:
        """The pool after a refund."""
        held = self.on(outcome)
        return Pool(
            tuple((name, held - stake if name == outcome else amount) for name, amount in self.stakes)
        )
