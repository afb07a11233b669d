"""The settings of the feeds as an operator gives them: variables of the environment, `ROOMS_FEEDS` and `ROOMS_FEED_…`.

Nothing here reads the environment itself. What is refused is named with what to do about it, and never with its value:
it may be a key that was put into the wrong variable.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final

from pydantic import ValidationError

from rooms_core.result import Err, Ok, Result
from rooms_oracle.limiter import Limit
from rooms_oracle.settings import DEFAULTS, FeedSettings

WHERE: Final = "ROOMS_FEEDS"
SEED: Final = "ROOMS_FEEDS_SEED"
PREFIX: Final = "ROOMS_FEED_"
LIVE: Final = "live"
GENERATED: Final = "generated"
DEFAULT_SEED: Final = 7

FIELDS: Final = {
    "URL": ("base_url", "Give its address: https://host/path, without user, password, query or fragment."),
    "KEY": ("key", "Give the key as the vendor wrote it."),
    "KEY_HEADER": ("key_header", "Give the name of the header that the key goes into."),
    "KEY_PREFIX": ("key_prefix", "Give what stands before the key in its header."),
    "ENABLED": ("enabled", "Give true or false; without it a feed is on unless it lacks a key."),
    "FAMILY": ("family", "Give the name of the family whose one vote it shares."),
    "WEIGHT": ("weight", "Give a whole number from 1 to 1000."),
    "LIMIT": ("limit", "Give UNITS/MS/BURST in the vendor's own units, such as 300/60000/15."),
    "EVERY_MS": ("every_ms", "Give the ms between two ticks on which it is asked; 0 is every tick."),
    "OFFSET_MS": ("offset_ms", "Give the ms after a tick's time at which it is asked, from 0 to 300."),
    "CONNECT_MS": ("connect_ms", "Give a whole number of ms from 1 to 5000."),
    "TOTAL_MS": ("total_ms", "Give a whole number of ms from 1 to 10000."),
    "STREAM": ("stream", "Give true or false; a stream is off unless it is switched on."),
    "STREAM_URL": (
        "stream_url",
        "Give its address: wss://host/path, without user, password, query or fragment.",
    ),
    "STREAM_AGE_MS": ("stream_age_ms", "Give a whole number of ms from 100 to 10000."),
    "STREAM_SILENCE_MS": ("stream_silence_ms", "Give a whole number of ms from 500 to 60000."),
    "STREAM_LIFE_MS": ("stream_life_ms", "Give a whole number of ms from 1000 to 86000000."),
}
"""What can be set of a feed: the end of the variable's name, the field it sets, and what to write there."""


@dataclass(frozen=True, slots=True)
class SettingRefused:
    """A variable that cannot be followed: which one, why, and what to do."""

    name: str
    why: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedsWanted:
    """What the environment asks for: generated prices (`seed` is not None), or these feeds."""

    feeds: Mapping[str, FeedSettings]
    seed: int | None = None
    server: str | None = None

    @property
    def secrets(self) -> list[str]:
        """What must not be seen anywhere."""
        return [each.key.get_secret_value() for each in self.feeds.values() if each.key is not None]


def read_feeds(environ: Mapping[str, str]) -> Result[FeedsWanted, SettingRefused]:
    """The feeds that the environment names; an empty variable is one that is not set."""
    given = {name: _trimmed(name, text) for name, text in environ.items() if text.strip()}
    where = given.get(WHERE, LIVE)
    if where == GENERATED:
        seed = given.get(SEED, str(DEFAULT_SEED))
        if not seed.isascii() or not seed.isdigit():
            return Err(SettingRefused(SEED, "it is no whole number", "Give digits, such as 7."))
        return Ok(FeedsWanted(feeds={}, seed=int(seed)))
    defaults, server = dict(DEFAULTS), None
    if where != LIVE:
        server = where.rstrip("/")
        for name, each in DEFAULTS.items():
            place = {"base_url": f"{server}/{name}"}
            if each.stream_url:
                place["stream_url"] = f"ws{server.removeprefix('http')}/{name}"
            placed = _with(each, place)
            if isinstance(placed, ValidationError):
                hint = f"Give {LIVE}, {GENERATED}, or the address of a feed server: http://127.0.0.1:8600."
                return Err(SettingRefused(WHERE, "it is neither a word that is known nor an address", hint))
            defaults[name] = placed
    return _own(defaults, given, server)


def _trimmed(name: str, text: str) -> str:
    """Without the blanks around it; but one between a prefix and its key is part of the prefix."""
    return text.lstrip() if name.startswith(PREFIX) and name.endswith("_KEY_PREFIX") else text.strip()


def _own(
    defaults: Mapping[str, FeedSettings], given: Mapping[str, str], server: str | None
) -> Result[FeedsWanted, SettingRefused]:
    """The settings with what is given for each feed by itself."""
    fields: dict[str, dict[str, object]] = {name: {} for name in defaults}
    for variable in sorted(each for each in given if each.startswith(PREFIX)):
        feed, _, end = variable.removeprefix(PREFIX).partition("_")
        if feed.lower() not in fields or end not in FIELDS:
            return Err(SettingRefused(variable, "no feed has such a setting", _nearest(variable)))
        if end.startswith("STREAM") and not defaults[feed.lower()].stream_url:
            return Err(SettingRefused(variable, f"{feed.lower()} has no stream", _streams()))
        value: object = given[variable]
        if end == "LIMIT":
            value = _limit(given[variable], defaults[feed.lower()].limit)
            if value is None:
                return Err(SettingRefused(variable, "nothing could be asked under it", FIELDS[end][1]))
        one = {FIELDS[end][0]: value}
        tried = _with(defaults[feed.lower()], one)
        if isinstance(tried, ValidationError):
            why = tried.errors()[0]["msg"].removeprefix("Value error, ")
            return Err(SettingRefused(variable, why[0].lower() + why[1:], FIELDS[end][1]))
        fields[feed.lower()] |= one
    feeds: dict[str, FeedSettings] = {}
    for name, each in defaults.items():
        made = _with(each, fields[name])
        assert isinstance(made, FeedSettings)  # each field was tried alone, and none looks at another
        feeds[name] = made
    return Ok(FeedsWanted(feeds=feeds, server=server))


def _with(settings: FeedSettings, fields: Mapping[str, object]) -> FeedSettings | ValidationError:
    known: dict[str, Any] = {name: getattr(settings, name) for name in FeedSettings.model_fields}
    try:
        return FeedSettings.model_validate(known | dict(fields))
    except ValidationError as refused:
        return refused


def _limit(text: str, default: Limit) -> Limit | None:
    """A limit as it is written, counted as the vendor counts; None where nothing could ever be asked."""
    parts = text.split("/")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() and len(part) < 12 for part in parts):
        return None
    units, per_ms, burst = [int(part) for part in parts]
    try:
        return Limit(units=units, per_ms=per_ms, burst=burst, counts_windows=default.counts_windows)
    except ValueError:
        return None


def _streams() -> str:
    names = [name for name, each in DEFAULTS.items() if each.stream_url]
    return f"Leave it out: {', '.join(names[:-1])} and {names[-1]} have one, all others are polled."


def _nearest(variable: str) -> str:
    known = [f"{PREFIX}{feed.upper()}_{end}" for feed in DEFAULTS for end in FIELDS]
    near = get_close_matches(variable, known, n=1, cutoff=0.7)
    return (
        f"Did you mean {near[0]}?" if near else f"They are called {PREFIX}OKX_URL, {PREFIX}OKX_KEY and so on."
    )
