"""Foreign quotes in dollars: by the rate's own consensus, or not at all."""

from __future__ import annotations

from rooms_oracle.aggregate import Aggregate, Observation, Params, Reject, Status, aggregate
from rooms_oracle.heard import Quote
from rooms_oracle.quotes import COIN_UNIT, Rate, in_dollars, rate_name, rate_of


def quote(price: int, *, conf: int = 0, currency: str = "USDT", ts_source: int | None = None) -> Quote:
    """A quote asked for 400 ms before time 1,000."""
    return Quote("s", "f", price, conf, 10, 600, 900, ts_source, currency)


def converted(seen: Quote, rate: Rate | None) -> tuple[list[Observation], dict[str, Reject]]:
    """The observation a quote becomes at time 1,000."""
    rejected: dict[str, Reject] = {}
    rates = {} if rate is None else {"USDT/USD": rate}
    return in_dollars([seen], rates, eval_ms=1_000, rejected=rejected), rejected


def test_a_depegged_coin_is_converted_by_what_it_is_worth() -> None:
    """At 0.87 dollars, a price of 100 USDT is one of 87 dollars; both uncertainties add up."""
    seen = quote(100 * COIN_UNIT, conf=2 * COIN_UNIT)
    rate = Rate(87 * COIN_UNIT // 100, COIN_UNIT // 100, 0)

    assert [Observation("s", "f", 87 * COIN_UNIT, 274 * COIN_UNIT // 100 + 1, 400, 10)] == converted(
        seen, rate
    )[0]


def test_without_a_rate_the_observation_is_rejected_by_name() -> None:
    """Nobody assumes 1."""
    assert ([], {"s": Reject.NO_QUOTE_RATE}) == converted(quote(100), None)


def test_the_age_is_that_of_the_older_of_the_two() -> None:
    """A fresh price in an old currency is an old price; own timestamps count where they are given."""
    assert 5_000 == converted(quote(100), Rate(COIN_UNIT, 0, 5_000))[0][0].age_ms
    assert 400 == converted(quote(100), Rate(COIN_UNIT, 0, 300))[0][0].age_ms
    assert -50 == converted(quote(100, currency="USD", ts_source=1_050), None)[0][0].age_ms


def test_a_negative_half_width_stays_bad() -> None:
    """Conversion does not make a bad value good."""
    (seen,) = converted(quote(100, conf=-1), Rate(COIN_UNIT, 0, 0))[0]

    assert {"s": Reject.BAD_VALUE} == aggregate([seen], Params()).rejected


def test_a_rate_is_as_wide_as_its_band_and_as_old_as_its_oldest() -> None:
    """Rejected observations have no part in its age."""
    observations = [
        Observation("a", "a", 1_000, 1, 7, 10),
        Observation("b", "b", 1_001, 0, 9, 10),
        Observation("c", "c", 1_001, 0, 99_999, 10),
    ]
    found = aggregate(observations, Params(quorum=2))

    assert Rate(1_001, 2, 9) == rate_of(found, observations)


def test_no_consensus_is_no_rate() -> None:
    """Then all quotes in that currency are rejected."""
    assert rate_of(Aggregate(Status.NO_CONSENSUS, (), {}), []) is None
    assert "USDT/USD" == rate_name("USDT")


def test_a_clock_that_is_ahead_is_not_hidden_by_the_age_of_the_rate() -> None:
    """Within the skew the older of the two counts; beyond it the gate must see the time as it is."""
    rates = {"USDT/USD": Rate(COIN_UNIT, 0, 500)}

    def age_of(ts_source: int) -> int:
        quote = Quote("okx", "okx", 100, 0, 10, 10_000, 10_000, ts_source, "USDT")
        (seen,) = in_dollars([quote], rates, eval_ms=10_000, rejected={}, skew_ms=2_000)
        return seen.age_ms

    assert [500, 500, 600, -2_001] == [age_of(at_ms) for at_ms in (10_000, 12_000, 9_400, 12_001)]
