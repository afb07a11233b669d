"""All metrics of a process as Prometheus reads them: looked up when it asks, kept nowhere."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from rooms_cli.loops.settings import MONITOR
from rooms_cli.loops.standing import Running
from rooms_cli.metrics.feeds import of_feeds, of_streams
from rooms_cli.metrics.loops import of_loops
from rooms_cli.metrics.prices import of_instruments, of_ticks
from rooms_core._version import __version__

__all__ = ["CONTENT_TYPE_LATEST", "RunningCollector", "registry_of", "written"]


class RunningCollector(Collector):
    """Reads what runs. Instruments are shown by the monitor that leads; a standby knows nothing of them."""

    def __init__(self, running: Running) -> None:
        self._running = running

    def collect(self) -> Iterator[Metric]:
        """Everything as it stands now."""
        running = self._running
        info = GaugeMetricFamily("rooms_build_info", "1; the version is its label", labels=["version"])
        info.add_metric([__version__], 1.0)
        yield info
        yield from of_loops(running.loops)
        yield from of_ticks(running.ticks)
        if any(each.role == MONITOR and each.leads for each in running.loops):
            yield from of_instruments(running.instruments(), running.ticks)
        if running.feeds is not None:
            yield from of_feeds(running.feeds.standings())
            yield from of_streams(running.feeds.streams())


def registry_of(running: Running) -> CollectorRegistry:
    """A registry of its own for one process: its parts, and what Python and the system know of it."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(RunningCollector(running))
    for collector in (ProcessCollector, PlatformCollector, GCCollector):
        collector(registry=registry)
    return registry


def written(registry: CollectorRegistry) -> bytes:
    """The text that a scrape is answered with."""
    return generate_latest(registry)
