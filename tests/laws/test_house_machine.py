"""The whole house against a naive one: whatever people, prices and time can do, compared after each step."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from hypothesis import event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.laws.naive import NaiveBet
from tests.laws.naive_house import NaiveHouse, NaiveRoom
from tests.laws.worlds import naive_rules, told_figures

from rooms_core.domain.ids import RoomId, UserId, WithdrawalId
from rooms_core.domain.journal import BREAKAGE, PROTOCOL, SUBSIDY, available, pot, reserved, room_subsidy
from rooms_core.domain.market import FoundBy, Mode
from rooms_core.domain.money import Lamports
from rooms_core.domain.referral import code_number
from rooms_core.domain.room import Room
from rooms_core.domain.rules import HouseRules
from rooms_core.domain.status import may_move
from rooms_core.domain.terms import VoidReason
from rooms_core.domain.two_persons import Consent
from rooms_core.domain.withdrawal import WithdrawalState
from rooms_core.domain.withdrawal_request import WithdrawalOrder
from rooms_core.ports.oracle import Closed, NoAnswer, TickReport, Touch, Untouched
from rooms_core.proofs.receipt_check import verify_receipt
from rooms_core.result import Err, Ok
from rooms_core.testing.builders import USD, a_market_state, a_reading, an_order, sols
from rooms_core.testing.custody_house import CustodyHouse
from rooms_core.testing.house import House, a_record, a_request
from rooms_core.testing.scripted_wire import scripted_address

T = TypeVar("T")

FIRST = (2, 4, 6, 8, 10)
"""Who is there from the start; 12 and 14 may join."""
PEOPLE = st.sampled_from([*FIRST, *FIRST, 12, 14])
STAKES = st.sampled_from([1_000_000, 1_000_001, 3_333_333, 10_000_000, 77_777_777, 400_000_000, 10**9])
PICKS = st.integers(0, 30)
ODD_STAKES = st.sampled_from([0, 999_999, 10**10, 10**15])
RULES = [
    HouseRules(),
    HouseRules.preset("rooms", match_limit=2),
    HouseRules.preset("losing-pool"),
    HouseRules.preset("us-tote", subsidy_max=sols("0.2")),
]
SAME_PRICE, NEAR, HIT = 190 * USD, 199_900_000_000_000, 200 * USD
TICK = 3_000
TAKING = ("QUEUING", "OPEN")


class HouseMachine(RuleBasedStateMachine):
    """Rules are what can happen; `naive` is told the same, and everything it knows must be so in the books."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.keys = 0
        self.verified: set[int] = set()
        self.codes: dict[int, str] = {}
        self.asked: dict[int, tuple[int, int]] = {}

    def teardown(self) -> None:
        """The loop is ours."""
        self.runner.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine to its end."""
        return self.runner.run(work)

    def answered(self, expected: str, answer: Ok[Any] | Err[Any]) -> None:
        """The engine says yes when the naive house does, and gives the same reason when it does not."""
        assert expected == ("ok" if isinstance(answer, Ok) else type(answer.why).__name__), answer

    @initialize(
        rules=st.sampled_from(RULES),
        referrers=st.tuples(*[st.integers(0, number) for number in range(len(FIRST))]),
    )
    def open_house(self, rules: HouseRules, referrers: tuple[int, ...]) -> None:
        """A house with its own rules, its operator's money, and custody over the same books.

        The first people come, each brought by an older one or by nobody, each with 3 SOL; one hosts a TOUCH room, and
        another room asks for the close.
        """
        self.house = House(rules, block=2)
        self.custody = CustodyHouse(clock=self.house.clock, store=self.house.store)
        self.custody.ids = self.house.ids
        self.custody.judge_by(self.custody.policy)
        self.house_rules = rules
        self.run(self.custody.fund(sols("50")))
        self.run(self.house.books.funded(SUBSIDY, sols("0.5")))
        self.naive = NaiveHouse(now=self.house.now_ms, subsidy=sols("0.5").value)
        for user, place in zip(FIRST, referrers, strict=True):
            self.join(user, FIRST[place - 1] if place else None)
            self.deposit(user, 3 * 10**9)
        self.create(host=FIRST[-1], touch=True, minutes=15, share=80)
        self.create(host=None, touch=False, minutes=20, share=50)

    @rule(user=PEOPLE, referrer=st.one_of(st.none(), PEOPLE))
    def join(self, user: int, referrer: int | None) -> None:
        """Somebody starts, by somebody's code or none."""
        code = None
        if referrer is not None:
            known = self.naive.users.get(referrer)
            code = code_number(0) if known is None else self.codes[referrer]
            if known is None and code in self.codes.values():
                return  # somebody else was dealt that code
        answer = self.run(self.house.join(UserId(user), code=code))
        self.answered(self.naive.join(user, referrer), answer)
        if isinstance(answer, Ok):
            self.codes[user] = answer.value.code
            assert self.naive.users[user].uplines == answer.value.uplines

    @rule(user=PEOPLE, amount=st.sampled_from([5_000_000, 250_000_000, 10**9, 3 * 10**9]))
    def deposit(self, user: int, amount: int) -> None:
        """Money arrives on somebody's address, and is credited once it is final."""
        if user not in self.naive.users:
            return
        self.run(self.custody.deposit({user: Lamports(amount)}))
        self.naive.users[user].available += amount

    @rule(
        host=st.one_of(st.none(), PEOPLE),
        touch=st.booleans(),
        minutes=st.integers(15, 40),
        share=st.sampled_from([25, 50, 80]),
    )
    def create(self, host: int | None, touch: bool, minutes: int, share: int) -> None:
        """A room on SOL reaching 200 USD, at 190 now."""
        if host is not None and host not in self.naive.users:
            host = None
        now = self.house.now_ms
        request = a_request(
            now_ms=now,
            host=host,
            minutes=minutes,
            mode=Mode.TOUCH if touch else Mode.AT_CLOSE,
            lock_share=share,
        )
        self.house.oracle.readings["SOL/USD"] = a_reading(SAME_PRICE, tick_ms=now)
        answer = self.run(self.house.create(request))
        settle = -(-(now + minutes * 60_000) // 60_000) * 60_000
        made = NaiveRoom(
            touch=touch,
            target=200 * USD,
            created=now,
            lock=min(now + (settle - now) * share // 100, settle - 120_000),
            settle=settle,
            host=host,
            rules=naive_rules(self.house_rules),
            subsidy_max=self.house_rules.subsidy_max.value,
        )
        number = answer.value.id if isinstance(answer, Ok) else 0
        self.answered(self.naive.create(number, made), answer)
        if isinstance(answer, Ok):
            assert (made.lock, made.settle) == (answer.value.lock_at_ms, answer.value.settle_at_ms)

    def a_room(self, pick: int, *statuses: str) -> int:
        """One of the rooms in these states (none given: of all), or a new one if there is none."""
        found = [
            number for number, room in self.naive.rooms.items() if not statuses or room.status in statuses
        ]
        if not found:
            self.create(host=FIRST[pick % len(FIRST)], touch=pick % 2 == 0, minutes=15, share=50)
            found = list(self.naive.rooms)[-1:]
        return found[pick % len(found)]

    @rule(
        pick=PICKS,
        user=PEOPLE,
        outcome=st.sampled_from(["YES", "NO"]),
        stake=STAKES,
        wanted=st.sampled_from([None, None, 1, 0, -1]),
        fresh=st.sampled_from([True, True, False]),
    )
    def bet(self, pick: int, user: int, outcome: str, stake: int, wanted: int | None, fresh: bool) -> None:
        """Somebody bets, with or without asking for a return just below, at or above the present one."""
        room = self.a_room(pick, *TAKING)
        if fresh:
            self.look(SAME_PRICE)
        return_min = None
        if wanted is not None:
            placed = NaiveBet("me", outcome, stake, self.naive.now)
            return_min = max(0, self.naive.returned(self.naive.rooms[room], placed) + wanted)
        self.keys += 1
        self.order(room, user, outcome, stake, return_min)

    @rule(
        room=st.sampled_from([0, 4, 1_000_000]),
        pick=PICKS,
        user=st.one_of(PEOPLE, st.just(16)),
        outcome=st.sampled_from(["YES", "NO", "yes"]),
        stake=st.one_of(STAKES, ODD_STAKES),
        repeated=st.booleans(),
    )
    def odd_bet(self, room: int, pick: int, user: int, outcome: str, stake: int, repeated: bool) -> None:
        """Too little or too much, on nothing, by nobody, or under the key of the last bet."""
        self.keys += not repeated
        self.order(room or self.a_room(pick), user, outcome, stake, None)

    @rule(
        pick=PICKS,
        bets=st.lists(st.tuples(PEOPLE, st.sampled_from(["YES", "NO"]), STAKES), min_size=2, max_size=6),
    )
    def crowd(self, pick: int, bets: list[tuple[int, str, int]]) -> None:
        """Several people bet within a few seconds."""
        room = self.a_room(pick, *TAKING)
        self.look(SAME_PRICE)
        for user, outcome, stake in bets:
            self.keys += 1
            self.order(room, user, outcome, stake, None)
            self.house.clock.advance(500)

    @rule(pick=PICKS, closing=st.sampled_from(["up", "down", "down", "none"]), back=st.integers(0, 900))
    def play_out(self, pick: int, closing: str, back: int) -> None:
        """A room goes all its way: opens, locks, has its answer at the settle time, and is settled."""
        room = self.a_room(pick, *TAKING, "LOCKED")
        stands = self.naive.rooms[room]
        self.advance()
        for at in (stands.lock, stands.settle):
            self.house.clock.set(max(self.house.now_ms, at))
            self.advance()
        self.look(SAME_PRICE, closing=closing, back=back)
        self.settle(room)

    @rule(pick=PICKS, back=st.integers(0, 60))
    def touch_now(self, pick: int, back: int) -> None:
        """An open TOUCH room is touched right after bets, and settled."""
        room = self.a_room(pick, *TAKING, "LOCKED")
        self.advance()
        if self.naive.rooms[room].touch:
            self.look(HIT, touched=room, back=back)
            self.settle(room)

    def order(self, room: int, user: int, outcome: str, stake: int, return_min: int | None) -> None:
        """An order, delivered twice: both houses judge it, and the second delivery changes nothing (I5)."""
        self.naive.now = self.house.now_ms
        key = str(self.keys)
        order = an_order(
            user,
            outcome,
            Lamports(stake),
            room=room,
            key=key,
            return_min=None if return_min is None else Lamports(return_min),
        )
        expected = self.naive.bet(room, user, outcome, stake, key, return_min)
        answer = self.run(self.house.place([order, order]))
        assert isinstance(answer, Ok)
        first, again = answer.value
        self.answered(expected, first)
        event(f"bet {expected}")
        if expected == "ok":
            assert first == again
        else:
            assert type(first) is type(again)

    def look(self, price: int, touched: int | None = None, back: int = 0, closing: str | None = None) -> None:
        """The monitor evaluates the next tick of the grid."""
        at = self.naive.now = (self.house.now_ms // TICK + 1) * TICK
        record = a_record("SOL/USD", at)
        last_clear = at - back * 1_000
        oracle = self.house.oracle
        oracle.closes.clear()
        oracle.touches.clear()
        live = [number for number, room in self.naive.rooms.items() if room.touch]
        if closing == "none":
            oracle.closes["SOL/USD"] = NoAnswer("silence", (record.hash,), (record,))
            oracle.touches.update({RoomId(each): NoAnswer("silence", (record.hash,)) for each in live})
        elif closing is not None:
            closed = 200 * USD if closing == "up" else 200 * USD - 1
            oracle.closes["SOL/USD"] = Closed(closed, at, FoundBy.CLOSE, (record.hash,), (record,))
            for each in live:
                oracle.touches[RoomId(each)] = (
                    self.touch(each, at, last_clear, FoundBy.AUDIT)
                    if closing == "up"
                    else Untouched(at, price, FoundBy.TICKS, (record.hash,), (record,))
                )
        touches = () if touched is None else (self.touch(touched, at, last_clear, FoundBy.TICKS),)
        self.house.clock.set(at)
        states = (a_market_state(a_reading(price, tick_ms=at)),)
        oracle.ticks.append(TickReport(at, states, touches, (), (record,)))
        watched = self.run(self.house.watch(at))
        assert isinstance(watched, Ok)
        assert () == watched.value.stuck
        self.naive.sees(at, price)
        self.naive.watch(touched, last_clear, closing)

    @staticmethod
    def touch(room: int, at: int, last_clear: int, found_by: FoundBy) -> Touch:
        """A touch of a room's target."""
        record = a_record("SOL/USD", at)
        return Touch(
            room=RoomId(room),
            at_ms=at,
            price=200 * USD,
            last_clear_ms=last_clear,
            found_by=found_by,
            evidence=(record.hash,),
            records=(record,),
        )

    @rule(price=st.sampled_from([SAME_PRICE, NEAR, HIT]))
    def tick(self, price: int) -> None:
        """An ordinary tick: far from the target, near to it, or past it."""
        self.look(price)

    @rule(pick=PICKS, back=st.integers(0, 400))
    def touched(self, pick: int, back: int) -> None:
        """A target is touched; the last clear tick lies some seconds back."""
        room = self.a_room(pick)
        if self.naive.rooms[room].touch:
            self.look(HIT, touched=room, back=back)

    @rule(closing=st.sampled_from(["up", "down", "none"]), back=st.integers(0, 900))
    def close(self, closing: str, back: int) -> None:
        """The oracle can say how the settle times ended."""
        self.look(SAME_PRICE, closing=closing, back=back)

    @rule(seconds=st.sampled_from([1, 5, 60, 300, 600, 1_200]))
    def wait(self, seconds: int) -> None:
        """Time passes."""
        self.house.clock.advance(seconds=seconds)

    @rule()
    def advance(self) -> None:
        """Rooms that are due open, lock or are void."""
        self.naive.now = self.house.now_ms
        self.naive.advance()
        assert () == self.run(self.house.moves()).stuck

    @rule(pick=PICKS)
    def settle_any(self, pick: int) -> None:
        """A settler tries any room."""
        self.settle(self.a_room(pick))

    def settle(self, room: int) -> None:
        """A settler tries, and another one right behind him: only one of them can (R7)."""
        self.naive.now = self.house.now_ms
        expected = self.naive.settle(room)
        self.answered(expected, self.run(self.house.settle(RoomId(room))))
        again = self.run(self.house.settle(RoomId(room)))
        assert isinstance(again, Err)

    @rule(pick=PICKS, stake_holder=st.booleans())
    def void(self, pick: int, stake_holder: bool) -> None:
        """Two persons void a room for a listed cause; one of them may hold a stake in it, and then nothing happens."""
        self.naive.now = self.house.now_ms
        room = self.a_room(pick)
        stands = self.naive.rooms[room]
        bettors = {int(bet.bettor) for bet in stands.bets}
        partial = min(bettors) if stake_holder and bettors else None
        expected = "ok"
        if stands.status in ("SETTLED", "VOIDED"):
            expected = "AlreadyEnded"
        elif stands.status == "SETTLING":
            expected = "AnswerStands"
        elif partial is not None:
            expected = "ApproverHasStake"
        answer = self.run(
            self.house.void(
                RoomId(room),
                cause=VoidReason.POOL_MOVED,
                evidence=[a_record("SOL/USD", self.house.now_ms)],
                consents=[
                    Consent("ann", "office", None if partial is None else UserId(partial)),
                    Consent("bob", "remote"),
                ],
            )
        )
        self.answered(expected, answer)
        if expected == "ok":
            self.naive.void(stands, "POOL_MOVED")

    @rule(pick=PICKS)
    def hold(self, pick: int) -> None:
        """One person may stop a room's money."""
        room = self.a_room(pick)
        stands = self.naive.rooms[room]
        expected = "ok"
        if stands.status in ("SETTLED", "VOIDED"):
            expected = "AlreadyEnded"
        elif stands.held:
            expected = "RoomHeld"
        self.answered(expected, self.run(self.house.hold(RoomId(room), reason="looked at")))
        stands.held |= expected == "ok"

    @rule(pick=PICKS)
    def lift(self, pick: int) -> None:
        """Two let it go on."""
        room = self.a_room(pick)
        stands = self.naive.rooms[room]
        consents = [Consent("ann", "office"), Consent("bob", "remote")]
        answer = self.run(self.house.lift(RoomId(room), consents=consents))
        self.answered("ok" if stands.held else "NotHeld", answer)
        stands.held = False

    @rule(
        user=PEOPLE,
        amount=st.sampled_from([999_999, 1_000_000, 200_000_000, 10**9, 10**10]),
    )
    def withdraw(self, user: int, amount: int) -> None:
        """Somebody asks for money back; the same order twice reserves once."""
        self.naive.now = self.house.now_ms
        self.keys += 1
        order = WithdrawalOrder(
            user=UserId(user),
            key=str(self.keys),
            amount=Lamports(amount),
            destination=scripted_address(f"wallet of {user}"),
        )
        answer = self.run(self.custody.request(order))
        self.answered(self.naive.withdraw(user, amount), answer)
        if isinstance(answer, Ok):
            assert answer == self.run(self.custody.request(order))
            self.asked[answer.value.id] = (user, amount)

    @rule()
    def custody_turns(self) -> None:
        """Custody's loops sign, send and prove what is asked; what is finalized is spent (I15)."""
        for _ in range(3):
            self.run(self.custody.round(slots=40))
        for number, (user, amount) in list(self.asked.items()):
            if self.run(self.custody.find(WithdrawalId(number))).state is WithdrawalState.DONE:
                self.naive.users[user].reserved -= amount
                del self.asked[number]
                event("withdrawal done")

    @precondition(lambda self: self.asked)
    @rule(pick=PICKS)
    def cancel(self, pick: int) -> None:
        """What has not been signed can be taken back, by its owner only, and once."""
        number = list(self.asked)[pick % len(self.asked)]
        user, amount = self.asked[number]
        state = self.run(self.custody.find(WithdrawalId(number))).state
        stranger = self.run(self.custody.cancel(WithdrawalId(number), UserId(user + 100)))
        answer = self.run(self.custody.cancel(WithdrawalId(number), UserId(user)))
        assert isinstance(stranger, Err)
        if state in (WithdrawalState.APPROVED, WithdrawalState.AWAITING_APPROVAL):
            assert isinstance(answer, Ok)
            assert answer == self.run(self.custody.cancel(WithdrawalId(number), UserId(user)))
            self.naive.users[user].available += amount
            self.naive.users[user].reserved -= amount
            del self.asked[number]
        else:
            assert isinstance(answer, Err)

    @invariant()
    def balances_agree(self) -> None:
        """Every account holds what the naive house says (I2, I3, I12, I15)."""
        if not hasattr(self, "naive"):
            return
        expected = {PROTOCOL: self.naive.protocol, BREAKAGE: self.naive.breakage, SUBSIDY: self.naive.subsidy}
        for number, user in self.naive.users.items():
            expected[available(UserId(number))] = user.available
            expected[reserved(UserId(number))] = user.reserved
        for number, room in self.naive.rooms.items():
            ended = room.status in ("SETTLED", "VOIDED")
            expected[pot(RoomId(number))] = 0 if ended else room.staked
            aside = room.subsidy_max if room.rules.minimum_bps else 0
            expected[room_subsidy(RoomId(number))] = 0 if ended else aside
        found = self.run(self.house.books.ask(lambda queries: queries.balances(list(expected))))

        assert expected == found

    @invariant()
    def the_ledger_is_proven(self) -> None:
        """Every balance is the fold of its postings, and the books' own checks hold (I1–I4, I8, I10, I12)."""
        if not hasattr(self, "naive"):
            return
        report = self.run(self.house.books.ask(lambda queries: queries.verify()))

        assert report.holds, report

    @invariant()
    def rooms_agree(self) -> None:
        """Each room stands where the naive house says, moved along the table only (I7), and no bet is late (I11)."""
        if not hasattr(self, "naive"):
            return
        for number, naive in self.naive.rooms.items():
            stands = self.stands(RoomId(number))
            assert naive.status == stands.status
            assert naive.staked == stands.pool.gross.value
            assert all(bet.at_ms < naive.lock for bet in naive.bets)
            self.ending_agrees(number, naive, stands)

    def stands(self, room: RoomId) -> Room:
        """A room as it stands."""
        found = self.run(self.house.books.ask(lambda queries: queries.room(room)))
        assert found is not None
        return found

    def ending_agrees(self, number: int, naive: NaiveRoom, stands: Room) -> None:
        """A room that ended paid by the naive figures, and its receipt verifies offline (I8–I10, R8)."""
        if naive.end is None or number in self.verified:
            return
        self.verified.add(number)
        event(f"{stands.status} {naive.end.reason or ''}")
        row = self.run(self.house.books.ask(lambda queries: queries.settlement(RoomId(number))))
        assert row is not None
        assert naive.end.figures == ({} if row.figures is None else told_figures(row.figures))
        receipt = self.run(self.house.receipt(RoomId(number)))
        assert isinstance(receipt, Ok)
        assert naive.end.reason == receipt.value["header"]["reason"]
        assert isinstance(verify_receipt(receipt.value), Ok)
        assert not may_move(stands.status, stands.status)


TestHouse = HouseMachine.TestCase
TestHouse.settings = settings(max_examples=settings().max_examples // 2, stateful_step_count=50)
"""Half as many stories as other laws have examples; each is up to fifty steps long."""
