"""Everything that reads what others have written, each with bodies to begin with, a law, and a way to change bodies."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from random import Random
from typing import NamedTuple, TypeAlias

from tests.fuzz import account_laws, answer_laws, laws, record_laws, stream_laws
from tests.fuzz.mutate import changed_fields, changed_json, changed_letters
from tests.fuzz.seeds import candles, tickers

from rooms_oracle.streams import STREAMS

Change: TypeAlias = Callable[[bytes, Random], bytes]
"""A body and chance; out comes another body."""


class Target(NamedTuple):
    """A reader under its law. `law` counts what was accepted, and raises where that should not have been."""

    name: str
    bodies: tuple[bytes, ...]
    law: Callable[[bytes], int]
    change: Change

    def hostile(self, chance: Random) -> bytes:
        """One of its bodies, changed."""
        return self.change(chance.choice(self.bodies), chance)


def _reply(body: bytes, chance: Random) -> bytes:
    head, _, rest = body.partition(b"\n")
    if chance.random() < 0.3:
        head = changed_letters(head, chance)
    return head + b"\n" + changed_json(rest, chance)


@cache
def targets() -> dict[str, Target]:
    """All of them by name."""
    asked = [("", laws.ticker, each) for each in tickers()]
    asked += [(" candles", laws.minute, each) for each in candles()]
    found = [
        *[
            Target(
                each.vendor.name + kind,
                each.bodies,
                partial(law, each.vendor, each.call),
                partial(changed_json, others=each.bodies),
            )
            for kind, law, each in asked
        ],
        Target("pump.fun accounts", account_laws.bodies(), account_laws.coin, changed_fields),
        *[
            Target(
                f"{name} stream",
                stream_laws.bodies(name),
                partial(stream_laws.conversation, stream),
                stream_laws.changed_conversation,
            )
            for name, stream in STREAMS.items()
        ],
        Target("answers", answer_laws.reply_bodies(), answer_laws.reply, _reply),
        Target("packed bodies", answer_laws.packed_bodies(), answer_laws.unpacked, changed_fields),
        Target("cases", record_laws.case_bodies(), record_laws.cases, record_laws.changed_cases),
        Target("records", record_laws.record_bodies(), record_laws.records, record_laws.changed_records),
    ]
    return {target.name: target for target in found}
