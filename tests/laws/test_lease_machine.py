"""Roles among processes that sleep, lose answers and have wrong clocks: at most one of them is heard at any time."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from rooms_core.domain.lease import Lease
from rooms_core.ports.store import LeaseLost
from rooms_core.result import Err, Ok
from rooms_core.services.fenced_store import FencedStore
from rooms_core.services.hold_role import HoldRole, RoleHeld
from rooms_core.testing.clock import ManualClock
from rooms_core.testing.memory_store import Fate, MemoryStore

T = TypeVar("T")

LEASE_MS = 1_000
NAMES = st.sampled_from(["ann", "bob", "cem"])
FATES = st.sampled_from([Fate.DONE, Fate.DONE, Fate.FAILED, Fate.UNKNOWN, Fate.AGAIN])


class Roles(RuleBasedStateMachine):
    """Three processes and one role. What each believes to have is never forgotten: all of it is tried."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.clock = ManualClock()
        self.store = MemoryStore(self.clock)
        self.believes: dict[str, list[Lease]] = {"ann": [], "bob": [], "cem": []}
        self.newest = 0
        """The greatest token anybody was ever given."""
        self.written: list[int] = []
        """The tokens under which something was written, in order."""

    def teardown(self) -> None:
        self.runner.close()

    def go(self, work: Coroutine[Any, Any, T]) -> T:
        """Run one step."""
        return self.runner.run(work)

    def hold(self, name: str) -> HoldRole:
        """A process that wants the role."""
        return HoldRole(store=self.store, holder=name, lease_ms=LEASE_MS)

    def stands(self) -> Lease:
        """The role as the books have it."""
        return self.store._tables.leases.get("settler") or Lease(role="settler")

    @rule(name=NAMES, fate=FATES)
    def take(self, name: str, fate: Fate) -> None:
        """It is given to whoever comes when nobody has it, under a token that nobody had."""
        before = self.stands()
        free = not before.held(self.clock.now_ms()) or before.holder == name
        self.store.plan(fate)
        answer = self.go(self.hold(name).take("settler"))
        if isinstance(answer, Ok):
            assert free
            assert answer.value.token == before.token + 1 > self.newest
            self.newest = answer.value.token
            self.believes[name].append(answer.value)
        elif isinstance(answer.why, RoleHeld):
            assert not free
            self.store._fates.clear()
        self.newest = max(self.newest, self.stands().token)

    @rule(name=NAMES, which=st.integers(0, 5), fate=FATES)
    def renew(self, name: str, which: int, fate: Fate) -> None:
        """Only what nobody has taken since is renewed, and its token stays."""
        for mine in self.believes[name][-1 - which :][:1]:
            current = self.stands().proves(mine)
            self.store.plan(fate)
            answer = self.go(self.hold(name).renew(mine))
            self.store._fates.clear()
            assert current or (isinstance(answer, Err) and isinstance(answer.why, LeaseLost))
            assert not isinstance(answer, Ok) or answer.value.token == mine.token

    @rule(name=NAMES, which=st.integers(0, 5))
    def give_back(self, name: str, which: int) -> None:
        """Giving back what is another's leaves it with him."""
        for mine in self.believes[name][-1 - which :][:1]:
            before = self.stands()
            self.go(self.hold(name).give_back(mine))
            assert self.stands() == before or before.proves(mine)

    @rule(name=NAMES, which=st.integers(0, 5))
    def write(self, name: str, which: int) -> None:
        """A unit of work under any token somebody once had: accepted from the holder in his time only."""
        for mine in self.believes[name][-1 - which :][:1]:
            stands, now_ms = self.stands(), self.clock.now_ms()
            answer = self.go(FencedStore(self.store, mine).fence())
            rightful = stands.holder == name and stands.token == mine.token and stands.held(now_ms)
            assert rightful is isinstance(answer, Ok)
            if isinstance(answer, Ok):
                self.written.append(mine.token)

    @rule(ms=st.integers(-2_000, 5_000))
    def wait(self, ms: int) -> None:
        """Time passes, or a clock is set back."""
        self.clock.advance(ms)

    @invariant()
    def tokens_only_grow(self) -> None:
        """In the books, and in the order of what was written: whoever was overtaken is never heard again."""
        assert self.written == sorted(self.written)
        assert self.stands().token == self.newest


TestRoles = Roles.TestCase
TestRoles.settings = settings(stateful_step_count=30, deadline=None)
