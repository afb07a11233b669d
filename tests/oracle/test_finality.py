"""A settle price of a token waits until the chain bears it out for good."""

from __future__ import annotations

import json

import pytest

from rooms_core.ports.oracle import CloseAnswer, Closed, NoAnswer, NotYet
from rooms_core.result import Ok
from rooms_oracle.checker import check_records
from rooms_oracle.finality import AGAIN_MS, Finality, FinalPool
from rooms_oracle.heard import PoolState
from rooms_oracle.oracle import ConsensusOracle
from rooms_oracle.quotes import COIN_UNIT
from rooms_oracle.settle_price import DEADLINE_MS
from rooms_oracle.testing.table_feeds import TableFeeds

SETTLE = 60_000
CURVE = FinalPool(99, "curve")


class FinalFeeds(TableFeeds):
    """Tables that know what is final; None: it is not known yet."""

    finals: FinalPool | None = None
    asked: tuple[str, int] = ("", 0)

    async def final(self, name: str, *, at_least_slot: int) -> FinalPool | None:
        """As the test says."""
        self.asked = (name, at_least_slot)
        return self.finals


def state(slot: int | None, *, on_curve: bool = True) -> PoolState:
    """A pool read at a slot."""
    return PoolState(10**6, 6, 1_000, 10_000, on_curve, None, "curve" if on_curve else "amm", slot)


@pytest.mark.parametrize(
    "final, read, borne_out",
    [
        (FinalPool(7, "curve"), state(7), True),
        (FinalPool(6, "curve"), state(7), False),
        (FinalPool(9, "amm"), state(7), True),
        (FinalPool(9, "amm"), state(7, on_curve=False), True),
        (FinalPool(9, "curve"), state(7, on_curve=False), False),
        (FinalPool(0, "curve"), state(None), True),
    ],
)
def test_what_was_read_is_borne_out_by_what_is_final(
    final: FinalPool, read: PoolState, borne_out: bool
) -> None:
    """The same pool or the one that follows its curve, at that slot or later; never a curve again."""
    assert borne_out is final.bears_out(read)


async def closing() -> tuple[FinalFeeds, ConsensusOracle, list[str]]:
    """A token that ticked through its last minute, read at slots 1 to 20, and the records so far."""
    feeds = FinalFeeds()
    feeds.add("SOL/USD")
    feeds.add("pump:M", rates=("SOL/USD",), pool=True)
    oracle = ConsensusOracle(feeds)
    oracle.poll("pump:M")
    told: list[str] = []
    for number in range(1, 21):
        feeds.say("SOL/USD", 3_000 * number, COIN_UNIT)
        feeds.say("pump:M", 3_000 * number, 10**16, quote="SOL", pool=state(number))
        ticked = await oracle.tick(3_000 * number)
        assert isinstance(ticked, Ok)
        told += [record.body for record in ticked.value.records]
    return feeds, oracle, told


async def asked(oracle: ConsensusOracle, now_ms: int) -> CloseAnswer:
    """The answer at a time."""
    match await oracle.close_price("pump:M", settle_at_ms=SETTLE, now_ms=now_ms):
        case Ok(answer):
            return answer
        case failed:
            pytest.fail(str(failed))


async def test_a_settle_price_waits_for_the_slot_of_its_last_tick() -> None:
    """It is asked for at that slot again and again; then the record says at which slot the chain bore it out."""
    feeds, oracle, _ = await closing()

    assert isinstance(feeds, Finality)
    assert NotYet(SETTLE + AGAIN_MS) == await asked(oracle, SETTLE)
    assert ("pump:M", 20) == feeds.asked
    feeds.finals = FinalPool(19, "curve")
    assert NotYet(SETTLE + 2 * AGAIN_MS) == await asked(oracle, SETTLE + AGAIN_MS)
    for number in range(21, 161):  # its ticks are long forgotten where ticks are held
        feeds.say("SOL/USD", 3_000 * number, COIN_UNIT)
        await oracle.tick(3_000 * number)
    feeds.finals = CURVE
    answer = await asked(oracle, SETTLE + 420_000)

    assert isinstance(answer, Closed)
    assert 10**6 == answer.price
    assert {"slot": "99", "pool": "curve"} == json.loads(answer.records[-1].body)["final"]


async def test_the_record_of_it_can_be_checked() -> None:
    """The checker accepts it, and notices another slot."""
    feeds, oracle, told = await closing()
    feeds.finals = CURVE
    answer = await asked(oracle, SETTLE)
    assert isinstance(answer, Closed)
    told += [record.body for record in answer.records]

    assert isinstance(check_records(told), Ok)
    assert not isinstance(check_records([*told[:-1], told[-1].replace('"99"', '"98"')]), Ok)


async def test_what_is_never_final_is_no_answer() -> None:
    """At the deadline the room is void."""
    _, oracle, _ = await closing()

    assert NotYet(SETTLE + DEADLINE_MS) == await asked(oracle, SETTLE + DEADLINE_MS - 1)
    assert NoAnswer("NOT_FINAL", ()) == await asked(oracle, SETTLE + DEADLINE_MS)


async def test_rooms_that_close_together_are_answered_alike_however_long_that_took() -> None:
    """Its ticks are kept for the second one too, and for the first again, should the store fail; not for ever."""
    feeds, oracle, _ = await closing()
    await asked(oracle, SETTLE)
    for number in range(21, 161):
        feeds.say("SOL/USD", 3_000 * number, COIN_UNIT)
        await oracle.tick(3_000 * number)
    feeds.finals = CURVE
    answers = [await asked(oracle, SETTLE + 420_000) for _ in range(2)]
    late = await asked(oracle, SETTLE + 2 * DEADLINE_MS + 1)

    assert [10**6] * 2 == [each.price for each in answers if isinstance(each, Closed)]
    assert isinstance(late, NoAnswer)
