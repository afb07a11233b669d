"""One room of a story: what happens in it, and whether what is claimed of it holds. `story` tells the language."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from rooms_core.domain.dividend import DeadHeat
from rooms_core.domain.fees import TakeoutBase
from rooms_core.domain.market import Outcome
from rooms_core.domain.money import ZERO, Bps, Lamports, parse_sol, sol
from rooms_core.domain.referral import LEVELS_MAX, ReferralTiers
from rooms_core.domain.rules import HouseRules
from rooms_core.domain.settlement import Settlement, Stake, Voided, settle, void
from rooms_core.domain.terms import VoidReason
from rooms_core.result import Err

FIGURES: Final = (
    "staked",
    "late refunds",
    "match refunds",
    "gross",
    "takeout",
    "commissions",
    "paid",
    "breakage",
    "subsidy",
)
_RESERVED: Final = frozenset(
    {"room", "host", "protocol", "late", "settle", "void", "settled", "voided", *FIGURES}
)
_MOMENT: Final = re.compile(r"@([0-9]+)(?:\.([0-9]{1,3}))?", re.ASCII)
_LAMPORTS: Final = re.compile(r"0|[1-9][0-9]*", re.ASCII)
_SETTINGS: Final[Mapping[str, Callable[[str], Any]]] = {
    "takeout_bps": int,
    "host_bps": int,
    "takeout_base": TakeoutBase,
    "dividend_step_bps": int,
    "dividend_min_bps": int,
    "match_limit": int,
    "dead_heat": DeadHeat,
    "tiers": lambda text: ReferralTiers(tuple(Bps(int(tier)) for tier in text.split("/"))),
}


class StoryError(Exception):
    """A story cannot be read: the line, and what is wrong with it."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(f"line {line}: {message}")
        self.line = line


class StoryDiffers(AssertionError):
    """The engine answers otherwise than the story claims: one sentence for each claim that does not hold."""

    def __init__(self, differences: Sequence[str]) -> None:
        super().__init__("\n".join(differences))
        self.differences = tuple(differences)


@dataclass(slots=True, kw_only=True)
class StoryRoom:
    """A room while it is told, and how it ended. `line` is where it began, `claims` how many there were."""

    line: int
    rules: HouseRules
    outcomes: tuple[Outcome, ...]
    host: str | None
    in_lamports: bool
    stakes: list[Stake[str]] = field(default_factory=list)
    referrers: dict[str, str] = field(default_factory=dict)
    late_after_ms: int | None = None
    ended: Settlement[str] | Voided[str] | None = None
    claims: int = 0

    def hear(self, words: list[str], line: int) -> str | None:
        """Take in one sentence. Of a claim that does not hold, answer what is true instead."""
        if self.ended is None:
            self._happen(words, line)
            return None
        self.claims += 1
        return self._check(words, line, self.ended)

    def _happen(self, words: list[str], line: int) -> None:
        match words:
            case ["late", "after", moment]:
                self.late_after_ms = _moment(moment, line)
            case ["settle", *winning]:
                self._settle([self._outcome(each, line) for each in winning])
            case ["void", reason]:
                self.ended = void(self.stakes, _reason(reason, line))
            case [referrer, "brought", referred]:
                self._bring(referrer, referred, line)
            case [bettor, outcome, amount]:
                self._stake(bettor, outcome, amount, self.stakes[-1].placed_at_ms if self.stakes else 0, line)
            case [bettor, outcome, amount, moment]:
                self._stake(bettor, outcome, amount, _moment(moment, line), line)
            case _:
                raise StoryError(line, f"nothing of this kind happens: {' '.join(words)}")

    def _check(self, words: list[str], line: int, ended: Settlement[str] | Voided[str]) -> str | None:
        match words:
            case ["settled"]:
                return f"it was voided: {ended.reason}" if isinstance(ended, Voided) else None
            case ["voided", reason]:
                stands = ended.reason.value if isinstance(ended, Voided) else "not voided"
                return None if _reason(reason, line).value == stands else f"it was {stands}"
            case ["host" | "protocol" as whose, "earns", amount]:
                return self._compare(self._figure(whose, ended), amount, line)
            case [name, "gets", amount]:
                paid = ZERO if isinstance(ended, Voided) else ended.payouts.get(name, ZERO)
                return self._compare(paid + ended.refunds.get(name, ZERO), self._of(name, amount, line), line)
            case [name, "is", "refunded", amount]:
                return self._compare(ended.refunds.get(name, ZERO), self._of(name, amount, line), line)
            case [name, "earns", amount]:
                return self._compare(self._earned(name, ended), self._of(name, amount, line), line)
            case [*figure, amount] if " ".join(figure) in FIGURES:
                return self._compare(self._figure("_".join(figure), ended), amount, line)
            case _:
                raise StoryError(line, f"nothing of this kind is claimed: {' '.join(words)}")

    def _settle(self, winning: Sequence[Outcome]) -> None:
        self.ended = settle(
            self.stakes,
            winning,
            self.rules,
            outcomes=self.outcomes,
            hosted=self.host is not None,
            late_after_ms=self.late_after_ms,
            uplines={each.bettor: self._above(each.bettor)[:LEVELS_MAX] for each in self.stakes},
        )

    def _stake(self, bettor: str, outcome: str, amount: str, placed_at_ms: int, line: int) -> None:
        if bettor in _RESERVED:
            raise StoryError(line, f"nobody is called {bettor!r}")
        stake = self._amount(amount, line)
        if not stake:
            raise StoryError(line, "a stake is above 0")
        self.stakes.append(Stake(bettor, self._outcome(outcome, line), stake, placed_at_ms))

    def _bring(self, referrer: str, referred: str, line: int) -> None:
        if referred in self.referrers or referred in (referrer, *self._above(referrer)):
            raise StoryError(line, f"{referrer} cannot bring {referred}: once for each, and never in a ring")
        self.referrers[referred] = referrer

    def _above(self, name: str) -> tuple[str, ...]:
        """All referrers above somebody, nearest first."""
        above: list[str] = []
        while name in self.referrers:
            name = self.referrers[name]
            above.append(name)
        return tuple(above)

    def _earned(self, name: str, ended: Settlement[str] | Voided[str]) -> Lamports:
        if isinstance(ended, Voided):
            return ZERO
        hosting = ended.figures.host if name == self.host else ZERO
        return hosting + ended.commissions.get(name, ZERO)

    def _figure(self, name: str, ended: Settlement[str] | Voided[str]) -> Lamports:
        """A figure of the settlement; of a void room all is 0 but what was staked, which is the gross as well."""
        if isinstance(ended, Voided):
            return ended.staked if name in ("staked", "gross") else ZERO
        figure: Lamports = getattr(ended.figures, name)
        return figure

    def _of(self, name: str, amount: str, line: int) -> str:
        """The amount, if the name occurs in the room: a claim on a misspelt name would hold for ever."""
        known = {self.host, *(each.bettor for each in self.stakes), *self.referrers.values()}
        if name not in known:
            raise StoryError(line, f"nobody in this room is called {name!r}")
        return amount

    def _compare(self, true: Lamports, claimed: str, line: int) -> str | None:
        if true == self._amount(claimed, line):
            return None
        return f"it is {true.value}" if self.in_lamports else f"it is {sol(true)}"

    def _amount(self, text: str, line: int) -> Lamports:
        if self.in_lamports and _LAMPORTS.fullmatch(text):
            return Lamports(int(text))
        read = parse_sol(text)
        if self.in_lamports or isinstance(read, Err):
            raise StoryError(line, f"not an amount: {text!r}")
        return read.value

    def _outcome(self, text: str, line: int) -> Outcome:
        if text not in self.outcomes:
            raise StoryError(line, f"{text!r} is no outcome of this room; it has {', '.join(self.outcomes)}")
        return Outcome(text)


def open_room(words: Sequence[str], line: int) -> StoryRoom:
    """The room of a sentence: `PRESET OUTCOME OUTCOME … SETTING=VALUE …`. Raises `StoryError`."""
    settings = dict(_setting(word, line) for word in words if "=" in word)
    preset, *outcomes = [word for word in words if "=" not in word] or [""]
    host, unit = settings.pop("host", None), settings.pop("unit", "SOL")
    if unit not in ("SOL", "lamports"):
        raise StoryError(line, f"amounts are in SOL or in lamports, not in {unit}")
    if len(outcomes) < 2 or len(set(outcomes)) < len(outcomes):
        raise StoryError(line, "a room has at least two outcomes, each named once")
    try:
        rules = HouseRules.preset(preset, **{name: _SETTINGS[name](text) for name, text in settings.items()})
    except KeyError as unknown:
        raise StoryError(line, f"there is no setting {unknown}") from None
    except ValueError as wrong:
        raise StoryError(line, str(wrong)) from None
    return StoryRoom(
        line=line,
        rules=rules,
        outcomes=tuple(map(Outcome, outcomes)),
        host=host,
        in_lamports=unit == "lamports",
    )


def _setting(word: str, line: int) -> tuple[str, str]:
    name, _, value = word.partition("=")
    if not name or not value:
        raise StoryError(line, f"a setting is NAME=VALUE, not {word!r}")
    return name, value


def _moment(text: str, line: int) -> int:
    """`@30` or `@30.25`: seconds, as ms."""
    found = _MOMENT.fullmatch(text)
    if found is None:
        raise StoryError(line, f"a moment is @SECONDS, not {text!r}")
    return int(found[1]) * 1_000 + int((found[2] or "").ljust(3, "0"))


def _reason(text: str, line: int) -> VoidReason:
    if text not in VoidReason.__members__:
        raise StoryError(line, f"no reason to void a room: {text!r}")
    return VoidReason[text]
