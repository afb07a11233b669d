"""The options by which an instrument is described: a symbol for each feed, and parameters of the rule."""

from __future__ import annotations

from typing import Annotated

import typer

Name = Annotated[str, typer.Argument(metavar="NAME", help="The instrument, as SOL/USD.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, on a terminal too.")]

_PAIR = "SYMBOL[:QUOTE]"

Binance = Annotated[
    str | None, typer.Option("--binance", metavar=_PAIR, help="Its symbol on Binance: SOLUSDT:USDT.")
]
Coinbase = Annotated[
    str | None, typer.Option("--coinbase", metavar=_PAIR, help="Its product on Coinbase: SOL-USD.")
]
Kraken = Annotated[
    str | None,
    typer.Option("--kraken", metavar=_PAIR, help="Kraken's own name of the pair: SOLUSD, XXBTZUSD."),
]
Okx = Annotated[str | None, typer.Option("--okx", metavar=_PAIR, help="Its pair on OKX: SOL-USDT:USDT.")]
Pyth = Annotated[
    str | None, typer.Option("--pyth", metavar="ID", help="Pyth's id of its price: 64 hex digits.")
]
CoinGecko = Annotated[str | None, typer.Option("--coingecko", metavar="ID", help="CoinGecko's id: solana.")]
CryptoCompare = Annotated[
    str | None, typer.Option("--cryptocompare", metavar="SYMBOL", help="Its symbol on CryptoCompare: SOL.")
]
DexScreener = Annotated[
    str | None, typer.Option("--dexscreener", metavar="MINT", help="The mint, as DexScreener knows it.")
]
Jupiter = Annotated[
    str | None, typer.Option("--jupiter", metavar="MINT", help="The mint, as Jupiter knows it.")
]

Quorum = Annotated[
    int | None, typer.Option("--quorum", metavar="N", help="Families needed: 2 to 10. As usual: 3.")
]
MaxAge = Annotated[
    int | None,
    typer.Option("--max-age-ms", metavar="MS", help="Older prices are stale: 1000 to 10000. As usual: 6000."),
]
TolFloor = Annotated[
    int | None,
    typer.Option("--tol-floor-ppm", metavar="PPM", help="Least tolerance: 100 to 20000. As usual: 3000."),
]
TolCap = Annotated[
    int | None,
    typer.Option("--tol-cap-ppm", metavar="PPM", help="Most tolerance: 100 to 20000. As usual: 10000."),
]
ConfCap = Annotated[
    int | None,
    typer.Option("--conf-cap-ppm", metavar="PPM", help="Widest half-width: 100 to 20000. As usual: 5000."),
]
