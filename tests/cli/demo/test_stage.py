"""The stage: events in their order, every tick of a living room, and whatever goes wrong written down."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Protocol, cast

import pytest

from rooms_cli.demo.day import Day
from rooms_cli.demo.plan import Act, RoomPlan, Story
from rooms_cli.demo.prices import Prices, generated_prices
from rooms_cli.demo.stage import SILENT_MAX, Stage
from rooms_cli.errors import CommandError
from rooms_cli.wiring import House, Ports, build_house
from rooms_core.domain.ids import RoomId
from rooms_core.domain.market import NO, YES, Mode
from rooms_core.domain.money import LAMPORTS_PER_SOL, Lamports
from rooms_core.domain.rules import HouseRules
from rooms_core.domain.status import RoomStatus
from rooms_core.domain.terms import VoidReason
from rooms_core.ports.oracle import OracleFailed
from rooms_core.ports.store import Store, StoreFailed
from rooms_core.result import Err, Ok, Result
from rooms_core.services.watch_targets import Watched, WatchTargets
from rooms_core.testing.builders import a_user, populate, sols
from rooms_core.testing.clock import ManualClock
from rooms_core.testing.ids import CountingIds
from rooms_core.testing.memory_store import MemoryStore
from rooms_core.testing.notifier import RecordingNotifier
from rooms_core.testing.rng import SeededRng
from rooms_core.testing.tasks import AwaitedTasks
from rooms_oracle.heard import MINUTE_MS
from rooms_oracle.oracle import ConsensusOracle

CAST = [a_user(number, joined_at_ms=0) for number in (2, 4, 6)]


class ShortDay(Protocol):
    """A played day (see conftest)."""

    day: Day


def _house(store: Store, prices: Prices, clock: ManualClock) -> House:
    ports = Ports(
        store=store,
        oracle=ConsensusOracle(prices.feeds),
        clock=clock,
        ids=CountingIds(1_000),
        rng=SeededRng(7),
        tasks=AwaitedTasks(),
        notifier=RecordingNotifier(),
    )
    return build_house(ports, HouseRules())


async def _nobody_settles(room: RoomId, _: Stage) -> None:
    raise AssertionError(f"room {room} has an answer")


async def _stage() -> tuple[Stage, MemoryStore, Prices]:
    """A stage over the store in memory, with three people who have 10 SOL each."""
    prices = generated_prices(7)
    clock = ManualClock(prices.start_ms)
    store = MemoryStore(clock)
    await populate(store, {user: sols("10") for user in CAST})
    house = _house(store, prices, clock)
    stage = Stage(
        house=house, other=house, clock=clock, feeds=prices.feeds, cast=CAST, settle=_nobody_settles
    )
    return stage, store, prices


def _plan(prices: Prices) -> RoomPlan:
    """A room on a far target, in which two people stake, and which two operators void."""
    created = prices.start_ms + 300 * MINUTE_MS
    sol = Lamports(LAMPORTS_PER_SOL)
    return RoomPlan(
        name="asked wrongly",
        title="Will SOL do what nobody can measure?",
        subject=prices.coin,
        target=500 * 10**12,
        mode=Mode.AT_CLOSE,
        created_ms=created,
        life_minutes=30,
        lock_share=50,
        host=2,
        acts=(Act(created + 20_000, 0, YES, sol), Act(created + 20_000, 1, NO, sol)),
        ends=RoomStatus.VOIDED,
        because=VoidReason.ASKED_WRONGLY,
        by_hand=True,
    )


async def test_one_operator_cannot_void_a_room_and_two_can() -> None:
    """The refusal of the first attempt is counted; after the second one the stakes are back and the stage is empty."""
    stage, store, prices = await _stage()
    plan = _plan(prices)
    stage.perform(Story((plan,), ()))
    await stage.play(lambda _: None)
    ((room_id, played),) = stage.played.rooms.items()
    room = await store.queries.room(room_id)

    assert plan is played
    assert isinstance(room, Ok)
    assert room.value is not None
    assert RoomStatus.VOIDED is room.value.status
    assert {"TooFewPersons": 1} == dict(stage.played.refusals)
    assert ([], []) == (stage.played.notes, stage.played.stuck)
    assert stage.played.ticks == stage.played.accepted_ticks > 200


async def test_a_button_pressed_twice_is_one_bet() -> None:
    """Each order is sent twice at once; two bets stand, not four."""
    stage, _, prices = await _stage()
    stage.perform(Story((_plan(prices),), ()))
    await stage.play(lambda _: None)

    assert [("YES", 2), ("NO", 4)] == [(bet.outcome, bet.bettor) for bet in stage.played.bets]


async def test_a_bet_that_is_refused_is_counted_by_its_reason() -> None:
    """Nobody stakes what he does not have; the report says how often that was tried."""
    stage, _, prices = await _stage()
    plan = _plan(prices)
    rich = replace(plan.acts[0], bettor=2, stake=sols("11"), at_ms=plan.acts[0].at_ms + 1_000)
    stage.perform(Story((replace(plan, acts=(*plan.acts, rich)),), ()))
    await stage.play(lambda _: None)

    assert {"BalanceTooLow": 1, "TooFewPersons": 1} == dict(stage.played.refusals)
    assert 2 == len(stage.played.bets)


async def test_a_room_that_cannot_be_created_is_noted() -> None:
    """A title of two letters is refused: the stage says so, and does not wait for the room."""
    stage, _, prices = await _stage()
    stage.perform(Story((replace(_plan(prices), title="Oh"),), ()))
    await stage.play(lambda _: None)

    assert {} == stage.played.rooms
    (note,) = stage.played.notes
    assert note.startswith("asked wrongly: not created: TitleLength")


async def test_a_storys_silence_cuts_the_feeds() -> None:
    """Ticks of a room in the dark are judged, and are not accepted while it lasts."""
    stage, _, prices = await _stage()
    plan = _plan(prices)
    dark = (plan.created_ms + 2 * MINUTE_MS, plan.created_ms + 4 * MINUTE_MS)
    stage.perform(Story((replace(plan, silence=dark),), ()))
    await stage.play(lambda _: None)

    assert [dark] == [(outage.from_ms, outage.to_ms) for outage in prices.feeds.outages]
    assert 30 <= stage.played.ticks - stage.played.accepted_ticks <= 45


class _NobodyAnswers:
    """Watches over a store that has gone silent; its answer comes back after so many ticks, if at all."""

    def __init__(self, watch: WatchTargets, silent: int) -> None:
        self._watch = watch
        self._silent = silent

    async def __call__(self, tick_ms: int) -> Result[Watched, OracleFailed | StoreFailed]:
        """Fail while the store is silent."""
        self._silent -= 1
        return Err(StoreFailed("nobody is there")) if self._silent >= 0 else await self._watch(tick_ms)

    def look_again(self) -> None:
        """As ever."""
        self._watch.look_again()


async def test_a_store_that_is_gone_ends_the_day() -> None:
    """Its rooms would never end; what to do is said."""
    stage, _, prices = await _stage()
    stage.house = replace(stage.house, watch=cast(WatchTargets, _NobodyAnswers(stage.house.watch, 10_000)))
    stage.perform(Story((_plan(prices),), ()))

    with pytest.raises(CommandError, match="nobody is there") as ended:
        await stage.play(lambda _: None)

    assert "another empty database" in ended.value.hint
    assert SILENT_MAX == len(stage.played.stuck)


async def test_a_store_that_comes_back_does_not() -> None:
    """A few ticks without an answer are written down, and the day goes on."""
    stage, _, prices = await _stage()
    watch = _NobodyAnswers(stage.house.watch, SILENT_MAX - 1)
    stage.house = replace(stage.house, watch=cast(WatchTargets, watch))
    stage.perform(Story((_plan(prices),), ()))
    await stage.play(lambda _: None)

    assert SILENT_MAX - 1 == len(stage.played.stuck)


async def test_time_only_goes_forward() -> None:
    """Events come by their time, those of one instant in the order in which they were put on the agenda."""
    stage, _, prices = await _stage()
    happened: list[tuple[str, int]] = []

    async def happen(what: str) -> None:
        happened.append((what, stage.clock.now_ms() - prices.start_ms))

    for what, at_ms in (("third", 9_000), ("first", 3_000), ("second", 3_000), ("too late", -60_000)):
        stage.at(prices.start_ms + at_ms, partial(happen, what))
    await stage.play(lambda _: None)

    assert [("too late", 0), ("first", 3_000), ("second", 3_000), ("third", 9_000)] == happened


def test_a_thin_token_refuses_what_passes_its_cap(short_day: ShortDay) -> None:
    """Of the twelve bets on the token the last ones are refused, each with its reason."""
    assert {"CapReached": 4} == dict(short_day.day.played.refusals)
