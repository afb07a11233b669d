"""What the checks of the demo look at, and what they answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rooms_cli.demo.plan import RoomPlan
from rooms_cli.demo.stage import Played
from rooms_core.domain.room import Room
from rooms_core.ports.books import SettlementRow
from rooms_core.ports.queries import CashFlow
from rooms_core.result import Err
from rooms_core.services.read_receipt import ReadReceipt
from rooms_store.opening import OpenBooks


@dataclass(frozen=True, slots=True)
class Check:
    """One promise: the invariant's number, the sentence, how much was looked at, and what breaks it."""

    rule: str
    what: str
    looked_at: int
    wrong: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether something was looked at and nothing breaks it."""
        return self.looked_at > 0 and not self.wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomEnd:
    """How one room ended: as planned, as stored, its money, and its receipt."""

    plan: RoomPlan
    room: Room
    row: SettlementRow | None
    flow: tuple[CashFlow, ...]
    receipt: dict[str, Any] | None

    @property
    def name(self) -> str:
        """The room's name in the story."""
        return self.plan.name


async def read_ends(store: OpenBooks, played: Played) -> list[RoomEnd]:
    """Read every room of the story back from the books."""
    ends: list[RoomEnd] = []
    for room_id, plan in played.rooms.items():
        room = await store.queries.room(room_id)
        row = await store.queries.settlement(room_id)
        flow = await store.queries.cash_flow(room_id)
        receipt = await ReadReceipt(queries=store.queries)(room_id)
        if isinstance(room, Err) or room.value is None or isinstance(row, Err) or isinstance(flow, Err):
            played.notes.append(f"room {plan.name} could not be read back")
            continue
        ends.append(
            RoomEnd(
                plan=plan,
                room=room.value,
                row=row.value,
                flow=tuple(flow.value),
                receipt=None if isinstance(receipt, Err) else receipt.value,
            )
        )
    return ends
