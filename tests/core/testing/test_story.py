"""The language of stories: what is read, what is claimed, and what is not understood."""

from __future__ import annotations

import pytest

from rooms_core.domain.settlement import Voided
from rooms_core.testing import story
from rooms_core.testing.story import StoryDiffers, StoryError, tell


def test_the_example_of_the_page_runs() -> None:
    """The story in the docstring is the source's own room."""
    page = (story.__doc__ or "").partition("\n\n")[2].partition("\n\n")[0]

    assert 5 == tell(page)[0].claims


def test_a_text_may_tell_of_several_rooms() -> None:
    """They come in order, and know their lines."""
    rooms = tell("room rooms A B\nvoid NO_PRICE; staked 0\n\n room rooms A B; settle A; voided ONE_SIDED")

    assert [(1, 1), (4, 1)] == [(room.line, room.claims) for room in rooms]
    assert isinstance(rooms[0].ended, Voided)


def test_all_claims_that_do_not_hold_are_told_together() -> None:
    """Each with its line, its words and the truth."""
    with pytest.raises(StoryDiffers) as told:
        tell(
            "room rooms A B\na A 1; b B 1\nsettle A; takeout 0.06\na gets 1; b gets 0\nsettled; voided NO_PRICE"
        )

    assert (
        "line 4: a gets 1, but it is 1.94",
        "line 5: voided NO_PRICE, but it was not voided",
    ) == told.value.differences
    assert "\n".join(told.value.differences) == str(told.value)


@pytest.mark.parametrize(
    "text, line, message",
    [
        ("", 0, "no room"),
        ("# only a remark\n", 0, "no room"),
        ("a YES 1", 1, "begins with a room"),
        ("room rooms A B", 1, "nothing is claimed of the room of line 1"),
        ("room rooms A B\nvoid NO_PRICE\nroom rooms A B", 3, "nothing is claimed of the room of line 1"),
    ],
)
def test_a_text_that_tells_nothing_is_a_mistake(text: str, line: int, message: str) -> None:
    """A story without a room, or a room without a claim, would hold for ever."""
    with pytest.raises(StoryError, match=message) as told:
        tell(text)
    assert line == told.value.line
