"""Promises of our own. A broken one is a bug: it raises, the unit of work rolls back, and nothing is paid."""

from __future__ import annotations


class InvariantBroken(Exception):
    """One of the rules I1–I19 does not hold. Never caught to go on: only to roll back and to page somebody."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(f"{rule}: {message}")
        self.rule = rule


def ensure(holds: bool, rule: str, message: str) -> None:
    """Raise `InvariantBroken` unless `holds`; `rule` is the invariant's number, such as "I8"."""
    if not holds:
        raise InvariantBroken(rule, message)
