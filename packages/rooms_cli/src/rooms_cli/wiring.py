"""The composition root: the one place where a house is put together. Everything else receives what it needs."""

from __future__ import annotations

from dataclasses import dataclass

from rooms_core.domain.rules import HouseRules
from rooms_core.ports.clock import Clock
from rooms_core.ports.ids import IdSource
from rooms_core.ports.notifier import Notifier
from rooms_core.ports.oracle import PriceOracle
from rooms_core.ports.rng import Rng
from rooms_core.ports.store import Store
from rooms_core.ports.tasks import Tasks
from rooms_core.services.advance_rooms import AdvanceRooms
from rooms_core.services.announce import Announce
from rooms_core.services.answer_room import AnswerRoom
from rooms_core.services.bet_desk import BATCH_MAX, BetDesk
from rooms_core.services.create_room import CreateRoom
from rooms_core.services.hold_room import HoldRoom, LiftHold
from rooms_core.services.join_by_referral import JoinByReferral
from rooms_core.services.place_bets import PlaceBets
from rooms_core.services.settle_room import SettleRoom
from rooms_core.services.void_room import VoidRoom
from rooms_core.services.watch_targets import WatchTargets


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """What the world gives a house."""

    store: Store
    oracle: PriceOracle
    clock: Clock
    ids: IdSource
    rng: Rng
    tasks: Tasks
    notifier: Notifier


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Everything a house can do."""

    ports: Ports
    join: JoinByReferral
    create_room: CreateRoom
    bet: BetDesk
    advance: AdvanceRooms
    watch: WatchTargets
    settle: SettleRoom
    answer: AnswerRoom
    void: VoidRoom
    hold: HoldRoom
    lift: LiftHold
    announce: Announce


LIVE_ROOMS_READ_EVERY = 10
"""Ticks between two readings of the live rooms: what this process moves itself it looks at again at once."""


def build_house(ports: Ports, rules: HouseRules, *, batch_max: int = BATCH_MAX) -> House:
    """Wire the use cases to their ports. `batch_max`: how many bets a batch takes at most."""
    store = ports.store
    return House(
        ports=ports,
        join=JoinByReferral(store=store, rng=ports.rng),
        create_room=CreateRoom(
            store=store, oracle=ports.oracle, clock=ports.clock, ids=ports.ids, rng=ports.rng, rules=rules
        ),
        bet=BetDesk(place=PlaceBets(store=store, ids=ports.ids), tasks=ports.tasks, batch_max=batch_max),
        advance=AdvanceRooms(store=store),
        watch=WatchTargets(store=store, oracle=ports.oracle, read_every=LIVE_ROOMS_READ_EVERY),
        settle=SettleRoom(store=store),
        answer=AnswerRoom(store=store),
        void=VoidRoom(store=store),
        hold=HoldRoom(store=store),
        lift=LiftHold(store=store),
        announce=Announce(store=store, notifier=ports.notifier, clock=ports.clock),
    )
