"""What Python looks for garbage among: not the modules and caches of a process that will run for days."""

from __future__ import annotations

import gc


def keep_what_stands() -> None:
    """Take all that there is now out of the collector's sight, for as long as the process lives.

    The collector goes through everything that is old whenever a quarter as much has come; most of that are modules,
    which stay.
    """
    gc.collect()
    gc.freeze()
