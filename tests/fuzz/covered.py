"""One target under atheris: bodies are chosen by which branches of our code they reach. A process of its own.

`python -m tests.fuzz.covered TARGET BODIES FOLDER`, then libFuzzer's own options. The folder holds the bodies to begin
with and takes up what reaches further. Tells how far it is as JSON lines on stdout; a crash ends it with another
status than 0, and what libFuzzer writes goes to stderr.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Final

import atheris  # type: ignore[import-untyped]

with atheris.instrument_imports(include=["rooms_oracle", "rooms_core.proofs", "rooms_cli.json_cases"]):
    from tests.fuzz.targets import Target, targets

STEPS: Final = 100


class Counting:
    """Runs a target's law and tells now and then how many bodies were tried, and how much was accepted."""

    def __init__(self, target: Target, bodies: int) -> None:
        self._law = target.law
        self._step = max(1, bodies // STEPS)
        self._bodies = bodies
        self._tried = self._accepted = 0

    def __call__(self, body: bytes) -> None:
        """Try one body; whatever the law raises is a crash."""
        self._accepted += self._law(body)
        self._tried += 1
        if self._tried % self._step == 0 or self._tried >= self._bodies:
            print(json.dumps({"tried": self._tried, "accepted": self._accepted}), flush=True)


def changing(target: Target) -> Callable[[bytes, int, int], bytes]:
    """A third of the changes are libFuzzer's; the others know the shape, half of them begin with a good body anew."""

    def change(body: bytes, most: int, seed: int) -> bytes:
        chance = Random(seed)
        match chance.randrange(3):
            case 0:
                return bytes(atheris.Mutate(body, most))
            case 1:
                return target.hostile(chance)[:most]
            case _:
                return target.change(body or target.bodies[0], chance)[:most]

    return change


def main() -> None:
    """Never comes back: libFuzzer ends the process."""
    name, bodies, folder, *options = sys.argv[1:]
    target = targets()[name]
    for number, body in enumerate(target.bodies):
        Path(folder, f"begin-{number}").write_bytes(body)
    most = 2 * max(len(body) for body in target.bodies)
    given = [f"-runs={bodies}", f"-max_len={most}", "-timeout=5", "-rss_limit_mb=1024", *options]
    atheris.Setup(
        [sys.argv[0], *given, folder], Counting(target, int(bodies)), custom_mutator=changing(target)
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main()
