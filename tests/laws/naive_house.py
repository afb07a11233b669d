"""A second opinion on the whole house: balances, rooms and refusals kept with plain dicts, from the decisions alone.

It shares no code with the engine. Money is whole numbers of lamports, times are ms, a refusal is its name. Only what
the oracle says and when time passes is given to it; everything else it works out by itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.laws.naive import NaiveBet, NaiveEnd, NaiveRules, naive_settle

MINUTE = 60_000
STAKE_MIN = 1_000_000
WITHDRAWAL_MIN = 1_000_000
WAIT = 10 * MINUTE


@dataclass(kw_only=True)
class NaiveUser:
    """A person: what he has, what is reserved, what still waits, and who is above him."""

    uplines: tuple[int, ...] = ()
    available: int = 0
    reserved: int = 0
    waiting: int = 0
    waits_until: int = 0

    def withdrawable(self, now: int) -> int:
        """What he may ask to withdraw."""
        return self.available if now >= self.waits_until else max(0, self.available - self.waiting)


@dataclass(kw_only=True)
class NaiveRoom:
    """A room that asks whether SOL goes up to `target`."""

    touch: bool
    target: int
    created: int
    lock: int
    settle: int
    host: int | None
    rules: NaiveRules
    subsidy_max: int
    status: str = "QUEUING"
    held: bool = False
    answer: str | None = None
    late_after: int | None = None
    bets: list[NaiveBet] = field(default_factory=list)
    keys: dict[tuple[int, str], NaiveBet] = field(default_factory=dict)
    end: NaiveEnd | None = None

    @property
    def staked(self) -> int:
        """All stakes."""
        return sum(bet.stake for bet in self.bets)


@dataclass(kw_only=True)
class NaiveHouse:
    """All of it. `tick` is the last accepted price and its time."""

    now: int
    users: dict[int, NaiveUser] = field(default_factory=dict)
    rooms: dict[int, NaiveRoom] = field(default_factory=dict)
    tick: tuple[int, int] | None = None
    protocol: int = 0
    breakage: int = 0
    subsidy: int = 0

    def join(self, user: int, referrer: int | None) -> str:
        """The first start: "ok" or the refusal. Starting again by the same referrer is fine."""
        if user in self.users:
            above = self.users[user].uplines
            return "ok" if referrer is None or above[:1] == (referrer,) else "AlreadyJoined"
        if referrer is None:
            self.users[user] = NaiveUser()
            return "ok"
        if referrer not in self.users:
            return "CodeUnknown"
        if referrer >= user:
            return "ReferrerNotOlder"
        self.users[user] = NaiveUser(uplines=(referrer, *self.users[referrer].uplines)[:3])
        return "ok"

    def create(self, number: int, room: NaiveRoom) -> str:
        """A room whose dividends can need a subsidy has it set aside first."""
        if room.rules.minimum_bps or room.rules.ladder:
            if self.subsidy < room.subsidy_max:
                return "SubsidyNotCovered"
            self.subsidy -= room.subsidy_max
        self.rooms[number] = room
        return "ok"

    def bet(self, number: int, user: int, outcome: str, stake: int, key: str, return_min: int | None) -> str:
        """ "ok" or the name of the first rule that refuses."""
        room = self.rooms.get(number)
        first = room.keys.get((user, key)) if room else None
        if first is not None:
            return "ok" if (first.outcome, first.stake) == (outcome, stake) else "KeyConflict"
        if room is None:
            return "RoomUnknown"
        if user not in self.users:
            return "BettorUnknown"
        refused = self.refusal(room, user, NaiveBet(str(user), outcome, stake, self.now), return_min)
        if refused is not None:
            return refused
        self.users[user].available -= stake
        bet = NaiveBet(str(user), outcome, stake, self.now)
        room.bets.append(bet)
        room.keys[user, key] = bet
        return "ok"

    def refusal(self, room: NaiveRoom, user: int, bet: NaiveBet, return_min: int | None) -> str | None:
        """The first rule that refuses a new bet."""
        if room.status not in ("QUEUING", "OPEN"):
            return "RoomNotOpen"
        if room.held:
            return "RoomHeld"
        if self.now >= room.lock:
            return "BettingEnded"
        if bet.outcome not in ("YES", "NO"):
            return "OutcomeUnknown"
        if bet.stake < STAKE_MIN:
            return "StakeTooSmall"
        if room.touch:
            if self.tick is None or self.now - self.tick[0] > 6_000:
                return "PriceTooOld"
            if self.tick[1] >= room.target:
                return "TouchPending"
            if (room.target - self.tick[1]) * 1_000_000 // room.target <= 1_000:
                return "PriceTooNear"
        if bet.stake > self.users[user].available:
            return "BalanceTooLow"
        if self.subsidy_for([*room.bets, bet], room.rules) > room.subsidy_max:
            return "SubsidyUsedUp"
        if return_min is not None and self.returned(room, bet) < return_min:
            return "ReturnTooLow"
        return None

    def subsidy_for(self, bets: list[NaiveBet], rules: NaiveRules) -> int:
        """The most a single winner can cost: all stakes of a side together, so that nothing is floored away."""
        if not (rules.minimum_bps or rules.ladder):
            return 0
        sides = [NaiveBet(bet.outcome, bet.outcome, bet.stake) for bet in bets]
        return max(naive_settle(sides, [winner], rules).figures.get("subsidy", 0) for winner in ("YES", "NO"))

    def returned(self, room: NaiveRoom, bet: NaiveBet) -> int:
        """What a new bet would return if betting ended now and it won."""
        bets = [*room.bets, NaiveBet("me", bet.outcome, bet.stake, bet.at_ms)]
        end = naive_settle(bets, [bet.outcome], room.rules, hosted=False)
        return end.refunds.get("me", 0) + end.payouts.get("me", 0)

    def advance(self) -> None:
        """One step for each room that is due: open, lock, or void."""
        for room in self.rooms.values():
            if room.status == "QUEUING":
                enough = len({bet.bettor for bet in room.bets}) >= 2
                if enough and room.touch and self.now >= room.settle:
                    self.void(room, "NO_PRICE")
                elif enough and room.touch and self.tick is not None and self.tick[1] >= room.target:
                    self.void(room, "TARGET_PASSED")
                elif enough:
                    room.status = "OPEN"
                elif self.now >= room.lock:
                    self.void(room, "TOO_FEW_PLAYERS")
            elif room.status == "OPEN" and self.now >= room.lock:
                if len({bet.outcome for bet in room.bets}) < 2:
                    self.void(room, "ONE_SIDED")
                else:
                    room.status = "LOCKED"

    def sees(self, at: int, price: int) -> None:
        """A price is written down where a bet may ask for it (a TOUCH room takes bets), or else on whole minutes."""
        asked_for = any(room.touch and room.status in ("QUEUING", "OPEN") for room in self.rooms.values())
        if asked_for or at % MINUTE == 0:
            self.tick = (at, price)

    def watch(self, touched: int | None, last_clear: int, closing: str | None) -> None:
        """A tick of the oracle: `touched` names a room it touched, `closing` what it says at settle times."""
        for number, room in self.rooms.items():
            if number == touched and room.status in ("OPEN", "LOCKED"):
                self.answer(room, "YES", last_clear - 12_000)
            elif room.status == "LOCKED" and self.now >= room.settle and closing is not None:
                if closing == "none":
                    self.void(room, "NO_PRICE")
                elif room.touch and closing == "up":
                    self.answer(room, "YES", last_clear - 15_000)  # found by the audit of a gap
                else:
                    self.answer(room, "YES" if closing == "up" else "NO", None)

    def answer(self, room: NaiveRoom, outcome: str, late_after: int | None) -> None:
        """The room has its answer; its money follows when it is settled."""
        room.status, room.answer, room.late_after = "SETTLING", outcome, late_after

    def settle(self, number: int) -> str:
        """Pay a room out once."""
        room = self.rooms.get(number)
        if room is None:
            return "RoomUnknown"
        if room.status != "SETTLING" or room.answer is None:
            return "NotSettling"
        if room.held:
            return "RoomHeld"
        end = naive_settle(
            room.bets,
            [room.answer],
            room.rules,
            hosted=room.host is not None,
            late_after_ms=room.late_after,
            uplines={
                bettor: tuple(str(upline) for upline in self.users[int(bettor)].uplines)
                for bettor in {bet.bettor for bet in room.bets}
            },
        )
        if end.reason is not None:
            self.void(room, end.reason)
            return "ok"
        room.status, room.end = "SETTLED", end
        received: dict[int, int] = {}
        for amounts in (end.payouts, end.refunds, end.commissions):
            for name, amount in amounts.items():
                received[int(name)] = received.get(int(name), 0) + amount
        if room.host is not None and end.figures["host"]:
            received[room.host] = received.get(room.host, 0) + end.figures["host"]
        self.credit(received)
        self.protocol += end.figures["protocol"]
        self.breakage += end.figures["breakage"]
        if room.rules.minimum_bps or room.rules.ladder:
            self.subsidy += room.subsidy_max - end.figures["subsidy"]
        return "ok"

    def void(self, room: NaiveRoom, reason: str) -> None:
        """Everybody has his stake back; a held room waits."""
        if room.held and reason != "POOL_MOVED":
            return
        back: dict[int, int] = {}
        for bet in room.bets:
            back[int(bet.bettor)] = back.get(int(bet.bettor), 0) + bet.stake
        self.credit(back)
        if room.rules.minimum_bps or room.rules.ladder:
            self.subsidy += room.subsidy_max
        room.status = "VOIDED"
        room.end = NaiveEnd(reason=reason, refunds={str(user): amount for user, amount in back.items()})

    def credit(self, received: dict[int, int]) -> None:
        """Credits from rooms can be bet at once, and are withdrawable ten minutes after the last of them."""
        for number, amount in received.items():
            user = self.users[number]
            user.waiting = (user.waiting if self.now < user.waits_until else 0) + amount
            user.waits_until = self.now + WAIT
            user.available += amount

    def withdraw(self, number: int, amount: int) -> str:
        """Reserve an amount, or say why not."""
        if number not in self.users:
            return "UserUnknown"
        if amount < WITHDRAWAL_MIN:
            return "AmountTooSmall"
        user = self.users[number]
        if amount > user.withdrawable(self.now):
            return "NotWithdrawable"
        user.available -= amount
        user.reserved += amount
        return "ok"
