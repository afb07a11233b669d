"""Titles: what a room may be called, and every way in which a text could deceive its reader."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms_core.domain.title import (
    TITLE_MAX,
    TITLE_MIN,
    TitleCharacter,
    TitleLength,
    TitleLink,
    TitleMarks,
    check_title,
)
from rooms_core.result import Err, Ok


@pytest.mark.parametrize(
    "title",
    [
        "SOL above 200 USD tonight?",
        "Will BTC fall under 90,000?",
        "Кто победит: бык или медведь?",
        "比特币会涨吗？",
        "Zażółć gęślą jaźń",
        "to the moon 🚀🚀🚀",
        "12:30 U.S. time, 4.5 % or more",
        "a/b & <c>",
        "mail me at 9 o'clock",
    ],
)
def test_a_title_is_what_people_write(title: str) -> None:
    """Any language, digits, signs and pictures are welcome; nothing is rewritten."""
    assert Ok(title) == check_title(title)


@pytest.mark.parametrize("length, welcome", [(4, False), (5, True), (200, True), (201, False)])
def test_a_title_has_five_to_two_hundred_characters(length: int, welcome: bool) -> None:
    """The refusal says how long it is and what would do."""
    title = "x" * length

    assert (Ok(title) if welcome else Err(TitleLength(length, TITLE_MIN, TITLE_MAX))) == check_title(title)


def test_blanks_around_a_title_do_not_count() -> None:
    """Five characters are five that can be seen; blanks at the ends are cut off."""
    assert Ok("Hello") == check_title("   Hello  ")
    assert Err(TitleLength(4)) == check_title("   Hell   ")


def test_a_title_is_stored_in_its_composed_form() -> None:
    """An e with an accent beside it and an é are one title, so two rooms cannot differ invisibly."""
    assert Ok("Café 2025") == check_title("Cafe\N{COMBINING ACUTE ACCENT} 2025")


@pytest.mark.parametrize(
    "code_point, category",
    [
        (0x0000, "Cc"),
        (0x000A, "Cc"),
        (0x001B, "Cc"),
        (0x00AD, "Cf"),  # soft hyphen
        (0x200B, "Cf"),  # zero width space
        (0x200D, "Cf"),  # zero width joiner
        (0x202E, "Cf"),  # right-to-left override
        (0x2066, "Cf"),  # left-to-right isolate
        (0xFEFF, "Cf"),  # byte order mark
        (0xE0041, "Cf"),  # a tag letter
        (0xE000, "Co"),
        (0xD800, "Cs"),
        (0x2028, "Zl"),
        (0x2029, "Zp"),
    ],
)
def test_characters_that_hide_or_reorder_are_refused(code_point: int, category: str) -> None:
    """Control, format, private and surrogate characters and line separators: the refusal names the first."""
    assert Err(TitleCharacter(code_point, category)) == check_title(f"SOL above{chr(code_point)}200")


def test_pictures_outside_the_first_plane_count_twice_for_telegram() -> None:
    """200 characters are at most 400 UTF-16 units, and 200 rockets are exactly that."""
    assert Ok("🚀" * 200) == check_title("🚀" * 200)
    assert Err(TitleLength(201)) == check_title("🚀" * 201)


def test_at_most_two_marks_stand_in_a_row() -> None:
    """Towers of accents cover the lines above and below; two marks are writing, three are not."""
    mark = "\N{COMBINING LONG STROKE OVERLAY}"

    assert Ok(f"x{mark}{mark}x{mark}{mark} five") == check_title(f"x{mark}{mark}x{mark}{mark} five")
    assert Err(TitleMarks()) == check_title(f"x{mark * 3} five")


@pytest.mark.parametrize(
    "title, found",
    [
        ("see https://evil.example/x now", "https://evil.example/x"),
        ("see HTTP://EVIL now", "HTTP://EVIL"),
        ("open tg:resolve?x=1 now", "tg:resolve?x=1"),
        ("open TG://resolve now", "TG://resolve"),
        ("javascript:alert(1) price", "javascript:alert(1)"),
        ("mailto:me@here now", "mailto:me@here"),
        ("www.evil.example wins", "www.evil.example"),
        ("ask @somebody first", "@somebody"),
        ("free at evil.xyz/claim today", "evil.xyz/claim"),
        ("t.me/somebody wins", "t.me/somebody"),
        ("a.b.co.com rises", "a.b.co.com"),
    ],
)
def test_links_and_names_are_refused(title: str, found: str) -> None:
    """A title leads nowhere: no links, no @names, no tg: addresses; the refusal shows what looked like one."""
    assert Err(TitleLink(found)) == check_title(title)


@given(st.text(max_size=220))
def test_a_stored_title_is_accepted_again_unchanged(text: str) -> None:
    """What is stored passes its own check, so a title never changes on a second reading."""
    checked = check_title(text)

    if isinstance(checked, Ok):
        assert checked == check_title(checked.value)
