"""The story of the day: which rooms are opened when, who bets in them, and how each must end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from random import Random

from rooms_cli.demo.director import LIFE, Director, Scene
from rooms_cli.demo.prices import Prices
from rooms_cli.demo.rehearsal import LATE_MS, Rehearsal
from rooms_core.domain.market import NO, YES, CoinPrice, Direction, Mode, Outcome, PumpMarketCap, Subject
from rooms_core.domain.money import LAMPORTS_PER_SOL, Lamports
from rooms_core.domain.rules import HouseRules
from rooms_core.domain.status import RoomStatus
from rooms_core.domain.terms import VoidReason

MINUTE_MS = 60_000
BETTORS = 200


@dataclass(frozen=True, slots=True)
class Act:
    """One bet of the script: when (ms), who (index in the cast), on what, how much."""

    at_ms: int
    bettor: int
    outcome: Outcome
    stake: Lamports


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomPlan:
    """One room of the story. `ends` and `because` are what the checks expect of it; `silence` cuts the feeds (ms)."""

    name: str
    title: str
    subject: Subject
    target: int
    mode: Mode
    created_ms: int
    life_minutes: int
    lock_share: int
    host: int
    acts: tuple[Act, ...]
    ends: RoomStatus
    because: VoidReason | None = None
    winner: Outcome | None = None
    refunds: bool = False
    silence: tuple[int, int] | None = None
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class Story:
    """All rooms, in order of creation, and what the day's prices did not offer."""

    rooms: tuple[RoomPlan, ...]
    missing: tuple[str, ...]


@dataclass(slots=True)
class _Writer:
    """Turns scenes into rooms; the same seed writes the same story."""

    coin: CoinPrice
    start_ms: int
    random: Random
    rehearsal: Rehearsal
    rooms: list[RoomPlan] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    async def room(
        self,
        name: str,
        title: str,
        scenes: Iterable[Scene],
        acts: Callable[[int, Scene], Iterable[Act]],
        *,
        mode: Mode,
        ends: RoomStatus,
        life: int = LIFE,
        lock_share: int = 50,
        because: VoidReason | None = None,
        winner: Outcome | None = None,
        refunds: bool = False,
        silent: bool = False,
        by_hand: bool = False,
        late: bool = False,
        pump: PumpMarketCap | None = None,
    ) -> None:
        """Add a room on the first scene that passes its rehearsal, if there is one."""
        subject: Subject = pump or self.coin
        scene = await self.rehearsal.first(scenes, subject=subject, mode=mode, late=late)
        if scene is None:
            self.missing.append(name)
            return
        created = self.start_ms + scene.at * MINUTE_MS
        moment = self.start_ms + scene.moment * MINUTE_MS
        self.rooms.append(
            RoomPlan(
                name=name,
                title=title.format(target=dollars(scene.target, subject)),
                subject=subject,
                target=scene.target,
                mode=mode,
                created_ms=created,
                life_minutes=life,
                lock_share=lock_share,
                host=self.random.randrange(20),
                acts=tuple(sorted(acts(created, scene), key=lambda act: act.at_ms)),
                ends=ends,
                because=because,
                winner=winner,
                refunds=refunds,
                silence=(moment - 30_000, moment + 90_000) if silent else None,
                by_hand=by_hand,
            )
        )

    def crowd(self, start_ms: int, minutes: int, count: int, *, only: Outcome | None = None) -> list[Act]:
        """Bets of random people; several come in the same second, so that the desk collects them."""
        acts: list[Act] = []
        for bettor in self.random.sample(range(20, BETTORS), count):
            at = start_ms + self.random.randrange(4, max(5, 10 * minutes)) * 6_000
            outcome = only or (YES if self.random.random() < 0.5 else NO)
            stake = Lamports(self.random.randrange(50, 3_000) * LAMPORTS_PER_SOL // 1_000)
            acts.append(Act(at, bettor, outcome, stake))
        return acts

    def both_sides(self, start_ms: int, minutes: int, count: int) -> list[Act]:
        """A crowd in which each side has somebody early enough for the room to open at once."""
        first, second = self.random.sample(range(20), 2)
        return [
            Act(start_ms + 20_000, first, YES, _sol(2)),
            Act(start_ms + 20_000, second, NO, _sol(1)),
            *self.crowd(start_ms, minutes, count),
        ]

    def small_crowd(self, start_ms: int) -> list[Act]:
        """Twelve bets on a thin token, of which the last ones pass its cap."""
        return [
            Act(
                start_ms + 30_000 * number, bettor, NO if number % 2 else YES, Lamports(LAMPORTS_PER_SOL // 4)
            )
            for number, bettor in enumerate(self.random.sample(range(20, BETTORS), 12), start=1)
        ]


async def write_story(director: Director, prices: Prices, *, rules: HouseRules, seed: int) -> Story:
    """The rooms of the story, each with a moment of the given prices that makes it happen."""
    rehearsal = Rehearsal(feeds=prices.feeds, rules=rules, start_ms=prices.start_ms)
    coin = prices.coin
    writer = _Writer(coin, prices.start_ms, Random(seed), rehearsal)
    windows = _windows(prices.minutes, 12)
    up, down = Direction.UP, Direction.DOWN
    symbol = coin.symbol

    def mixed(created: int, _: Scene) -> list[Act]:
        return writer.both_sides(created, 10, 44)

    await writer.room(
        "touch up", f"Will {symbol} reach {{target}} in half an hour?", director.touch(windows[0], up), mixed,
        mode=Mode.TOUCH, ends=RoomStatus.SETTLED, winner=YES,
    )  # fmt: skip
    await writer.room(
        "touch down", f"Will {symbol} fall under {{target}} in half an hour?", director.touch(windows[1], down), mixed,
        mode=Mode.TOUCH, ends=RoomStatus.SETTLED, winner=YES,
    )  # fmt: skip
    await writer.room(
        "never touched", f"Will {symbol} touch {{target}} in half an hour?", director.quiet(windows[2]), mixed,
        mode=Mode.TOUCH, ends=RoomStatus.SETTLED, winner=NO,
    )  # fmt: skip
    await writer.room(
        "close above", f"Will {symbol} stand at {{target}} in half an hour?",
        director.close(windows[2], reached=True), lambda at, _: writer.both_sides(at, 12, 40),
        mode=Mode.AT_CLOSE, ends=RoomStatus.SETTLED, winner=YES,
    )  # fmt: skip
    await writer.room(
        "close below", f"Will {symbol} stand at {{target}} by half past?",
        director.close(windows[4], reached=False), lambda at, _: writer.both_sides(at, 12, 40),
        mode=Mode.AT_CLOSE, ends=RoomStatus.SETTLED, winner=NO,
    )  # fmt: skip
    await writer.room(
        "never filled", f"Is anybody here for {{target}} on {symbol}?", director.quiet(windows[2]),
        lambda at, _: [Act(at + 30_000, 31, YES, _sol(1))],
        mode=Mode.AT_CLOSE, ends=RoomStatus.VOIDED, because=VoidReason.TOO_FEW_PLAYERS,
    )  # fmt: skip
    await writer.room(
        "one-sided", f"Everybody says {symbol} reaches {{target}}", director.quiet(windows[4]),
        lambda at, _: writer.crowd(at, 10, 15, only=YES),
        mode=Mode.AT_CLOSE, ends=RoomStatus.VOIDED, because=VoidReason.ONE_SIDED,
    )  # fmt: skip
    await writer.room(
        "late stakes", f"Will {symbol} leap past {{target}}?", director.jump(windows[7], up),
        lambda at, scene: [*writer.both_sides(at, 7, 30), *_late(writer, scene, YES), *_late(writer, scene, NO)],
        mode=Mode.TOUCH, lock_share=80, late=True, ends=RoomStatus.SETTLED, winner=YES, refunds=True,
    )  # fmt: skip
    await writer.room(
        "late stakes leave one side", f"Will {symbol} drop past {{target}}?", director.jump(windows[8], down),
        lambda at, scene: [*_early(writer, at, YES), *_late(writer, scene, NO)],
        mode=Mode.TOUCH, lock_share=80, late=True, ends=RoomStatus.VOIDED, because=VoidReason.ONE_SIDED, refunds=True,
    )  # fmt: skip
    await writer.room(
        "sniper", f"A sure thing: {symbol} above {{target}}?", director.close(windows[9], reached=True),
        lambda at, _: _sniper(at, lock_ms=at + 15 * MINUTE_MS),
        mode=Mode.AT_CLOSE, ends=RoomStatus.SETTLED, winner=YES, refunds=True,
    )  # fmt: skip
    await writer.room(
        "touched in the dark", f"Will {symbol} touch {{target}} unseen?", director.wick(windows[10], up), mixed,
        mode=Mode.TOUCH, ends=RoomStatus.SETTLED, winner=YES, silent=True,
    )  # fmt: skip
    await writer.room(
        "asked wrongly", f"Will {symbol} do what nobody can measure at {{target}}?",
        director.close(windows[9], reached=False), lambda at, _: writer.both_sides(at, 10, 20),
        mode=Mode.AT_CLOSE, ends=RoomStatus.VOIDED, because=VoidReason.ASKED_WRONGLY, by_hand=True,
    )  # fmt: skip
    await writer.room(
        "pump.fun", "Will the token be worth {target}?", [prices.pump_scene], lambda at, _: writer.small_crowd(at),
        mode=Mode.AT_CLOSE, ends=RoomStatus.SETTLED, pump=prices.pump,
    )  # fmt: skip
    return Story(tuple(sorted(writer.rooms, key=lambda room: room.created_ms)), tuple(writer.missing))


def dollars(price: int, subject: Subject) -> str:
    """A price in the subject's units as dollars and cents."""
    cents = price // 10 ** (-2 - subject.scale)
    return f"${cents // 100:,}.{cents % 100:02d}"


def _windows(minutes: int, count: int) -> list[Sequence[int]]:
    """The played time in equal parts, each followed by all the rest: a scene is looked for in its own part first."""
    parts = [range(minutes * part // count, minutes * (part + 1) // count) for part in range(count)]
    return [[*part, *(each for other in parts if other is not part for each in other)] for part in parts]


def _late(writer: _Writer, scene: Scene, outcome: Outcome) -> list[Act]:
    """Three who see the leap begin on a live stream."""
    at = writer.start_ms + scene.moment * MINUTE_MS + LATE_MS
    return [
        Act(at + 20 * index, bettor, outcome, _sol(2))
        for index, bettor in enumerate(writer.random.sample(range(20, BETTORS), 3))
    ]


def _early(writer: _Writer, created_ms: int, outcome: Outcome) -> list[Act]:
    bettors = writer.random.sample(range(20), 3)
    return [Act(created_ms + 20_000, bettor, outcome, _sol(1)) for bettor in bettors]


def _sniper(created_ms: int, *, lock_ms: int) -> list[Act]:
    """100 SOL on NO, nobody on YES, and 0.001 SOL two seconds before the lock."""
    honest = [Act(created_ms + 30_000, bettor, NO, _sol(20)) for bettor in range(5)]
    return [*honest, Act(lock_ms - 2_000, 199, YES, Lamports(LAMPORTS_PER_SOL // 1_000))]


def _sol(amount: int) -> Lamports:
    return Lamports(amount * LAMPORTS_PER_SOL)
