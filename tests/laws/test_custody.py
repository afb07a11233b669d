"""Whatever the chain, the signer and the database do: paid once, to the lamport, or given back; credited once.

Runs are drawn as weather, crashes and answers of the store that are lost; then all faults stop, and everything has to
come to its end.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeAlias, TypeVar

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from rooms_core.domain.attempt import Attempt, Finality, StatusAnswer, Step, judge
from rooms_core.domain.ids import UserId
from rooms_core.domain.journal import OPERATING, OUTSIDE, available, reserved
from rooms_core.domain.money import Lamports
from rooms_core.domain.withdrawal import Withdrawal, WithdrawalState
from rooms_core.ports.books import Books
from rooms_core.ports.store import StoreFailed
from rooms_core.result import Ok, Result
from rooms_core.testing.builders import sols
from rooms_core.testing.clock import ManualClock
from rooms_core.testing.custody_house import POLICY, CustodyHouse, value
from rooms_core.testing.memory.undo import Crashed
from rooms_core.testing.memory_store import Fate, MemoryStore
from rooms_core.testing.scripted_chain import FAIR, FEE, Weather

T = TypeVar("T")
E = TypeVar("E")

USERS = (2, 4, 6, 8)
START = sols("100")

weathers = st.builds(
    Weather,
    lost=st.sampled_from([0, 40, 100]),
    late=st.sampled_from([0, 40, 100]),
    late_slots=st.just(170),
    forked=st.sampled_from([0, 20]),
    failing=st.sampled_from([0, 10, 30]),
    silent=st.sampled_from([0, 30]),
    lag_slots=st.sampled_from([0, 20, 250]),
    skipped=st.sampled_from([0, 5]),
)
fates = st.lists(st.sampled_from([*Fate, Fate.DONE, Fate.DONE, Fate.DONE]), max_size=20)
turns = st.lists(
    st.tuples(
        st.integers(1, 90),  # slots that pass
        st.none() | st.integers(0, 60),  # the process dies after so many calls to the outside
        st.none()
        | st.tuples(st.integers(0, 40), st.integers(0, 12)),  # or in a unit of work, after so many writes
        fates,
    ),
    max_size=20,
)


class MortalStore(MemoryStore):
    """A store whose process can die in a unit of work to come."""

    dies: tuple[int, int] | None = None

    async def run(self, work: Callable[[Books], Awaitable[Result[T, E]]]) -> Result[T, E | StoreFailed]:
        if self.dies is not None:
            units, writes = self.dies
            self.dies = (units - 1, writes) if units else None
            if units == 0:
                self.crash_after(writes)
        return await super().run(work)


class House(CustodyHouse):
    """A house with such a store."""

    def __init__(self, seed: int) -> None:
        clock = ManualClock()
        self.mortal = MortalStore(clock)
        super().__init__(seed, policy=replace(POLICY, attempts_max=3), clock=clock, store=self.mortal)


Story: TypeAlias = list[tuple[int, int | None, tuple[int, int] | None, list[Fate]]]


async def opened(seed: int) -> tuple[House, list[Withdrawal]]:
    """A house with four people, each with 5 SOL of his own and something asked back."""
    house = House(seed)
    await house.fund(START)
    await house.deposit({user: sols("5") for user in USERS})
    asked = [await house.ask(user, sols(f"0.{user}")) for user in USERS]
    asked.append(await house.ask(2, sols("2"), key="with approval"))
    await house.decide(asked[-1].id, "ann")
    return house, asked


async def turn(
    house: House, slots: int, calls: int | None, dies: tuple[int, int] | None, planned: list[Fate]
) -> None:
    """One turn of the loops, in which the process may die; the next one finds only what is in the books."""
    house.chain.points.crash_after(calls)
    house.mortal.dies = dies
    house.mortal.plan(*planned)
    try:
        await house.round(slots=slots)
    except Crashed:
        event("crashed")
    house.chain.points.crash_after(None)
    house.mortal.dies = None


async def heal(house: House, asked: list[Withdrawal]) -> None:
    """All faults stop, and time passes until all is over, or every blockhash has run out several times."""
    house.chain.weather = FAIR
    for turns_done in range(90):
        await house.round(slots=10)
        if turns_done > 20 and all([(await house.find(withdrawal.id)).state.over for withdrawal in asked]):
            break
    await house.round(slots=300)  # whatever was still under way has landed, or cannot


async def check(house: House, asked: list[Withdrawal]) -> None:
    """At most one transfer, exact; the reserve spent or released, never both; the chain and the books agree."""
    for withdrawal in asked:
        ended, paid = await house.find(withdrawal.id), house.chain.paid(withdrawal.id)
        assert ended.state.over
        assert (1 if ended.state is WithdrawalState.DONE else 0) == len(paid)
        for landing in paid:
            assert withdrawal.amount.value == landing.changes[withdrawal.destination]
        event(ended.state.value)
    for user in USERS:
        assert 0 == await house.balance(reserved(UserId(user)))
    addresses = [value(await house.deposit_address(UserId(user))).address for user in USERS]
    held = sum(map(house.chain.lamports, [house.signer.wallet, *addresses]))
    assert -held == await house.balance(OUTSIDE)  # world conservation (I4), to the lamport


@given(seed=st.integers(0, 10**6), weather=weathers, story=turns)
async def test_a_withdrawal_is_paid_once_or_given_back(seed: int, weather: Weather, story: Story) -> None:
    """Lost sends, late landings, forks, lagging replicas, crashes and lost answers: nobody is paid twice (I13, I15)."""
    house, asked = await opened(seed)
    house.chain.weather = weather

    for step in story:
        await turn(house, *step)
    await heal(house, asked)

    await check(house, asked)


@given(
    seed=st.integers(0, 10**6),
    weather=weathers,
    story=turns,
    arrivals=st.lists(
        st.tuples(st.sampled_from(USERS), st.integers(1, 3_000_000), st.booleans()), min_size=1, max_size=8
    ),
)
async def test_a_deposit_is_credited_once(
    seed: int,
    weather: Weather,
    story: Story,
    arrivals: list[tuple[int, int, bool]],
) -> None:
    """Every lamport that arrives is credited once, however often it is seen; dust waits until it is enough (I16)."""
    house = House(seed)
    addresses = await house.join(*USERS)
    house.chain.weather = weather
    expected = dict.fromkeys(addresses, 0)
    plan = [*story, *[(5, None, None, [])] * len(arrivals)]

    for (user, amount, fails), step in zip(arrivals, plan, strict=False):
        house.chain.arrive({addresses[UserId(user)]: Lamports(amount)}, error="Custom 1" if fails else None)
        expected[UserId(user)] += 0 if fails else amount
        await turn(house, *step)
    house.chain.weather = FAIR
    for _ in range(6):
        await house.round(slots=20)
    value(await house.credit(full=True))

    for user, amount in expected.items():
        credited = await house.balance(available(user))
        # What is credited came, and what waits is less than the minimum.
        assert 0 <= amount - credited < house.credit.minimum.value


@given(seed=st.integers(0, 10**6), weather=weathers, slots=st.lists(st.integers(1, 60), max_size=12))
async def test_a_solvent_house_is_never_called_insolvent(
    seed: int, weather: Weather, slots: list[int]
) -> None:
    """In any weather a check that comes through says what is true: more is held than owed (I18)."""
    house, _ = await opened(seed)
    house.chain.weather = weather

    for pause in slots:
        house.wait(slots=pause)
        await house.credit()
        report = await house.reconcile()
        if isinstance(report, Ok):
            event("checked")
            own = await house.balance(OPERATING)
            # What is left is the house's own, less the fees of transfers that have landed and are not booked yet.
            assert 0 <= own - report.value.surplus <= 5 * FEE.value
            assert 0 == report.value.differs
        await house.sign()
        await house.send()


def at_the_second_look(attempt: Attempt, finality: Finality, answer: StatusAnswer) -> Step:
    """The naive rule: what is not seen has not happened."""
    if answer.status is None:
        return Step.SEND if attempt.sent_at_ms is None else Step.PROVE
    return judge(attempt, Finality(0, finality.height), answer)


async def test_the_weather_would_find_a_naive_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    """Signing again what was not seen at the second look pays somebody twice: so the laws above are not blind."""
    monkeypatch.setattr("rooms_core.services.send_withdrawals.judge", at_the_second_look)
    twice = 0
    for seed in range(6):
        house, asked = await opened(seed)
        house.chain.weather = Weather(late=100)
        for _ in range(40):
            await house.round(slots=8)
        twice += sum(len(house.chain.paid(withdrawal.id)) > 1 for withdrawal in asked)

    assert twice > 0
