"""The four recorded days through the feed server: `nox -s replay`, or `python -m tests.replay.days --day 1`.

Each day is played twice at the same time on a virtual clock, as it was and with faults, through the feeds' own
shapes and parsers into the oracle and the monitor's step, with rooms on random targets. Every tick is compared,
every touch has to show its witnesses, every record is checked and refused with one digit changed. It ends with 1 if
anything is wrong.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from tests.replay.depeg import Errors, depeg
from tests.replay.over_http import Compared, over_http
from tests.replay.play import Books, Play, in_memory
from tests.replay.stage import DAY_MS, DAYS, FIRST_MS, PAIRS, recorded, recorded_folder
from tests.replay.tally import Tally, share
from tests.replay.weather import KINDS

from rooms_cli.output import facts, json_line, say, table, write_line
from rooms_oracle.aggregate import PPM
from rooms_oracle.heard import TICK_MS
from rooms_oracle.replay import ReplayFeeds
from rooms_store.opening import open_books

QUICK_TICKS = 2_400
"""Two hours."""
QUICK_HTTP = 200
_MINUTES_LEAST = 99.4
_FAULTED_LEAST = 98.0


def main() -> int:
    """0 if all is as it should be, 2 without the recorded days."""
    options = _options()
    folder = recorded_folder()
    if folder is None:
        say("the recorded days are not here: set ROOMS_DATA to the folder of recorded data")
        return 2
    feeds, begun = recorded(folder), time.monotonic()
    with _watched() as told:
        days = {day: asyncio.run(_day(feeds, day, options, told)) for day in _range(options.day)}
        wired = asyncio.run(_wired(feeds, options, told))
        errors = asyncio.run(depeg(feeds)) if options.depeg else {}
    whole = Tally()
    for tally in days.values():
        whole.add(tally)
    wrong = [*whole.wrong, *_missed(whole, wired, options)]
    if options.json:
        write_line(json_line(_record(options, days, whole, wired, errors, wrong)))
    else:
        _show(options, days, whole, wired, errors, wrong, time.monotonic() - begun)
    return 1 if wrong else 0


async def _day(
    feeds: ReplayFeeds,
    day: int,
    options: argparse.Namespace,
    told: Callable[[str], Callable[[int, int], None]],
) -> Tally:
    """One day, with every seed that was asked for."""
    whole = Tally()
    ticks = QUICK_TICKS if options.quick else DAY_MS // TICK_MS
    for seed in _range(options.seeds):
        with tempfile.TemporaryDirectory(prefix="rooms-replay-") as scratch:
            play = Play(
                source=feeds,
                listings=PAIRS[options.pairs],
                from_ms=FIRST_MS + (day - 1) * DAY_MS,
                ticks=options.ticks or ticks,
                weather=options.faults,
                share_ppm=round(options.share * PPM / 100),
                seed=seed,
                rooms_a_minute=options.rooms,
                closes=options.pairs == "dollars",
                books=in_memory if options.books == "memory" else _in_files(Path(scratch)),
                told=told(f"day {day}, seed {seed}"),
            )
            whole.add(await play.run())
    return whole


def _in_files(folder: Path) -> Books:
    """SQLite, a file for each run."""
    numbers = count(1)
    return lambda clock: open_books(folder / f"{next(numbers)}.sqlite3", clock)


async def _wired(
    feeds: ReplayFeeds, options: argparse.Namespace, told: Callable[[str], Callable[[int, int], None]]
) -> Compared:
    """A stretch of each day over HTTP."""
    whole = Compared()
    ticks = min(options.http, QUICK_HTTP) if options.quick else options.http
    for day in _range(options.day) if ticks else ():
        from_ms = FIRST_MS + (day - 1) * DAY_MS + DAY_MS // 6
        found = await over_http(
            feeds, PAIRS[options.pairs], from_ms, ticks, seed=day, told=told(f"day {day} over HTTP")
        )
        whole.ticks += found.ticks
        whole.accepted += found.accepted
        whole.differ += found.differ
    return whole


def _missed(whole: Tally, wired: Compared, options: argparse.Namespace) -> list[str]:
    """What the sheet promises of the whole, and was not kept."""
    missed = []
    if whole.digits_unnoticed:
        missed.append(f"{whole.digits_unnoticed} records with a changed digit were accepted")
    if wired.differ:
        missed.append(f"{wired.differ} ticks were judged otherwise over HTTP")
    if options.pairs == "dollars" and whole.ticks >= DAYS * DAY_MS // TICK_MS:
        if 100 * whole.minutes_accepted < _MINUTES_LEAST * whole.minutes_full:
            missed.append(f"fewer than {_MINUTES_LEAST} % of the minutes were accepted")
        if options.faults == "thousandfold" and options.share <= 1:
            for name, part, of in (
                ("minutes", whole.minutes_accepted_with_faults, whole.minutes_full),
                ("ticks", whole.accepted_with_faults, whole.full),
            ):
                if 100 * part < _FAULTED_LEAST * of:
                    missed.append(f"fewer than {_FAULTED_LEAST} % of the {name} were accepted with faults")
    return missed


def _show(
    options: argparse.Namespace,
    days: Mapping[int, Tally],
    whole: Tally,
    wired: Compared,
    errors: Mapping[str, Errors],
    wrong: list[str],
    seconds: float,
) -> None:
    """The figures for people."""
    columns = ("", *[f"day {day}" for day in days], "all")
    tallies = [*days.values(), whole]

    def row(name: str, value: Callable[[Tally], str]) -> list[str]:
        return [name, *[value(tally) for tally in tallies]]

    rows = [
        row("ticks", lambda t: f"{t.ticks:,}"),
        row("of all three venues", lambda t: f"{t.full:,}"),
        row("accepted", lambda t: f"{t.accepted:,}"),
        row("accepted, of all three venues", lambda t: share(t.accepted, t.full)),
        row("with faults", lambda t: share(t.accepted_with_faults, t.full)),
        row("minutes' closes accepted", lambda t: f"{t.minutes_accepted:,} of {t.minutes_full:,}"),
        row("with faults", lambda t: share(t.minutes_accepted_with_faults, t.minutes_full)),
        row("feeds with a fault", lambda t: f"{t.faulted:,}"),
        row("named in the record", lambda t: f"{t.named:,}"),
        row("said what they would have said", lambda t: f"{t.harmless:,}"),
        row("within the tolerance", lambda t: f"{t.within:,}"),
        row("prices moved by faults", lambda t: f"{t.moved:,}"),
        row("at most, ppm", lambda t: f"{t.moved_most_ppm:,}"),
        row("at most, of the tolerance", lambda t: f"{t.moved_most_of_tolerance:.2f}"),
        row("rooms", lambda t: f"{t.rooms:,}"),
        row("touched", lambda t: f"{_touches(t.touches):,}"),
        row("touched with faults", lambda t: f"{_touches(t.touches_with_faults):,}"),
        row("records, one digit changed", lambda t: f"{t.digits_changed:,}"),
        row("of these not refused", lambda t: f"{t.digits_unnoticed:,}"),
    ]
    table(f"{options.pairs}, faults: {options.faults} on {options.share} % of ticks", columns, rows)
    print()
    facts("What happened", [(name, _told(counter)) for name, counter in _counters(whole)])
    if wired.ticks:
        print(f"\nover HTTP: {wired.ticks:,} ticks, {wired.differ} judged otherwise than without a network")
    if errors:
        print()
        names = ("minutes", "without price", "most ppm", "beyond 50 bps")
        lines = [[name, *[f"{each:,}" for each in found.record().values()]] for name, found in errors.items()]
        table("a dollar that is none, against Coinbase", ("", *names), lines)
    for each in wrong:
        print(f"WRONG: {each}")
    print(f"\n{seconds:.0f} s; {'NOT as it should be' if wrong else 'all as it should be'}")


def _record(
    options: argparse.Namespace,
    days: Mapping[int, Tally],
    whole: Tally,
    wired: Compared,
    errors: Mapping[str, Errors],
    wrong: list[str],
) -> dict[str, Any]:
    """The figures for programs."""
    return {
        "replay": "btc-2023-03-08-11",
        "pairs": options.pairs,
        "faults": options.faults,
        "share_per_cent": options.share,
        "ok": not wrong,
        "wrong": wrong,
        "days": {str(day): tally.record() for day, tally in days.items()},
        "all": whole.record(),
        "http": {"ticks": wired.ticks, "accepted": wired.accepted, "differ": wired.differ},
        "depeg": {name: found.record() for name, found in errors.items()},
    }


def _counters(whole: Tally) -> list[tuple[str, Counter[str]]]:
    return [
        ("refused ticks", whole.refusals),
        ("refused ticks with faults", whole.refusals_with_faults),
        ("reasons named with faults", whole.reasons),
        ("answers", whole.touches),
        ("answers with faults", whole.touches_with_faults),
        ("answers compared", whole.compared),
        ("venues past the target at a touch", whole.witnesses),
        ("a changed digit under a new seal", Counter(_seals(whole))),
        ("calls", whole.calls),
    ]


def _seals(whole: Tally) -> dict[str, int]:
    return {
        "refused by its figures": whole.resealed_refused,
        "only by the next record": whole.resealed_linked,
    }


def _told(counter: Counter[str]) -> str:
    return " · ".join([f"{name} {count:,}" for name, count in counter.most_common()]) or "none"


def _touches(counter: Mapping[str, int]) -> int:
    return sum(count for name, count in counter.items() if name.startswith("touch YES"))


def _range(written: str) -> range:
    first, _, last = written.partition("-")
    return range(int(first), int(last or first) + 1)


@contextmanager
def _watched() -> Iterator[Callable[[str], Callable[[int, int], None]]]:
    """A bar on stderr while a person watches it; elsewhere each stretch is a line."""
    if not sys.stderr.isatty():

        def line(name: str) -> Callable[[int, int], None]:
            say(name)
            return lambda done, whole: None

        yield line
        return
    from rich.console import Console
    from rich.progress import Progress, TimeRemainingColumn

    with Progress(
        *Progress.get_default_columns()[:-1],
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as bar:

        def begun(name: str) -> Callable[[int, int], None]:
            task = bar.add_task(name, total=None)
            return lambda done, whole: bar.update(task, completed=done, total=whole)

        yield begun


def _options() -> argparse.Namespace:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--day", default=f"1-{DAYS}", help="one day or a range of them: 4, 1-4")
    asked.add_argument("--seeds", default="1", help="one seed or a range of them")
    asked.add_argument("--pairs", choices=list(PAIRS), default="dollars", help="which recorded series")
    asked.add_argument("--faults", choices=KINDS, default="thousandfold")
    asked.add_argument("--share", type=float, default=1.0, help="per cent of the ticks that have a fault")
    asked.add_argument("--rooms", type=int, default=2, help="new rooms a minute")
    asked.add_argument("--books", choices=("memory", "sqlite"), default="memory")
    asked.add_argument("--http", type=int, default=1_200, help="so many ticks of each day over HTTP too")
    asked.add_argument("--ticks", type=int, default=0, help="of each day; default: all 28,800")
    asked.add_argument("--depeg", action=argparse.BooleanOptionalAction, default=True)
    asked.add_argument("--quick", action="store_true", help="the first two hours of each day")
    asked.add_argument("--json", action="store_true")
    return asked.parse_args()


if __name__ == "__main__":
    sys.exit(main())
