"""How metrics are put together: rows of labels and values, and words that are fit to be labels."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypeAlias

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

OTHER: Final = "OTHER"
"""Stands for all that is no word of ours."""
_WORD: Final = re.compile(r"[A-Za-z][A-Za-z_]{0,40}")

Row: TypeAlias = tuple[Sequence[str], float]


def gauges(
    name: str, what: str, labels: Sequence[str], rows: Iterable[tuple[Sequence[str], float]]
) -> Metric:
    """A metric that goes up and down, one row for each set of labels."""
    family = GaugeMetricFamily(f"rooms_{name}", what, labels=labels)
    for values, value in rows:
        family.add_metric(values, float(value))
    return family


def counts(
    name: str, what: str, labels: Sequence[str], rows: Iterable[tuple[Sequence[str], float]]
) -> Metric:
    """A metric that only counts up; `_total` is added to its name."""
    family = CounterMetricFamily(f"rooms_{name}", what, labels=labels)
    for values, value in rows:
        family.add_metric(values, float(value))
    return family


def by_word(counted: Iterable[tuple[str, Mapping[str, int]]]) -> list[Row]:
    """Rows for (name, word); what is no word of ours shares one."""
    found: dict[tuple[str, str], int] = {}
    for name, counts in counted:
        for kind, count in counts.items():
            key = (name, word(kind))
            found[key] = found.get(key, 0) + count
    return [(key, float(count)) for key, count in sorted(found.items())]


def word(text: str) -> str:
    """A kind or reason as a label."""
    return text if _WORD.fullmatch(text) else OTHER
