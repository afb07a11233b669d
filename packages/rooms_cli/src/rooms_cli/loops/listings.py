"""Which instruments are priced: read once, when a process starts."""

from __future__ import annotations

from rooms_core.ports.store import Store
from rooms_oracle.listing import LISTINGS, Listing


async def load_listings(store: Store) -> tuple[Listing, ...]:  # noqa: ARG001 - where a table of them will be asked
    """The listings that are in force."""
    return LISTINGS
