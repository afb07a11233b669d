"""`rooms oracle probe`: each feed is asked once, and says what it would say of a tick."""

from __future__ import annotations

import typer

from rooms_cli.commands import oracle_places as places
from rooms_cli.database import DEFAULT, Database


def probe(
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
    database: Database = DEFAULT,
    as_json: places.AsJson = False,
) -> None:
    """Ask each feed once for an instrument and tell its price or the reason why not. Exit 1 if there is no price.

    Without symbols it is one that is listed, or a token (pump:MINT); with them it is tried as it would be added.
    Ages are by a feed's own time if it has one. `± bps` is the half-width, `off bps` the distance from the centre.
    """
    from rooms_cli.errors import CommandError, one_of
    from rooms_cli.feeds_input import feeds_wanted
    from rooms_cli.listing_books import revisions_if_any
    from rooms_cli.listing_input import listing_given, refused
    from rooms_cli.output import json_line, write_line
    from rooms_cli.probe_view import probe_json, show_probe, warn_of
    from rooms_cli.probing import probed
    from rooms_core.domain.listing import in_force
    from rooms_core.domain.listing_check import check_listing
    from rooms_core.result import Err
    from rooms_oracle.listing import LISTINGS, PUMP_PREFIX, mint_of

    symbols = {
        "binance": binance,
        "coinbase": coinbase,
        "kraken": kraken,
        "okx": okx,
        "pyth": pyth,
        "coingecko": coingecko,
        "cryptocompare": cryptocompare,
        "dexscreener": dexscreener,
        "jupiter": jupiter,
    }
    rule = {
        "quorum": quorum,
        "max_age_ms": max_age_ms,
        "tol_floor_ppm": tol_floor_ppm,
        "tol_cap_ppm": tol_cap_ppm,
        "conf_cap_ppm": conf_cap_ppm,
    }
    given = None
    if any(each is not None for each in (*symbols.values(), *rule.values())):
        given = listing_given(name, symbols, rule)
    wanted = feeds_wanted()
    listings = in_force(LISTINGS, revisions_if_any(database))
    if given is not None:
        checked = check_listing(given, listings)
        if isinstance(checked, Err):
            raise refused(checked.why)
        listings[name] = given
    elif name not in listings and mint_of(name) is None:
        hint = one_of(name, sorted(listings))
        if name.startswith(PUMP_PREFIX):
            hint = f"After {PUMP_PREFIX} stands the token's mint: an address of 32 to 44 letters and digits."
        raise CommandError(f"{name} is not listed.", hint=hint)
    found = probed(wanted, [name], listings.values())[name]
    if as_json:
        write_line(json_line(probe_json(found)))
    else:
        warn_of(wanted.server, wanted.seed)
        show_probe(found)
    raise typer.Exit(0 if found.accepted else 1)
