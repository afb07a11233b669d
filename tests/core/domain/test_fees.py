"""The takeout: what of, how much, and the host's part."""

from __future__ import annotations

import pytest

from rooms_core.domain.fees import FeeSchedule, TakeoutBase
from rooms_core.domain.money import Bps, Lamports

SOL = 1_000_000_000


@pytest.mark.parametrize(
    "base, gross, winning, takeout",
    [
        # the source's room: YES 100, NO 50, YES wins; 3 % of 150 are 4.5
        (TakeoutBase.TOTAL_CAPPED, 150 * SOL, 100 * SOL, 4_500_000_000),
        (TakeoutBase.TOTAL, 150 * SOL, 100 * SOL, 4_500_000_000),
        (TakeoutBase.LOSING, 150 * SOL, 100 * SOL, 1_500_000_000),  # 3 % of 50
        # lopsided: YES 1,000 against NO 10; 3 % of 1,010 are 30.3, more than the losers staked
        (TakeoutBase.TOTAL_CAPPED, 1_010 * SOL, 1_000 * SOL, 10 * SOL),
        (TakeoutBase.TOTAL, 1_010 * SOL, 1_000 * SOL, 30_300_000_000),
        (TakeoutBase.LOSING, 1_010 * SOL, 1_000 * SOL, 300_000_000),
        # where the cap begins: 3 % of 10,000 are 300
        (TakeoutBase.TOTAL_CAPPED, 10_000, 9_700, 300),
        (TakeoutBase.TOTAL_CAPPED, 10_000, 9_701, 299),
        (TakeoutBase.TOTAL_CAPPED, 10_000, 9_699, 300),
        # rounding down: 3 % of 133 are 3.99; of 99 losing 2.97
        (TakeoutBase.TOTAL_CAPPED, 133, 34, 3),
        (TakeoutBase.TOTAL, 133, 34, 3),
        (TakeoutBase.LOSING, 133, 34, 2),
        # everybody wins (dead heat of all): nothing was lost
        (TakeoutBase.TOTAL_CAPPED, 500, 500, 0),
        (TakeoutBase.TOTAL, 500, 500, 15),
        (TakeoutBase.LOSING, 500, 500, 0),
    ],
)
def test_the_takeout_of_each_base(base: TakeoutBase, gross: int, winning: int, takeout: int) -> None:
    """3 % of the gross pool, capped at the losing stakes by default; or of the losing stakes; or uncapped (M2)."""
    fees = FeeSchedule(Bps(300), Bps(0), base)

    assert Lamports(takeout) == fees.takeout(gross=Lamports(gross), winning=Lamports(winning))


def test_the_default_base_is_capped() -> None:
    """Who says nothing gets the base under which no winner loses."""
    assert TakeoutBase.TOTAL_CAPPED is FeeSchedule(Bps(300), Bps(100)).base


@pytest.mark.parametrize(
    "takeout, takeout_bps, host_bps, host",
    [
        (4_500_000_000, 300, 100, 1_500_000_000),  # the source's room: 1.5 of 4.5
        (100, 300, 100, 33),  # a third, rounded down
        (2, 300, 100, 0),
        (100, 300, 0, 0),
        (100, 0, 0, 0),  # no takeout, no host, no division by nothing
        (100, 300, 300, 100),  # the host may have it all
        (7, 10_000, 5_000, 3),
    ],
)
def test_the_hosts_part_of_the_takeout(takeout: int, takeout_bps: int, host_bps: int, host: int) -> None:
    """takeout × host_bps ÷ takeout_bps, rounded down: 1 % of the pool, not of the fee (M3)."""
    assert Lamports(host) == FeeSchedule(Bps(takeout_bps), Bps(host_bps)).host_share(Lamports(takeout))


@pytest.mark.parametrize("takeout_bps, host_bps", [(0, 0), (10_000, 10_000), (10_000, 0), (300, 300)])
def test_rates_at_the_edge_are_allowed(takeout_bps: int, host_bps: int) -> None:
    """From nothing to everything."""
    fees = FeeSchedule(Bps(takeout_bps), Bps(host_bps))

    assert (takeout_bps, host_bps) == (fees.takeout_bps, fees.host_bps)


@pytest.mark.parametrize(
    "takeout_bps, host_bps, message",
    [
        (-1, 0, "^takeout_bps and host_bps are between 0 and 10,000 basis points$"),
        (10_001, 0, "^takeout_bps and host_bps are between 0 and 10,000 basis points$"),
        (300, -1, "^takeout_bps and host_bps are between 0 and 10,000 basis points$"),
        (300, 10_001, "^takeout_bps and host_bps are between 0 and 10,000 basis points$"),
        (300, 301, "^host_bps 301 is above takeout_bps 300: the host's share is a part of it$"),
    ],
)
def test_rates_outside_are_refused(takeout_bps: int, host_bps: int, message: str) -> None:
    """A rate lies between 0 and 10,000 basis points, the host's not above the takeout's."""
    with pytest.raises(ValueError, match=message):
        FeeSchedule(Bps(takeout_bps), Bps(host_bps))
