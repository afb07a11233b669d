"""`rooms oracle add`: list an instrument, after its feeds have been asked and somebody has looked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from rooms_cli.commands import oracle_places as places
from rooms_cli.database import DEFAULT, Database

if TYPE_CHECKING:
    from rooms_core.domain.listing import Listing
    from rooms_core.services.list_instrument import Written
    from rooms_oracle.probed import Probe


def add(
    name: places.Name,
    binance: places.Binance = None,
    coinbase: places.Coinbase = None,
    kraken: places.Kraken = None,
    okx: places.Okx = None,
    pyth: places.Pyth = None,
    coingecko: places.CoinGecko = None,
    cryptocompare: places.CryptoCompare = None,
    dexscreener: places.DexScreener = None,
    jupiter: places.Jupiter = None,
    quorum: places.Quorum = None,
    max_age_ms: places.MaxAge = None,
    tol_floor_ppm: places.TolFloor = None,
    tol_cap_ppm: places.TolCap = None,
    conf_cap_ppm: places.ConfCap = None,
    unprobed: Annotated[
        str | None,
        typer.Option("--unprobed", metavar="REASON", help="Ask no feed, and write down why that is right."),
    ] = None,
    reason: Annotated[
        str, typer.Option("--reason", metavar="TEXT", help="Why, for whoever looks at it later.")
    ] = "",
    by: Annotated[
        str | None,
        typer.Option(
            "--by", envvar="ROOMS_OPERATOR", metavar="NAME", help="Who lists it; else the login name."
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    database: Database = DEFAULT,
    as_json: places.AsJson = False,
) -> None:
    """List an instrument, or change how it is listed: say where, look at what its feeds answer, and confirm.

    The row takes the place of the one before, which stays in the books. It is refused while one of its feeds does not
    answer, disagrees, or is off. The same row again changes nothing. Running monitors take it up within seconds.
    """
    from rooms_cli.adding import Adding, login_name
    from rooms_cli.listing_input import listing_given

    listing = listing_given(
        name,
        {
            "binance": binance,
            "coinbase": coinbase,
            "kraken": kraken,
            "okx": okx,
            "pyth": pyth,
            "coingecko": coingecko,
            "cryptocompare": cryptocompare,
            "dexscreener": dexscreener,
            "jupiter": jupiter,
        },
        {
            "quorum": quorum,
            "max_age_ms": max_age_ms,
            "tol_floor_ppm": tol_floor_ppm,
            "tol_cap_ppm": tol_cap_ppm,
            "conf_cap_ppm": conf_cap_ppm,
        },
    )
    asks = unprobed is None
    adding = Adding(database, listing, by or login_name(), reason if asks else unprobed or "", not asks)
    if adding.in_force():
        _tell(adding.unchanged(), listing, None, as_json)
        return
    found = None
    if asks:
        found, against = adding.probe()
        _show(found, against, as_json)
        if against:
            raise adding.refused(found, against)
    if not yes:
        adding.confirm()
    _tell(adding.write(), listing, found, as_json)


def _show(found: Probe, against: list[str], as_json: bool) -> None:
    from rooms_cli.output import json_line, write_line
    from rooms_cli.probe_view import probe_json, show_probe

    if not as_json:
        show_probe(found)
    elif against:
        write_line(json_line({"listed": False, "against": against, "probe": probe_json(found)}))


def _tell(done: Written | None, listing: Listing, found: Probe | None, as_json: bool) -> None:
    from rooms_cli.listing_view import listing_shown, revision_json
    from rooms_cli.output import json_line, write_line
    from rooms_cli.probe_view import probe_json

    if as_json:
        told = {
            "listed": True,
            "new": done is not None and done.new,
            "instrument": listing.name,
            **revision_json(None if done is None else done.now),
            "was": None if done is None or done.was is None else revision_json(done.was),
            "probe": None if found is None else probe_json(found),
        }
        write_line(json_line(told))
    elif done is None:
        print(f"{listing.name} is built in like this; nothing was changed.")
    elif not done.new:
        print(f"{listing.name} is listed like this already, as #{done.now.number}; nothing was changed.")
    else:
        print(f"{listing.name} is listed as #{done.now.number} by {done.now.by}: {listing_shown(listing)}")
