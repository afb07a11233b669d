"""The machine's chance."""

from __future__ import annotations

from rooms_cli.chance import SystemRng


def test_numbers_stay_below_their_limit() -> None:
    """Each of the few there are comes up, and nothing else."""
    rng = SystemRng()

    assert {0, 1, 2} == {rng.below(3) for _ in range(1_000)}


def test_no_salt_comes_twice() -> None:
    """16 bytes each."""
    salts = {SystemRng().salt() for _ in range(100)}

    assert (100, {16}) == (len(salts), set(map(len, salts)))
