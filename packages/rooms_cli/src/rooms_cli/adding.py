"""Listing an instrument step by step: what is in force, what its feeds say, what speaks against it, writing it down."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field, replace
from getpass import getuser
from typing import Final

import typer

from rooms_cli.database import written
from rooms_cli.errors import CommandError, usage
from rooms_cli.feeds_input import feeds_wanted
from rooms_cli.listing_books import revisions
from rooms_cli.listing_input import refused
from rooms_cli.listing_view import listing_shown, origin
from rooms_cli.output import say
from rooms_cli.probe_view import objection, price_shown, verdict, warn_of
from rooms_cli.probing import probed
from rooms_core.domain.listing import Listing, ListingRevision, in_force
from rooms_core.domain.listing_check import check_listing
from rooms_core.ports.store import Store, StoreFailed
from rooms_core.result import Err, Ok, Result
from rooms_core.services.list_instrument import ListInstrument, NotListed, Written, words_missing
from rooms_oracle.aggregate import INSTANT, PPM
from rooms_oracle.listing import LISTINGS, params_of
from rooms_oracle.probed import Probe

BEFORE: Final = "as it is now: "
"""What is in force is asked for beside the new row, under a name that nobody can list."""


@dataclass
class Adding:
    """One instrument that somebody wants to list in these books; what may not stand there ends the command."""

    database: str
    listing: Listing
    by: str
    reason: str
    unprobed: bool
    listings: dict[str, Listing] = field(init=False)
    was: ListingRevision | None = field(init=False)

    def __post_init__(self) -> None:
        missing = words_missing(by=self.by, reason=self.reason, unprobed=self.unprobed)
        if missing is not None:
            raise refused(missing)
        newest = revisions(self.database)
        self.listings = in_force(LISTINGS, newest)
        self.was = next((each for each in newest if each.listing.name == self.listing.name), None)
        checked = check_listing(self.listing, self.listings)
        if isinstance(checked, Err):
            raise refused(checked.why)
        self.feeds = feeds_wanted()
        if self.feeds.seed is not None:
            raise usage(
                "Prices are made up here (ROOMS_FEEDS=generated), and no feed could be asked.",
                hint="Set ROOMS_FEEDS to live, or to the address of a feed server.",
            )
        families = {self.feeds.feeds[each.feed].family for each in self.listing.listed}
        quorum = params_of(self.listing).quorum
        if len(families) < quorum:
            raise CommandError(
                f"{self.listing.name} would have {plural(len(families), 'independent family')} "
                f"({', '.join(sorted(families))}), and {quorum} must agree.",
                hint="Add feeds of other families; --quorum 2 is for rates between stable currencies.",
            )

    def in_force(self) -> bool:
        """Whether it is listed like this already."""
        return self.listings.get(self.listing.name) == self.listing

    def unchanged(self) -> Written | None:
        """What is in force; None if it is built in."""
        return None if self.was is None else Written(self.was, None, new=False)

    def probe(self) -> tuple[Probe, list[str]]:
        """What its feeds say, and what of that speaks against it."""
        warn_of(self.feeds.server, self.feeds.seed)
        name, now = self.listing.name, self.listings.get(self.listing.name)
        asked = [*self.listings.values(), self.listing]
        names = [name]
        if now is not None:
            names.append(BEFORE + name)
            asked.append(replace(now, name=BEFORE + name))
        found = probed(self.feeds, names, asked)
        return found[name], _against(found[name], found.get(BEFORE + name))

    def refused(self, found: Probe, against: list[str]) -> CommandError:
        """The refusal of a row that something speaks against, for somebody who has seen the probe."""
        feeds = [each.feed for each in found.asked if each.hinders]
        why = [f"of its feeds, {', '.join(feeds)} cannot be used"] if feeds else []
        why += against[len(feeds) :] if found.accepted else ["there is no price"]
        mend = "leave such feeds out, " if feeds else ""
        return CommandError(
            f"{self.listing.name} is not listed: {'; '.join(why)}.",
            hint=f"Look at the symbols, {mend}or try again later; --unprobed REASON lists it without asking.",
        )

    def confirm(self) -> None:
        """Ask a person; where there is none, or he says no, the command ends."""
        before = self.listings.get(self.listing.name)
        if before is not None:
            say(f"rooms: {self.listing.name} is {origin(self.was)}: {listing_shown(before)}")
        say(f"rooms: {self.listing.name} would be: {listing_shown(self.listing)}")
        if not sys.stdin.isatty():
            raise usage("Nobody is here to ask.", hint="Give --yes if you mean it.")
        if not typer.confirm("List it?", default=False, err=True):
            raise CommandError("Nothing was changed.")

    def write(self) -> Written:
        """Write it down, if nobody else has changed it meanwhile."""
        seen = 0 if self.was is None else self.was.number

        async def work(store: Store) -> Result[Result[Written, NotListed], StoreFailed]:
            add = ListInstrument(store=store, built_in=LISTINGS)
            done = await add(self.listing, seen=seen, by=self.by, reason=self.reason, unprobed=self.unprobed)
            if isinstance(done, Ok):
                return Ok(done)
            return Err(done.why) if isinstance(done.why, StoreFailed) else Ok(Err(done.why))

        match written(self.database, work, makes_ids=False):
            case Ok(done):
                return done
            case Err(why):
                raise refused(why)


def plural(count: int, what: str) -> str:
    """`1 independent family`, `2 independent families`."""
    return f"{count} {what}" if count == 1 else f"{count} {what.removesuffix('y')}ies"


def login_name() -> str:
    """The name of whoever is logged in."""
    try:
        return getuser()
    except (OSError, KeyError):
        raise usage("Who lists it? This machine does not say.", hint="Give --by NAME.") from None


def _against(found: Probe, before: Probe | None) -> list[str]:
    """What speaks against a row: feeds that refuse, no price, or another price than that of the row in force."""
    against = [objection(each) for each in found.asked if each.hinders]
    if not found.accepted:
        against.append(verdict(found).removesuffix("."))
    elif before is not None and before.accepted:
        off_ppm = (found.price - before.price) * PPM // before.price
        if abs(off_ppm) > INSTANT.tol_cap_ppm:
            was = price_shown(before.price, before.scale)
            against.append(f"it is {off_ppm / 100:+,.1f} bps off what the row in force says, {was} USD")
    return against
