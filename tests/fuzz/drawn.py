"""One target under bodies drawn from a seed, where atheris is not to be had. A process of its own, as `covered`.

`python -m tests.fuzz.drawn TARGET BODIES FOLDER SEED`. A body that breaks the law is left in the folder.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from random import Random
from typing import Final

from tests.fuzz.targets import targets

STEPS: Final = 100
LONGEST_S: Final = 5.0
"""No body takes longer than this."""


def main() -> int:
    """0 if all bodies were tried and none broke the law."""
    name, bodies, folder, seed = sys.argv[1:]
    target, chance, count = targets()[name], Random(int(seed)), int(bodies)
    accepted = 0
    for tried in range(1, count + 1):
        body = target.hostile(chance)
        began = time.process_time()
        try:
            accepted += target.law(body)
            if time.process_time() - began > LONGEST_S:
                raise TimeoutError("it took too long")
        except BaseException:
            Path(folder, f"crash-{tried}").write_bytes(body)
            raise
        if tried % max(1, count // STEPS) == 0 or tried == count:
            print(json.dumps({"tried": tried, "accepted": accepted}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
