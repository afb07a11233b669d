"""Moving the tables between revisions, with sentences for what can go wrong."""

from __future__ import annotations

import asyncio

from rooms_cli.database import existing, is_server, located, reached
from rooms_cli.errors import CommandError, one_of, usage
from rooms_store.checkup import engines_at
from rooms_store.failures import VENDOR, failed
from rooms_store.losses import NoSuchRevision, revisions, rows_lost
from rooms_store.migrations import NOTHING, current, downgrade, upgrade


def fit_for_tables(place: str) -> tuple[str, bool]:
    """A server's database, or a file that may be made where it is not there; and whether there is something in it."""
    if is_server(place):
        return place, reached(place).tables
    path = located(place)
    if not path.parent.is_dir():
        raise CommandError(f"There is no folder {path.parent} for the database.", hint="Make it first.")
    return str(path), path.exists() and bool(existing(place))


def migrated(place: str, revision: str, *, there: bool, back: bool = False) -> tuple[str | None, str | None]:
    """Move the tables of a database to a revision; answers where they were and where they are."""
    try:
        was = current(place) if there else None
        (downgrade if back else upgrade)(place, revision)
        return was, current(place)
    except VENDOR as error:
        way = "downgraded" if back else "upgraded"
        raise CommandError(f"The database could not be {way}: {failed(error).message}.") from error


def lost(place: str, revision: str) -> dict[str, int]:
    """What a downgrade takes away, with its rows; a revision that is not older ends the command."""

    async def ask(was: str) -> dict[str, int]:
        engines = engines_at(place)
        try:
            return await rows_lost(engines, was, revision)
        except NoSuchRevision:
            older = [NOTHING, *revisions()[: revisions().index(was)]]
            raise usage(f"{revision} is no revision before {was}.", hint=one_of(revision, older)) from None
        finally:
            await engines.close()

    try:
        was = current(place)
        if was is None:
            raise CommandError("There are no tables.", hint="Nothing can be taken back.")
        return asyncio.run(ask(was))
    except VENDOR as error:
        raise CommandError(f"The database did not answer: {failed(error).message}.") from error
