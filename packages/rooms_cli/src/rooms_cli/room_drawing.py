"""The chart of a room as a picture: the whole of its life, and beside it the minute that decided."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import IO, TYPE_CHECKING, Any, Final

from rooms_cli.room_chart import RoomChart, ShownTick
from rooms_cli.room_view import moment, price, question
from rooms_core.domain.market import FoundBy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE_MS: Final = 60_000
_NEAR_MS: Final = 45_000
"""So much is shown before and after what decided."""
_PRICE, _BAND, _TARGET, _HIT = "#1f5fa8", "#9cc2ea", "#b03030", "#2e8b57"
_LATE, _GAP, _REFUSED = "#f4b860", "#8a8a8a", "#555555"


def draw(chart: RoomChart, file: IO[bytes]) -> None:
    """Write a PNG. Raises ImportError where matplotlib is not installed."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    near = _deciding_span(chart)
    figure = Figure(figsize=(13, 6.5), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    drawn = [figure.subplots()] if near is None else list(figure.subplots(1, 2, width_ratios=[2.6, 1]))
    _panel(drawn[0], chart, *_life(chart))
    drawn[0].set_ylabel("market cap, US dollars" if chart.room.market.pool_priced else "price, US dollars")
    if near is not None:
        _panel(drawn[1], chart, *near)
        drawn[1].set_title("what decided", fontsize=10, loc="left")
        drawn[1].yaxis.tick_right()
    figure.suptitle(_title(chart), fontsize=12, x=0.01, ha="left")
    handles, labels = drawn[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower left", ncols=5, frameon=False, fontsize=9)
    figure.savefig(file, format="png")


def _title(chart: RoomChart) -> str:
    room, answer = chart.room, chart.room.resolution
    told = room.status.value
    if answer is not None:
        at = price(answer.price, room.market.subject.scale)
        told += f": {', '.join(answer.winning)} at {at} on {moment(answer.at_ms)} UTC, by {answer.found_by}"
    if not chart.ticks and not chart.audited:
        told += " · nothing was recorded while it was open"
    return f"{question(room.market)} · room {room.id}\n{told}"


def _panel(axes: Axes, chart: RoomChart, from_ms: int, to_ms: int) -> None:
    from matplotlib import dates
    from matplotlib.ticker import FuncFormatter

    scale = chart.room.market.subject.scale
    _shades(axes, chart)
    _prices(axes, chart)
    target = _dollars(chart.room.market.target, scale)
    axes.axhline(target, color=_TARGET, linestyle="--", linewidth=1.3, label="target")
    _verticals(axes, chart, from_ms, to_ms)
    axes.set_xlim(_time(from_ms), _time(to_ms))
    _reach(axes, chart, from_ms, to_ms, target)
    drawn: Any = dates  # matplotlib's dates have no types
    locator = drawn.AutoDateLocator(tz=UTC, minticks=3, maxticks=9)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(drawn.ConciseDateFormatter(locator, tz=UTC))
    axes.yaxis.set_major_formatter(FuncFormatter(_tick_label))
    axes.set_xlabel("UTC")
    axes.grid(alpha=0.25)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _prices(axes: Axes, chart: RoomChart) -> None:
    scale = chart.room.market.subject.scale
    run: list[ShownTick] = []
    runs = [run]
    silent = {later for _, later in chart.silent}
    for tick in chart.ticks:
        if tick.price is None or tick.tick_ms in silent:
            run = []
            runs.append(run)
        if tick.price is not None:
            run.append(tick)
    for number, part in enumerate(each for each in runs if each):
        times = [_time(tick.tick_ms) for tick in part]
        lows, highs = ([_dollars(getattr(tick, name), scale) for tick in part] for name in ("lo", "hi"))
        first: dict[str, Any] = {"label": "band (lowest to highest)"} if number == 0 else {}
        axes.fill_between(times, lows, highs, color=_BAND, alpha=0.6, linewidth=0, **first)
        first = {"label": "recorded price"} if number == 0 else {}
        prices = [_dollars(tick.price, scale) for tick in part]
        axes.plot(times, prices, color=_PRICE, linewidth=0.9, marker=".", markersize=5, **first)
    _marks(axes, [tick for tick in chart.ticks if tick.hit], scale)
    refused = [_time(tick.tick_ms) for tick in chart.ticks if tick.price is None]
    if refused:
        axes.plot(
            refused,
            [0.03] * len(refused),
            transform=axes.get_xaxis_transform(),
            linestyle="none",
            marker="x",
            color=_REFUSED,
            markersize=5,
            label="tick without a price",
        )


def _marks(axes: Axes, hits: list[ShownTick], scale: int) -> None:
    for decided, label, size in ((False, "hit", 5), (True, "hit that decided", 8)):
        some = [tick for tick in hits if tick.deciding is decided]
        if some:
            times, prices = (
                [_time(tick.tick_ms) for tick in some],
                [_dollars(each.price, scale) for each in some],
            )
            filled = _HIT if decided else "none"
            axes.plot(
                times,
                prices,
                linestyle="none",
                marker="D",
                markersize=size,
                markerfacecolor=filled,
                markeredgecolor=_HIT,
                label=label,
                zorder=5,
            )


def _shades(axes: Axes, chart: RoomChart) -> None:
    scale, settle_ms = chart.room.market.subject.scale, chart.room.settle_at_ms
    if chart.late is not None:
        axes.axvspan(
            *map(_time, chart.late), color=_LATE, alpha=0.45, linewidth=0, label="stakes that went back"
        )
    silent = [*chart.silent, *([] if chart.gap_from_ms is None else [(chart.gap_from_ms, settle_ms)])]
    for number, (from_ms, to_ms) in enumerate(silent):
        first: dict[str, Any] = {"label": "nothing recorded"} if number == 0 else {}
        axes.axvspan(_time(from_ms), _time(to_ms), color=_GAP, alpha=0.2, linewidth=0, **first)
    for number, (at_ms, up, down) in enumerate(chart.audited):
        first = {"label": "gap, audited by candles"} if number == 0 else {}
        axes.fill_between(
            [_time(at_ms), _time(at_ms + _MINUTE_MS)],
            _dollars(down, scale),
            _dollars(up, scale),
            facecolor=_GAP,
            alpha=0.5,
            hatch="///",
            edgecolor="white",
            linewidth=0,
            **first,
        )


def _verticals(axes: Axes, chart: RoomChart, from_ms: int, to_ms: int) -> None:
    for at_ms, name in ((chart.room.lock_at_ms, "locks"), (chart.room.settle_at_ms, "settles")):
        if from_ms <= at_ms <= to_ms:
            axes.axvline(_time(at_ms), color="#333333", linewidth=1, linestyle=":")
            axes.annotate(
                f"{name} {moment(at_ms)[11:16]}",
                (_time(at_ms), 1.0),
                xycoords=("data", "axes fraction"),
                xytext=(-4, -4),
                textcoords="offset points",
                rotation=90,
                va="top",
                ha="right",
                fontsize=8,
                color="#333333",
            )


def _reach(axes: Axes, chart: RoomChart, from_ms: int, to_ms: int, target: float) -> None:
    """The prices that are shown, the target among them, with some air."""
    scale, values = chart.room.market.subject.scale, [target]
    for tick in chart.ticks:
        if from_ms <= tick.tick_ms <= to_ms and tick.lo is not None:
            values += [_dollars(tick.lo, scale), _dollars(tick.hi, scale)]
    for at_ms, up, down in chart.audited:
        if from_ms <= at_ms + _MINUTE_MS and at_ms <= to_ms:
            values += [_dollars(up, scale), _dollars(down, scale)]
    air = (max(values) - min(values)) * 0.08 or target * 0.01
    axes.set_ylim(min(values) - air, max(values) + air)


def _life(chart: RoomChart) -> tuple[int, int]:
    last_ms = max([chart.room.settle_at_ms, *[tick.tick_ms for tick in chart.ticks]])
    margin = max((last_ms - chart.from_ms) // 40, 3_000)
    return chart.from_ms - margin, last_ms + margin


def _deciding_span(chart: RoomChart) -> tuple[int, int] | None:
    """The time around the ticks or the minute an answer rests on; None without an answer."""
    answer = chart.room.resolution
    if answer is None:
        return None
    times = [tick.tick_ms for tick in chart.ticks if tick.deciding] or [answer.at_ms]
    if answer.found_by is FoundBy.AUDIT:
        times = [answer.at_ms - _MINUTE_MS]
    return min(times) - _NEAR_MS, max(*times, answer.at_ms) + _NEAR_MS


def _tick_label(value: float, _: object) -> str:
    if abs(value) >= 10_000:
        return f"${value:,.0f}"
    return f"${value:,.2f}" if abs(value) >= 1 else f"${value:.6g}"


def _dollars(units: int | None, scale: int) -> float:
    """A picture is not exact, and need not be."""
    return 0.0 if units is None else units / 10**-scale


def _time(at_ms: int) -> Any:
    return _EPOCH + timedelta(milliseconds=at_ms)
