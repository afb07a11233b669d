"""Rehearsal: tries a scene's deciding minutes with a real oracle before it is put on stage."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Final

from rooms_cli.demo.director import Scene
from rooms_core.domain.bet import BetOrder
from rooms_core.domain.ids import BetId, RoomId, UserId
from rooms_core.domain.market import YES, MarketState, Mode, Subject
from rooms_core.domain.money import Lamports
from rooms_core.domain.room import Room
from rooms_core.domain.room_request import RoomRequest, RoomTimes, make_room
from rooms_core.domain.rules import HouseRules
from rooms_core.ports.oracle import Touch
from rooms_core.result import Err
from rooms_core.services.watch_targets import watched
from rooms_oracle.heard import MINUTE_MS, TICK_MS, FeedSource
from rooms_oracle.oracle import ConsensusOracle

LATE_MS: Final = 23_000
"""When in the minute of a leap the late bettors of the story stake."""
_TRIES: Final = 200
_BEFORE_MS: Final = 6 * MINUTE_MS
_AFTER_MS: Final = 75_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """Judges scenes by the rules they will be played by. `start_ms` is minute 0 of the scenes."""

    feeds: FeedSource
    rules: HouseRules
    start_ms: int

    async def first(
        self, scenes: Iterable[Scene], *, subject: Subject, mode: Mode, late: bool
    ) -> Scene | None:
        """The first scene whose room can be created, and in which, if asked, late stakes are taken and go back."""
        for scene in islice(scenes, _TRIES):
            room = await self._room(scene, subject, mode)
            if room is not None and (not late or await self._takes_late_stakes(room, scene)):
                return scene
        return None

    async def _room(self, scene: Scene, subject: Subject, mode: Mode) -> Room | None:
        created_ms = self.start_ms + scene.at * MINUTE_MS
        oracle = ConsensusOracle(self.feeds)
        priced = await oracle.price(subject.instrument, now_ms=created_ms)
        if isinstance(priced, Err):
            return None
        settle_ms = self.start_ms + (scene.moment + 30) * MINUTE_MS
        made = make_room(
            RoomRequest(
                host=None,
                title="a rehearsal",
                subject=subject,
                target=scene.target,
                settle_at_ms=settle_ms,
                mode=mode,
            ),
            self.rules,
            RoomTimes(settle_ms - MINUTE_MS, settle_ms),
            room_id=RoomId(2),
            salt=b"",
            now_ms=created_ms,
            reading=priced.value,
            depth=oracle.depth(subject.instrument),
            kappa=10,
        )
        if isinstance(made, Err) or made.value.market.direction is not scene.direction:
            return None
        return made.value

    async def _takes_late_stakes(self, room: Room, scene: Scene) -> bool:
        """Whether a stake `LATE_MS` into the leap is accepted, and then lies inside the late window of the touch."""
        moment_ms = self.start_ms + scene.moment * MINUTE_MS
        first_ms = moment_ms - _BEFORE_MS
        oracle = ConsensusOracle(self.feeds)
        oracle.poll(room.market.instrument)
        oracle.watch(watched(room, first_ms))
        state: MarketState | None = None
        for tick_ms in range(first_ms, moment_ms + _AFTER_MS, TICK_MS):
            ticked = await oracle.tick(tick_ms)
            if isinstance(ticked, Err):
                return False
            for touch in ticked.value.touches:
                return (
                    state is not None and _late(room, touch, moment_ms) and _accepted(room, state, moment_ms)
                )
            if tick_ms <= moment_ms + LATE_MS and ticked.value.states:
                state = ticked.value.states[0]
        return False


def _late(room: Room, touch: Touch, moment_ms: int) -> bool:
    return moment_ms + LATE_MS > room.late_after_ms(touch.last_clear_ms, touch.found_by)


def _accepted(room: Room, state: MarketState, moment_ms: int) -> bool:
    stake = Lamports(10**9)
    order = BetOrder(key="rehearsal", room=room.id, bettor=UserId(2), outcome=YES, stake=stake)
    now_ms = moment_ms + LATE_MS
    judged = room.accept(order, bet_id=BetId(2), available=stake, now_ms=now_ms, market=state)
    return not isinstance(judged, Err)
