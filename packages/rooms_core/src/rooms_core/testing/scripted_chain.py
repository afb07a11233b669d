"""A chain in memory with slots, finality, expiry and bad weather: deterministic from its seed.

Time moves only by `advance`. Sent bytes may be lost, land late or land on a fork; answers may fail or come from a
replica that lags. What has landed and is finalized is for ever, whatever the weather.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final, TypeVar

from rooms_core.domain.address import Address
from rooms_core.domain.attempt import Finality, Landed, Level, Status, StatusAnswer
from rooms_core.domain.deposit import Change
from rooms_core.domain.ids import WithdrawalId
from rooms_core.domain.money import Lamports
from rooms_core.ports.accounts import AccountsReading, AccountState
from rooms_core.ports.chain import Blockhash, ChainFailed, Seen, Unreadable
from rooms_core.ports.signer import TransferOrder
from rooms_core.result import Err, Ok, Result
from rooms_core.testing.memory.undo import Crashed
from rooms_core.testing.scripted_wire import read_wire, scripted_address

T = TypeVar("T")

SYSTEM: Final = Address("1" * 32)
FINAL_AFTER: Final = 32
CONFIRMED_AFTER: Final = 2
BLOCKHASH_LIFE: Final = 150
RENT_MIN: Final = 890_880
FEE: Final = Lamports(5_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weather:
    """How often things go wrong, in per cent of the calls; slots for delays.

    `lost`: accepted bytes that are never passed on. `late`: that land up to `late_slots` later. `forked`: that land on
    a fork, are seen for a while, and vanish. `failing`: calls without an answer, before any effect. `silent`: bytes
    that are accepted though the answer is lost. `lag_slots`: how far a replica may be behind. `skipped`: slots
    without a block.
    """

    lost: int = 0
    late: int = 0
    late_slots: int = 170
    forked: int = 0
    failing: int = 0
    silent: int = 0
    lag_slots: int = 0
    skipped: int = 0


FAIR: Final = Weather()


class CrashPoints:
    """Where the process dies: before and after every call to the outside, counted."""

    def __init__(self) -> None:
        self.passed = 0
        self._left: int | None = None

    def crash_after(self, points: int | None) -> None:
        """Die (`Crashed`) at the point after so many more; None: live."""
        self._left = points

    def reach(self) -> None:
        """Pass a point, or die here."""
        self.passed += 1
        if self._left is None:
            return
        if self._left == 0:
            self._left = None
            raise Crashed
        self._left -= 1


@dataclass(frozen=True, slots=True)
class Landing:
    """A transfer in a block: what it changed, who paid its fee, and why it failed, if it did."""

    signature: str
    slot: int
    changes: Mapping[Address, int]
    payer: Address
    fee: Lamports
    error: str | None
    order: TransferOrder | None = None


class ScriptedChain:
    """Implements `ports.chain.Chain` and `ports.accounts.Accounts`. `weather` may be changed at any time."""

    def __init__(self, seed: int = 0, *, weather: Weather = FAIR) -> None:
        self.weather = weather
        self.slot = 1_000
        self.points = CrashPoints()
        self.unreadable: set[str] = set()
        self._random = Random(seed)
        self._skipped: list[int] = []
        self._landings: list[Landing] = []
        self._by_signature: dict[str, Landing] = {}
        self._balances: dict[Address, list[tuple[int, int]]] = {}
        self._pending: list[tuple[int, bytes]] = []
        self._ghosts: dict[str, tuple[int, int]] = {}
        self._blockhashes: dict[str, int] = {}
        self._programs: dict[Address, AccountState] = {}
        self._final_seen = 0
        self._arrivals = 0

    # What the test does to the world.

    def advance(self, slots: int) -> None:
        """Let time pass; what is under way lands when its slot has come."""
        for _ in range(slots):
            self.slot += 1
            if self._chance(self.weather.skipped):
                self._skipped.append(self.slot)
                continue
            due = [wire for at, wire in self._pending if at <= self.slot]
            if due:
                self._pending = [(at, wire) for at, wire in self._pending if at > self.slot]
                for wire in due:
                    self._land_order(wire)

    def arrive(
        self, amounts: Mapping[Address, Lamports], *, payer: Address | None = None, error: str | None = None
    ) -> str:
        """Money lands on addresses, now, in one transfer: from outside, or from `payer`. Answers its signature.

        `error`: it failed on chain, and nothing but its payer's fee moved.
        """
        self._arrivals += 1
        signature = f"arrival-{self._arrivals}"
        changes = {address: 0 if error else amount.value for address, amount in amounts.items()}
        if payer is not None:
            changes[payer] = changes.get(payer, 0) - sum(changes.values()) - FEE.value
        self._record(
            Landing(signature, self.slot, changes, payer or scripted_address("stranger"), FEE, error)
        )
        return signature

    def sweep(self, source: Address, wallet: Address) -> str:
        """Move all that a deposit address holds to the wallet, which pays the fee. Answers the signature."""
        self._arrivals += 1
        signature = f"sweep-{self._arrivals}"
        held = self.lamports(source)
        changes = {source: -held, wallet: held - 2 * FEE.value}
        self._record(Landing(signature, self.slot, changes, wallet, Lamports(2 * FEE.value), None))
        return signature

    def put_program(self, address: Address, state: AccountState) -> None:
        """Let an address belong to a program."""
        self._programs[address] = state

    def lamports(self, address: Address) -> int:
        """What an address holds at the newest slot."""
        return self._lamports_at(address, self.slot)

    def paid(self, memo: WithdrawalId) -> list[Landing]:
        """The transfers for a withdrawal that landed without an error: more than one would be a theft."""
        return [
            each for each in self._landings if each.order and each.order.memo == memo and each.error is None
        ]

    @property
    def landings(self) -> Sequence[Landing]:
        """Everything that has landed, oldest first."""
        return self._landings

    # What the ports promise.

    async def blockhash(self) -> Result[Blockhash, ChainFailed]:
        """A recent blockhash, from a replica."""
        failed = self._failed()
        if failed is not None:
            return failed
        slot = self._tip() - CONFIRMED_AFTER
        name, last_valid = f"blockhash-{slot}", self._height(slot) + BLOCKHASH_LIFE
        self._blockhashes[name] = last_valid
        return self._answer(Blockhash(name, last_valid, slot))

    async def finality(self) -> Result[Finality, ChainFailed]:
        """The finalized slot and height of a replica that is not behind what was answered before."""
        failed = self._failed()
        if failed is not None:
            return failed
        slot = self._tip() - FINAL_AFTER
        if slot < self._final_seen:
            return Err(ChainFailed("-32016 minimum context slot has not been reached"))
        self._final_seen = slot
        return self._answer(Finality(slot, self._height(slot)))

    async def status(self, signature: str) -> Result[StatusAnswer, ChainFailed]:
        """What a replica knows of a signature."""
        failed = self._failed()
        if failed is not None:
            return failed
        tip = self._tip()
        return self._answer(StatusAnswer(tip, self._status_at(signature, tip)))

    async def landed(self, signature: str, *, at_least_slot: int) -> Result[Landed | None, ChainFailed]:
        """A finalized transfer of ours, or None from a replica that is fresh enough."""
        failed = self._failed()
        if failed is not None:
            return failed
        final = self._tip() - FINAL_AFTER
        if final < at_least_slot:
            return Err(ChainFailed("-32011 history is not available from this node"))
        landing = self._by_signature.get(signature)
        if landing is None or landing.slot > final or landing.order is None:
            return self._answer(None)
        destination = landing.order.destination
        received = Lamports(landing.changes.get(destination, 0))
        return self._answer(
            Landed(
                slot=landing.slot,
                error=landing.error,
                fee=landing.fee,
                destination=destination,
                received=received,
            )
        )

    async def send(self, wire: bytes, *, preflight: bool, at_least_slot: int) -> Result[None, ChainFailed]:
        """Accept signed bytes; whether and when they land is a matter of the weather."""
        failed = self._failed()
        if failed is not None:
            return failed
        order, _ = read_wire(wire)
        if preflight and self._why_not(order) is not None:
            return Err(ChainFailed("-32002 preflight failed"))
        if not self._chance(self.weather.lost):
            late = self._chance(self.weather.late)
            delay = 5 + self._random.randrange(self.weather.late_slots) if late else 1
            self._pending.append((max(self.slot, at_least_slot) + delay, wire))
        if self._chance(self.weather.silent):
            return Err(ChainFailed("the answer was lost"))
        return self._answer(None)

    async def history(
        self, address: Address, *, after: str | None, after_slot: int
    ) -> Result[Sequence[Seen], ChainFailed]:
        """The finalized transfers that mention an address, oldest first, as a replica has them."""
        failed = self._failed()
        if failed is not None:
            return failed
        final = self._tip() - FINAL_AFTER
        seen = [
            Seen(each.signature, each.slot)
            for each in self._landings
            if address in each.changes and after_slot <= each.slot <= final
        ]
        known = [place for place, each in enumerate(seen) if each.signature == after]
        return self._answer(seen[known[0] + 1 :] if known else seen)

    async def change(self, signature: str, address: Address) -> Result[Change, Unreadable | ChainFailed]:
        """What one finalized transfer changed on one address."""
        failed = self._failed()
        if failed is not None:
            return failed
        if signature in self.unreadable:
            return Err(Unreadable("-32015 unsupported version"))
        landing = self._by_signature.get(signature)
        if landing is None or landing.slot > self._tip() - FINAL_AFTER:
            return Err(ChainFailed("-32004 not available yet"))
        return self._answer(
            Change(
                slot=landing.slot,
                change=landing.changes[address],
                after=Lamports(self._lamports_after(address, landing)),
                payer=landing.payer,
                error=landing.error,
            )
        )

    async def read(
        self, addresses: Collection[Address], *, finalized: bool, at_least_slot: int = 0
    ) -> Result[AccountsReading, ChainFailed]:
        """Accounts at one slot of a replica."""
        failed = self._failed()
        if failed is not None:
            return failed
        slot = self._tip() - (FINAL_AFTER if finalized else CONFIRMED_AFTER)
        if slot < at_least_slot:
            return Err(ChainFailed("-32016 minimum context slot has not been reached"))
        return self._answer(
            AccountsReading(slot, {address: self._account(address, slot) for address in addresses})
        )

    # How it works.

    def _failed(self) -> Err[ChainFailed] | None:
        self.points.reach()
        return Err(ChainFailed("503 service unavailable")) if self._chance(self.weather.failing) else None

    def _answer(self, value: T) -> Ok[T]:
        self.points.reach()
        return Ok(value)

    def _chance(self, percent: int) -> bool:
        return percent > 0 and self._random.randrange(100) < percent

    def _tip(self) -> int:
        """The newest slot of whichever replica answers."""
        lag = self.weather.lag_slots
        return self.slot - (self._random.randrange(lag + 1) if lag else 0)

    def _height(self, slot: int) -> int:
        return slot - bisect_right(self._skipped, slot)

    def _status_at(self, signature: str, tip: int) -> Status | None:
        landing = self._by_signature.get(signature)
        if landing is None or landing.slot > tip:
            since, until = self._ghosts.get(signature, (0, 0))
            return Status(since, Level.PROCESSED) if since <= tip < until else None
        if landing.slot <= tip - FINAL_AFTER:
            level = Level.FINALIZED
        else:
            level = Level.CONFIRMED if landing.slot <= tip - CONFIRMED_AFTER else Level.PROCESSED
        return Status(landing.slot, level, landing.error)

    def _land_order(self, wire: bytes) -> None:
        """Put sent bytes into the newest block, unless it has them, or they have expired."""
        order, signature = read_wire(wire)
        expired = self._height(self.slot) > self._blockhashes.get(order.blockhash, 0)
        if signature in self._by_signature or expired or self.lamports(order.source) < FEE.value:
            return
        if self._chance(self.weather.forked):
            self._ghosts[signature] = (self.slot, self.slot + 10)
            return
        error = self._why_not(order)
        moved = 0 if error else order.amount.value
        changes = {order.source: -moved - FEE.value}
        changes[order.destination] = changes.get(order.destination, 0) + moved
        self._record(Landing(signature, self.slot, changes, order.source, FEE, error, order))

    def _why_not(self, order: TransferOrder) -> str | None:
        """The rent rules and the balance, as the chain judges them now."""
        left = self.lamports(order.source) - FEE.value - order.amount.value
        if left < 0:
            return "Custom 1"
        poor = 0 < left < RENT_MIN or (
            self.lamports(order.destination) == 0 and order.amount.value < RENT_MIN
        )
        return "InsufficientFundsForRent" if poor else None

    def _record(self, landing: Landing) -> None:
        self._landings.append(landing)
        self._by_signature[landing.signature] = landing
        for address, change in landing.changes.items():
            steps = self._balances.setdefault(address, [])
            steps.append((landing.slot, (steps[-1][1] if steps else 0) + change))

    def _lamports_at(self, address: Address, slot: int) -> int:
        steps = self._balances.get(address, [])
        before = bisect_right(steps, slot, key=lambda step: step[0])
        return steps[before - 1][1] if before else 0

    def _lamports_after(self, address: Address, landing: Landing) -> int:
        until = self._landings.index(landing) + 1
        return sum(each.changes.get(address, 0) for each in self._landings[:until])

    def _account(self, address: Address, slot: int) -> AccountState | None:
        if address in self._programs:
            return self._programs[address]
        held = self._lamports_at(address, slot)
        return AccountState(Lamports(held), SYSTEM) if held else None
