"""Rooms told as text: a rule and its figures, readable by whoever knows the game and run by the engine.

    # The source's own room.
    room rooms YES NO host=h
    z brought a
    a YES 10; b YES 90; c NO 50 @30
    settle YES
    a gets 14.55; z earns 0.045; host earns 1.5; takeout 4.5; breakage 0

A sentence ends with its line or with `;`. From `#` on, a line is a remark. Names and outcomes are single words.

What happens
    room PRESET OUTCOME OUTCOME … [SETTING=VALUE …]     begins a room; a text may tell of several, one after another
    NAME brought NAME                                   the first is the second's referrer
    NAME OUTCOME AMOUNT [@SECONDS]                      a stake; without a time, at that of the stake before it
    late after @SECONDS                                 what was staked later goes back
    settle [OUTCOME …]                                  who won; several: a dead heat; none: nobody knows
    void REASON                                         all stakes go back, for a reason of `VoidReason`

What must come out of it
    settled                                             the room was paid out
    voided REASON                                       it was not
    NAME gets AMOUNT                                    payouts and refunds together
    NAME is refunded AMOUNT                             of it, what came back because it was late, unmatched or void
    NAME earns AMOUNT                                   his commissions; of the host his share too
    host earns AMOUNT · protocol earns AMOUNT           their parts of the takeout
    FIGURE AMOUNT                                       staked, late refunds, match refunds, gross, takeout,
                                                        commissions, paid, breakage, subsidy

Settings are those of `HouseRules.preset` that are numbers or names (`takeout_bps=250`, `takeout_base=TOTAL`,
`match_limit=0`, `dead_heat=EQUAL_SPLIT` …), `tiers=1500/500/200`, `host=NAME` and `unit=lamports` (otherwise SOL).
Every room ends, and something is claimed of it: a story that claims nothing is a mistake, as is a word too much.
"""

from __future__ import annotations

from collections.abc import Iterator

from rooms_core.testing.story_room import StoryDiffers, StoryError, StoryRoom, open_room

__all__ = ["StoryDiffers", "StoryError", "StoryRoom", "tell"]


def tell(text: str) -> list[StoryRoom]:
    """Run a text, and answer its rooms in order.

    Raises `StoryError` for what cannot be read, and `StoryDiffers` for all claims of the text that do not hold; both
    name the lines.
    """
    rooms: list[StoryRoom] = []
    differences: list[str] = []
    line = 0
    for line, words in _sentences(text):
        if words[0] == "room":
            _ensure_told(rooms, line)
            rooms.append(open_room(words[1:], line))
        elif not rooms:
            raise StoryError(line, "a story begins with a room")
        else:
            differs = rooms[-1].hear(words, line)
            if differs is not None:
                differences.append(f"line {line}: {' '.join(words)}, but {differs}")
    if not rooms:
        raise StoryError(line, "the text tells of no room")
    _ensure_told(rooms, line)
    if differences:
        raise StoryDiffers(differences)
    return rooms


def _sentences(text: str) -> Iterator[tuple[int, list[str]]]:
    """The words of each sentence with the number of its line; empty sentences say nothing."""
    for number, line in enumerate(text.splitlines(), start=1):
        for sentence in line.partition("#")[0].split(";"):
            if words := sentence.split():
                yield number, words


def _ensure_told(rooms: list[StoryRoom], line: int) -> None:
    if rooms and not rooms[-1].claims:
        raise StoryError(line, f"nothing is claimed of the room of line {rooms[-1].line}")
