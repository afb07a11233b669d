"""One case of `rooms pool settle`: a decoded JSON object in, the answer object or what is malformed out.

The door is strict: every key is known, stakes are canonical decimal strings, rates are JSON integers, and what is
judged are the rules as they stand once the overrides are laid over the preset. Three readings of the plan:
a `dividend_step_bps` of 0 is malformed (0 divides nothing), a `dividend_min_bps` of 0 means no minimum, an empty
`dividend_ladder` means no ladder; so a preset's minimum can be switched off, and its step only be made finer (1).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypeAlias, TypeVar

from rooms_cli.json_cases import Malformed, quoted
from rooms_core.domain.dividend import DeadHeat
from rooms_core.domain.fees import TakeoutBase
from rooms_core.domain.market import Outcome
from rooms_core.domain.money import BPS_WHOLE, STORED_MAX, Lamports
from rooms_core.domain.rules import PRESETS, HouseRules
from rooms_core.domain.settlement import Stake, Voided, settle, void
from rooms_core.domain.terms import VoidReason
from rooms_core.result import Err, Ok, Result

Answer: TypeAlias = dict[str, Any]
"""An answer as JSON: amounts are decimal strings in the smallest unit."""

_CASE: Final = ("bets", "winning", "void", "rules")
_BET: Final = ("bettor", "outcome", "stake")
_STAKE: Final = re.compile(r"[1-9][0-9]{0,18}", re.ASCII)

E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolCase:
    """A well-formed case. `requested`: void it whatever won; `limited`: whether a match limit was given, 0 too."""

    stakes: tuple[Stake[str], ...]
    winning: tuple[Outcome, ...]
    requested: bool
    rules: HouseRules
    limited: bool


class _MalformedError(Exception):
    """Leaves the reader at the first thing that is wrong; never leaves this file."""


def pool_line(value: Mapping[str, object]) -> Result[Answer, Malformed]:
    """Read one case and answer it."""
    match read_case(value):
        case Err() as refused:
            return refused
        case Ok(case):
            return Ok(answer(case))


def read_case(value: Mapping[str, object]) -> Result[PoolCase, Malformed]:
    """Read one case, or say where it is malformed."""
    try:
        _known(value, "the case", _CASE)
        rules, limited = _rules(value.get("rules", {}))
        requested = _requested(value)
        if "winning" not in value and not requested:
            raise _MalformedError('neither "winning" nor "void" is given')
        return Ok(
            PoolCase(
                stakes=tuple(_stakes(value.get("bets"))),
                winning=_winning(value.get("winning", [])),
                requested=requested,
                rules=rules,
                limited=limited,
            )
        )
    except _MalformedError as wrong:
        return Err(Malformed(str(wrong)))


def answer(case: PoolCase) -> Answer:
    """Settle or void a case; every answer has all keys, `match_refunds` only where a match limit was given."""
    done = (
        void(case.stakes, VoidReason.REQUESTED)
        if case.requested
        else settle(case.stakes, case.winning, case.rules)
    )
    if isinstance(done, Voided):
        state, reason, payouts = "VOIDED", done.reason.value, {}
        shown = _amounts(done.staked.value, 0, 0, 0, 0, 0, 0)
    else:
        state, reason, payouts = "SETTLED", None, dict(done.payouts)
        sums = done.figures
        amounts = (sums.gross, sums.takeout, sums.host, sums.protocol, sums.breakage, sums.subsidy)
        shown = _amounts(*(each.value for each in amounts), sums.match_refunds.value)
    if not case.limited:
        del shown["match_refunds"]
    return {
        "state": state,
        "reason": reason,
        **shown,
        "payouts": {bettor: str(amount.value) for bettor, amount in payouts.items()},
        "refunds": {bettor: str(amount.value) for bettor, amount in done.refunds.items()},
    }


def _amounts(*values: int) -> Answer:
    names = ("gross", "takeout", "host", "protocol", "breakage", "subsidy", "match_refunds")
    return {name: str(value) for name, value in zip(names, values, strict=True)}


def _stakes(bets: object) -> Iterable[Stake[str]]:
    found = _list(bets, "bets")
    if not found:
        raise _MalformedError("bets is empty")
    for position, bet in enumerate(found):
        where = f"bets[{position}]"
        fields = _known(bet, where, _BET)
        for name in _BET:
            if name not in fields:
                raise _MalformedError(f"{where} has no {name}")
        yield Stake(
            _text(fields["bettor"], f"{where}.bettor"),
            Outcome(_text(fields["outcome"], f"{where}.outcome")),
            _stake(fields["stake"], f"{where}.stake"),
        )


def _winning(value: object) -> tuple[Outcome, ...]:
    names = [_text(each, f"winning[{position}]") for position, each in enumerate(_list(value, "winning"))]
    if len(set(names)) < len(names):
        raise _MalformedError("winning names an outcome twice")
    return tuple(Outcome(name) for name in names)


def _requested(value: Mapping[str, object]) -> bool:
    if "void" not in value:
        return False
    _text(value["void"], "void")
    return True


def _rules(value: object) -> tuple[HouseRules, bool]:
    """The rules, and whether a match limit is among the overrides: else it is off here, whatever the preset says."""
    read: dict[str, Callable[[object, str], Any]] = {
        "takeout_bps": _integer,
        "host_bps": _integer,
        "takeout_base": lambda given, where: _name(given, where, TakeoutBase),
        "dividend_step_bps": _step,
        "dividend_min_bps": _integer,
        "dividend_ladder": _ladder,
        "match_limit": _integer,
        "dead_heat": lambda given, where: _name(given, where, DeadHeat),
    }
    given = _known(value, "rules", ("preset", *read))
    preset = given.get("preset", "rooms")
    if not isinstance(preset, str) or preset not in PRESETS:
        raise _MalformedError(f"rules.preset is none of {', '.join(PRESETS)}")
    overrides = {name: reader(given[name], f"rules.{name}") for name, reader in read.items() if name in given}
    try:
        return HouseRules.preset(preset, **{"match_limit": 0, **overrides}), "match_limit" in overrides
    except ValueError as wrong:
        raise _MalformedError(f"rules: {wrong}") from None


def _step(value: object, where: str) -> int:
    step = _integer(value, where)
    if step < 1 or BPS_WHOLE % step:
        raise _MalformedError(f"{where} does not divide 10,000")
    return step


def _ladder(value: object, where: str) -> tuple[tuple[int, int], ...]:
    rows = []
    for position, row in enumerate(_list(value, where)):
        pair = _list(row, f"{where}[{position}]")
        if len(pair) != 2:
            raise _MalformedError(f"{where}[{position}] is no pair of [up to, pays]")
        up_to, pays = (_integer(each, f"{where}[{position}]") for each in pair)
        rows.append((up_to, pays))
    return tuple(rows)


def _stake(value: object, where: str) -> Lamports:
    if not isinstance(value, str) or _STAKE.fullmatch(value) is None or int(value) > STORED_MAX:
        raise _MalformedError(f"{where} is no whole number in a string, from 1 to {STORED_MAX}")
    return Lamports(int(value))


def _name(value: object, where: str, kind: type[E]) -> E:
    if not isinstance(value, str) or value not in {each.value for each in kind}:
        raise _MalformedError(f"{where} is none of {', '.join(kind)}")
    return kind(value)


def _integer(value: object, where: str) -> int:
    if type(value) is not int:  # True is an int to Python, and 300.0 equals 300
        raise _MalformedError(f"{where} is no JSON integer")
    return value


def _text(value: object, where: str) -> str:
    """A name that can be written as UTF-8: half of a surrogate pair cannot."""
    if not isinstance(value, str) or not value:
        raise _MalformedError(f"{where} is no text, or empty")
    if any("\ud800" <= letter <= "\udfff" for letter in value):
        raise _MalformedError(f"{where} holds half of a surrogate pair")
    return value


def _list(value: object, where: str) -> list[object]:
    if not isinstance(value, list):
        raise _MalformedError(f"{where} is no list")
    return value


def _known(value: object, where: str, keys: tuple[str, ...]) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise _MalformedError(f"{where} is no object")
    for key in value:
        if key not in keys:
            raise _MalformedError(f"{where} has an unknown key {quoted(key)}")
    return value
