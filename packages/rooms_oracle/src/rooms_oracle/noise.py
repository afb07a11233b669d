"""Seeded wandering without memory: the same seed and time give the same value, in whatever order they are asked.

Values at the points of a lattice are hashed (splitmix64) and joined by straight lines; several lattices, from
seconds to hours, add up to something that moves like a price. Whole numbers only.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from typing import Final

_MASK: Final = (1 << 64) - 1
_GOLDEN: Final = 0x9E3779B97F4A7C15

OCTAVES: Final = ((28_800_000, 20_000), (3_600_000, 6_000), (600_000, 2_000), (60_000, 600), (12_000, 150))
"""(distance of the lattice's points in ms, largest swing in ppm): hours, minutes, seconds."""


def key_of(seed: int, name: str) -> int:
    """A number for a name under a seed, to tell its noise from that of others."""
    return int.from_bytes(blake2b(f"{seed}/{name}".encode(), digest_size=8).digest())


def jitter(key: int, index: int, most: int) -> int:
    """A value in [−most, most] for a point: hashed, so neighbours have nothing to do with one another."""
    mixed = (key + index * _GOLDEN) & _MASK
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
    return (mixed ^ (mixed >> 31)) % (2 * most + 1) - most


def wander_ppm(key: int, at_ms: int) -> int:
    """How far a wandering price is from its anchor at a time, in ppm: never 3 % or more."""
    total = 0
    for octave, (distance_ms, most) in enumerate(OCTAVES):
        point, done_ms = divmod(at_ms, distance_ms)
        own = key ^ (octave * _GOLDEN & _MASK)
        start, end = _lattice(own, point, most), _lattice(own, point + 1, most)
        total += start + (end - start) * done_ms // distance_ms
    return total


@lru_cache(maxsize=16_384)
def _lattice(key: int, point: int, most: int) -> int:
    """A point of a lattice, remembered: neighbouring ticks ask for the same ones."""
    return jitter(key, point, most)
