"""Amounts and pools as they are typed: `--stake 10`, `--pool YES=100 --pool NO=50`."""

from __future__ import annotations

from collections.abc import Sequence

from rooms_cli.errors import usage
from rooms_core.domain.money import STORED_MAX, Lamports, parse_sol, sol
from rooms_core.domain.pool import Pool
from rooms_core.result import Err, Ok


def amount(option: str, text: str) -> Lamports:
    """An amount of SOL given with an option; at most what one stake may be."""
    match parse_sol(text):
        case Err():
            raise usage(
                f"{option} {text} is no amount of SOL.",
                hint="Write digits with at most 9 decimals, such as 10 or 0.001: no sign, no comma, no exponent.",
            )
        case Ok(found) if found.value > STORED_MAX:
            raise usage(
                f"{option} {text} is more than one stake can be.",
                hint=f"The most is {sol(Lamports(STORED_MAX))}.",
            )
        case Ok(found):
            return found


def pool_of(pairs: Sequence[str]) -> Pool:
    """A pool from texts such as `YES=100`."""
    stakes: dict[str, Lamports] = {}
    for pair in pairs:
        outcome, equals, text = pair.rpartition("=")
        if not equals or not outcome:
            raise usage(f"--pool {pair} is no OUTCOME=SOL.", hint="Write it like --pool YES=100.")
        if outcome in stakes:
            raise usage(
                f"--pool names {outcome} twice.", hint="Give each outcome once, with all that stands on it."
            )
        stakes[outcome] = amount(f"--pool {outcome}", text)
    if len(stakes) < 2:
        raise usage(
            "A pool has at least two outcomes.", hint="Give --pool once for each; one without stakes is NO=0."
        )
    return Pool.of(stakes)
