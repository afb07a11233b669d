"""One room of a story: each kind of sentence, and each mistake with its line."""

from __future__ import annotations

import pytest

from rooms_core.testing.story import StoryDiffers, StoryError, tell

BEGUN = "room rooms YES NO host=h\nz brought a\na YES 10; b NO 5\n"


@pytest.mark.parametrize(
    "sentence, truth",
    [
        ("takeout 0.4", "it is 0.45"),
        ("late refunds 1", "it is 0"),
        ("host earns 1", "it is 0.15"),
        ("protocol earns 1", "it is 0.255"),
        ("h earns 1", "it is 0.15"),
        ("z earns 1", "it is 0.045"),
        ("b earns 1", "it is 0"),
        ("a gets 14", "it is 14.55"),
        ("a is refunded 1", "it is 0"),
        ("voided NO_PRICE", "it was not voided"),
    ],
)
def test_a_claim_that_does_not_hold_is_answered_with_the_truth(sentence: str, truth: str) -> None:
    """Of a room that was settled."""
    with pytest.raises(StoryDiffers) as told:
        tell(f"{BEGUN}settle YES\n{sentence}")
    assert (f"line 5: {sentence}, but {truth}",) == told.value.differences


@pytest.mark.parametrize(
    "sentence, truth",
    [
        ("settled", "it was voided: NO_PRICE"),
        ("voided ONE_SIDED", "it was NO_PRICE"),
        ("a gets 1", "it is 10"),
        ("h earns 1", "it is 0"),
        ("host earns 1", "it is 0"),
        ("gross 1", "it is 15"),
    ],
)
def test_of_a_void_room_all_is_back_and_nothing_taken(sentence: str, truth: str) -> None:
    """Its gross is all that was staked."""
    with pytest.raises(StoryDiffers) as told:
        tell(f"{BEGUN}void NO_PRICE\n{sentence}")
    assert (f"line 5: {sentence}, but {truth}",) == told.value.differences


def test_truth_is_told_in_the_units_of_the_room() -> None:
    """Lamports are lamports, beyond what one stake can be."""
    with pytest.raises(StoryDiffers, match="it is 100000000000000000000"):
        tell("room rooms A B unit=lamports\na A 100000000000000000000\nsettle A\na gets 1")


@pytest.mark.parametrize(
    "sentence, message",
    [
        ("a YES", "nothing of this kind happens: a YES"),
        ("a MAYBE 1", "'MAYBE' is no outcome of this room; it has YES, NO"),
        ("settle MAYBE", "'MAYBE' is no outcome"),
        ("a YES 1,5", "not an amount: '1,5'"),
        ("a YES 0", "a stake is above 0"),
        ("host YES 1", "nobody is called 'host'"),
        ("a YES 1 30", "a moment is @SECONDS, not '30'"),
        ("late after @1.2345", "a moment is @SECONDS"),
        ("void WHIM", "no reason to void a room: 'WHIM'"),
        ("y brought a", "y cannot bring a"),
        ("c brought c", "c cannot bring c"),
        ("a brought z", "a cannot bring z"),
    ],
)
def test_what_cannot_happen_is_refused(sentence: str, message: str) -> None:
    """With its line."""
    with pytest.raises(StoryError, match=message) as told:
        tell(BEGUN + sentence)
    assert 4 == told.value.line


def test_a_long_ring_of_referrers_is_refused() -> None:
    """However many stand between."""
    chain = "z brought a; a brought b; b brought c; c brought d; d brought e"

    with pytest.raises(StoryError, match="e cannot bring z"):
        tell(f"room rooms YES NO\n{chain}; e brought z")


@pytest.mark.parametrize(
    "sentence, message",
    [
        ("a YES 10", "nothing of this kind is claimed: a YES 10"),
        ("settle YES", "nothing of this kind is claimed"),
        ("x gets 0", "nobody in this room is called 'x'"),
        ("x earns 0", "nobody in this room is called 'x'"),
        ("x is refunded 0", "nobody in this room is called 'x'"),
        ("a gets ten", "not an amount: 'ten'"),
        ("voided WHIM", "no reason to void a room"),
    ],
)
def test_what_cannot_be_claimed_is_refused(sentence: str, message: str) -> None:
    """A misspelt name must not hold for ever."""
    with pytest.raises(StoryError, match=message) as told:
        tell(f"{BEGUN}settle YES\n{sentence}")
    assert 5 == told.value.line


@pytest.mark.parametrize(
    "sentence, message",
    [
        ("room", "at least two outcomes"),
        ("room rooms", "at least two outcomes"),
        ("room rooms YES", "at least two outcomes"),
        ("room rooms YES YES", "each named once"),
        ("room casino YES NO", "no preset 'casino'"),
        ("room rooms YES NO colour=red", "there is no setting 'colour'"),
        ("room rooms YES NO takeout_bps=many", "many"),
        ("room rooms YES NO takeout_bps=20000", "between 0 and 10,000"),
        ("room rooms YES NO match_limit=", "a setting is NAME=VALUE, not 'match_limit='"),
        ("room rooms YES NO =3", "a setting is NAME=VALUE"),
        ("room rooms YES NO unit=dollars", "not in dollars"),
    ],
)
def test_a_room_that_cannot_be_is_refused(sentence: str, message: str) -> None:
    """Presets, outcomes and settings are those there are."""
    with pytest.raises(StoryError, match=message):
        tell(sentence)


@pytest.mark.parametrize("amount", ["1.5", "01", "-1"])
def test_lamports_are_whole(amount: str) -> None:
    """No point, no sign, no leading zero."""
    with pytest.raises(StoryError, match="not an amount"):
        tell(f"room rooms A B unit=lamports\na A {amount}")


def test_a_stake_without_a_time_comes_with_the_one_before_it() -> None:
    """The first one comes at the beginning; fractions of a second count."""
    (room,) = tell("room rooms A B; a A 1; a A 1 @2.05; b B 1; b B 1 @3; settle A; settled")

    assert [0, 2_050, 2_050, 3_000] == [stake.placed_at_ms for stake in room.stakes]
