"""The log of a running process: lines for people on a terminal, JSON for programs, and only what is allowed.

A fact is printed if its name stands in `ALLOWED`; all others are left out, and secrets that the process knows are
blotted out wherever they turn up. What other libraries log is shown from warnings on.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable
from typing import Any, Final, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

ALLOWED: Final = frozenset(
    {
        *("event", "level", "timestamp", "logger", "exception"),
        *("role", "roles", "holder", "why", "reason", "failed"),
        *("room", "status", "gross", "receipt", "found_by", "touched_ms"),
        *(
            "instrument",
            "instruments",
            "ahead_ms",
            "tick_ms",
            "skipped",
            "feeds",
            "prices",
            "listings",
            "database",
            "lease_ms",
            "metrics",
        ),
        *("notice", "kind", "user", "ref"),
    }
)
"""The names of the facts that may be printed."""

_FIRST: Final = ("timestamp", "level", "event")
LONGEST: Final = 500
_BLOT: Final = "***"
_SHORTEST: Final = 4
"""A secret shorter than this would blot out half of the log."""


class Blot:
    """A processor that lets only allowed facts through, and no secret."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = sorted({each for each in secrets if len(each) >= _SHORTEST}, key=len, reverse=True)

    def __call__(self, _logger: WrappedLogger, _method: str, facts: EventDict) -> EventDict:
        """The facts that may be printed."""
        first = {name: facts[name] for name in _FIRST if name in facts}
        return {
            name: value if name.startswith("_") else self._clean(value, whole=name == "exception")
            for name, value in {**first, **facts}.items()
            if (name in ALLOWED or name.startswith("_")) and value is not None
        }

    def _clean(self, value: Any, *, whole: bool) -> Any:
        if isinstance(value, list | tuple):
            return [self._clean(each, whole=whole) for each in value]
        if isinstance(value, int):
            return value
        text = str(value)
        for secret in self._secrets:
            text = text.replace(secret, _BLOT)
        return text if whole or len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def log_to(stream: TextIO, *, as_json: bool, secrets: Iterable[str] = (), colours: bool = False) -> Any:
    """Set the process's log up and answer it; whoever logs by the standard library ends up there too."""
    before: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        Blot(secrets),
    ]
    drawn: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(colors=colours, pad_event_to=28)
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=before,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, drawn],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("rooms_oracle").setLevel(logging.INFO)
    logging.getLogger("rooms").setLevel(logging.INFO)
    structlog.configure(
        processors=[*before, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    return structlog.get_logger("rooms")


def standard_output() -> TextIO:
    """Where logs go: they are what a running process is asked for."""
    return sys.stdout
