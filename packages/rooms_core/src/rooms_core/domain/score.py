"""What an ended room adds to the statistics: a score for each bettor and the host, one for the house, on one UTC day.

Scores are sums, so they can be added up in any order and made again from the books. Money that went back untouched
(late or unmatched) was never at risk and is no volume; a void room moves no volume and is neither hit nor miss.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, NewType

from rooms_core.domain.ids import UserId
from rooms_core.domain.invariants import ensure
from rooms_core.domain.money import BPS_WHOLE, ZERO, Lamports
from rooms_core.domain.tally import Figures

Day = NewType("Day", int)
"""A day in UTC: whole days since 1970-01-01."""

ALL_TIME: Final = Day(-1)
"""No day: the sum over all of them."""

DAY_MS: Final = 86_400_000


def day_of(at_ms: int) -> Day:
    """The UTC day of a time. A room counts on the day on which it was settled or voided."""
    return Day(at_ms // DAY_MS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A user on one day, or over ALL_TIME: as a bettor, and as a host.

    `rooms` settled with his money in the pool; in `hits` of them a position of his was paid, and `voided` more were
    void. `volume` is what he had in their pools, `profit` what came back less what he staked, signed, in lamports.
    `hosted` rooms of his own ended, `hosted_voided` of them void; they had `host_volume` and earned him `host_earned`.
    """

    user: UserId
    day: Day
    rooms: int = 0
    hits: int = 0
    voided: int = 0
    volume: Lamports = ZERO
    profit: int = 0
    hosted: int = 0
    hosted_voided: int = 0
    host_volume: Lamports = ZERO
    host_earned: Lamports = ZERO

    @property
    def hit_bps(self) -> int:
        """The part of his rooms that he hit, in basis points, rounded down; 0 without a room."""
        return hit_rate(self.hits, self.rooms)

    def plus(self, other: Score) -> Score:
        """Both together. Raises InvariantBroken for another user's or another day's."""
        ensure(
            (self.user, self.day) == (other.user, other.day), "I2", "scores of one user and one day add up"
        )
        return Score(
            user=self.user,
            day=self.day,
            rooms=self.rooms + other.rooms,
            hits=self.hits + other.hits,
            voided=self.voided + other.voided,
            volume=self.volume + other.volume,
            profit=self.profit + other.profit,
            hosted=self.hosted + other.hosted,
            hosted_voided=self.hosted_voided + other.hosted_voided,
            host_volume=self.host_volume + other.host_volume,
            host_earned=self.host_earned + other.host_earned,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseScore:
    """The house on one day, or over ALL_TIME.

    `settled` and `voided` rooms, `hosted` of both by users. `volume` is their gross, `players` the bettors of each
    settled room added up, `hits` those of them that were paid. The rest is where the volume went.
    """

    day: Day
    settled: int = 0
    voided: int = 0
    hosted: int = 0
    players: int = 0
    hits: int = 0
    volume: Lamports = ZERO
    paid: Lamports = ZERO
    host: Lamports = ZERO
    commissions: Lamports = ZERO
    protocol: Lamports = ZERO
    breakage: Lamports = ZERO
    subsidy: Lamports = ZERO

    @property
    def takeout(self) -> Lamports:
        """Host, commissions and protocol together."""
        return self.host + self.commissions + self.protocol

    @property
    def profit(self) -> int:
        """What the house keeps: protocol and breakage, less what it added as subsidy; signed, in lamports."""
        return self.protocol.value + self.breakage.value - self.subsidy.value

    @property
    def hit_bps(self) -> int:
        """The part of the players that were paid, in basis points, rounded down; 0 without a player."""
        return hit_rate(self.hits, self.players)

    def plus(self, other: HouseScore) -> HouseScore:
        """Both together. Raises InvariantBroken for another day's."""
        ensure(self.day == other.day, "I2", "scores of one day add up")
        return HouseScore(
            day=self.day,
            settled=self.settled + other.settled,
            voided=self.voided + other.voided,
            hosted=self.hosted + other.hosted,
            players=self.players + other.players,
            hits=self.hits + other.hits,
            volume=self.volume + other.volume,
            paid=self.paid + other.paid,
            host=self.host + other.host,
            commissions=self.commissions + other.commissions,
            protocol=self.protocol + other.protocol,
            breakage=self.breakage + other.breakage,
            subsidy=self.subsidy + other.subsidy,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedRoom:
    """What the books say of an ended room: each bettor's stakes, payouts, and refunds of late and unmatched stakes.

    `figures` None: it was voided.
    """

    day: Day
    host: UserId | None
    figures: Figures | None
    staked: Mapping[UserId, Lamports]
    paid: Mapping[UserId, Lamports] = field(default_factory=dict)
    refunded: Mapping[UserId, Lamports] = field(default_factory=dict)


def user_scores(room: EndedRoom) -> list[Score]:
    """What the room adds for each of its bettors and its host, by user: one score each."""
    scores = {user: _bettor(room, user) for user in room.staked}
    if room.host is not None:
        scores[room.host] = _host(room, scores.get(room.host, Score(user=room.host, day=room.day)))
    return [scores[user] for user in sorted(scores)]


def house_score(room: EndedRoom) -> HouseScore:
    """What the room adds for the house."""
    figures, hosted = room.figures, int(room.host is not None)
    if figures is None:
        return HouseScore(day=room.day, voided=1, hosted=hosted)
    played = [score for score in (_bettor(room, user) for user in room.staked) if score.rooms]
    return HouseScore(
        day=room.day,
        settled=1,
        hosted=hosted,
        players=len(played),
        hits=sum(score.hits for score in played),
        volume=figures.gross,
        paid=figures.paid,
        host=figures.host,
        commissions=figures.commissions,
        protocol=figures.protocol,
        breakage=figures.breakage,
        subsidy=figures.subsidy,
    )


def hit_rate(hits: int, rooms: int) -> int:
    """`hits` of `rooms` in basis points, rounded down; 0 of 0 is 0."""
    return hits * BPS_WHOLE // rooms if rooms else 0


def _bettor(room: EndedRoom, user: UserId) -> Score:
    if room.figures is None:
        return Score(user=user, day=room.day, voided=1)
    volume = room.staked[user] - room.refunded.get(user, ZERO)
    paid = room.paid.get(user, ZERO)
    return Score(
        user=user,
        day=room.day,
        rooms=int(bool(volume)),
        hits=int(bool(paid)),
        volume=volume,
        profit=paid.value - volume.value,
    )


def _host(room: EndedRoom, score: Score) -> Score:
    if room.figures is None:
        return replace(score, hosted=1, hosted_voided=1)
    return replace(score, hosted=1, host_volume=room.figures.gross, host_earned=room.figures.host)
