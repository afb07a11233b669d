"""An answer of each feed to a question for two symbols, of which it knows one or both; written by hand."""

from __future__ import annotations

from typing import NamedTuple

from rooms_oracle.feeds.vendor import Priced

WSOL = "So11111111111111111111111111111111111111112"
USDC = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v"
MINT = "7LSsEoJGhLeZzGvDofTdNg7M3JttxQqGWNLo6vWMpump"
SOL_ID = "ef0d8b6fda2ceba41da15d4095d1da392a0d2f8ed0c6c7bc0f4cfac8c280b56d"
BTC_ID = "e62df6c8b4a85fe1a67db44dc12de5db330f7ac66b72dc658afedf0f4a415b43"


class Sample(NamedTuple):
    """Symbols, a body, and what it means."""

    symbols: tuple[str, ...]
    body: str
    prices: dict[str, Priced]


def pool(base: str, quote: str, price: str, dex: str, deep: str, pair: str) -> str:
    """A pool as DexScreener lists it."""
    return (
        f'{{"chainId":"solana","dexId":"{dex}","pairAddress":"{pair}","baseToken":{{"address":"{base}","name":"a"}},'
        f'"quoteToken":{{"address":"{quote}"}},"priceUsd":{price},"liquidity":{deep},"labels":["CLMM"]}}'
    )


SAMPLES = {
    "binance": Sample(
        ("SOLUSDT", "BTCUSDT"),
        '[{"symbol":"BTCUSDT","bidPrice":"68012.36000000","bidQty":"1.0","askPrice":"68012.38000000","askQty":"2.0"},'
        '{"symbol":"SOLUSDT","bidPrice":"165.01000000","bidQty":"812.4","askPrice":"165.02000000","askQty":"95.1"}]',
        {
            "SOLUSDT": Priced(165_015_000_000_000, 5_000_000_000, "165.01000000/165.02000000"),
            "BTCUSDT": Priced(68_012_370_000_000_000, 10_000_000_000, "68012.36000000/68012.38000000"),
        },
    ),
    "coinbase": Sample(
        ("SOL-USD",),
        '{"trade_id":2,"price":"165.01","size":"0.5","time":"2024-11-01T00:00:00.123456Z","bid":"165.00","ask":"165.02",'
        '"volume":"812345.1"}',
        {"SOL-USD": Priced(165_010_000_000_000, 10_000_000_000, "165.00/165.02", 1_730_419_200_123)},
    ),
    "kraken": Sample(
        ("SOLUSD", "XXBTZUSD"),
        '{"error":[],"result":{"SOLUSD":{"a":["165.0300","12","12.000"],"b":["165.0200","40","40.000"],'
        '"c":["165.0200","1.50"],"t":[1,2]}}}',
        {"SOLUSD": Priced(165_025_000_000_000, 5_000_000_000, "165.0200/165.0300")},
    ),
    "okx": Sample(
        ("SOL-USDT", "BTC-USDT"),
        '{"code":"0","msg":"","data":[{"instType":"SPOT","instId":"SOL-USDT","last":"165.02","askPx":"165.03",'
        '"bidPx":"165.02","ts":"1730419199501"},{"instId":"DOGE-USDT","last":"","askPx":"","bidPx":"","ts":"x"}]}',
        {"SOL-USDT": Priced(165_025_000_000_000, 5_000_000_000, "165.02/165.03", 1_730_419_199_501)},
    ),
    "pyth": Sample(
        (SOL_ID, BTC_ID),
        f'{{"binary":{{"encoding":"hex","data":["50"]}},"parsed":[{{"id":"{SOL_ID}","price":{{"price":"16502345678",'
        '"conf":"8123456","expo":-8,"publish_time":1730419199},"ema_price":{"price":"1"},"metadata":{"slot":1}}]}',
        {SOL_ID: Priced(165_023_456_780_000, 81_234_560_000, "16502345678e-8", 1_730_419_199_000)},
    ),
    "coingecko": Sample(
        ("solana", "bitcoin", "tether"),
        '{"bitcoin":{"usd":68010.2147,"usd_market_cap":1345678901234.5,"last_updated_at":1730419143},"tether":{}}',
        {"bitcoin": Priced(68_010_214_700_000_000, 0, "68010.2147", 1_730_419_143_000)},
    ),
    "cryptocompare": Sample(
        ("SOL", "BTC"),
        '{"RAW":{"SOL":{"USD":{"TYPE":"5","MARKET":"CCCAGG","FROMSYMBOL":"SOL","TOSYMBOL":"USD","PRICE":165.03,'
        '"LASTUPDATE":1730419150}}},"DISPLAY":{}}',
        {"SOL": Priced(165_030_000_000_000, 0, "165.03", 1_730_419_150_000)},
    ),
    "dexscreener": Sample(
        (MINT, WSOL),
        "["
        + ",".join(
            [
                pool(MINT, WSOL, '"0.0009"', "pumpfun", "null", "a"),
                pool(MINT, WSOL, '"0.0042"', "pumpswap", '{"usd":5000.5}', "b"),
                pool(MINT, WSOL, '"0.0041"', "pumpswap", '{"usd":9000}', "c"),
                pool(MINT, USDC, '"0.0100"', "raydium", '{"usd":99999999}', "d"),
                pool(USDC, MINT, '"1.0000"', "raydium", '{"usd":99999999}', "e"),
                pool(MINT, "Other", '"7.0000"', "pumpswap", '{"usd":99999999}', "f"),
                pool(MINT, WSOL, "null", "pumpswap", '{"usd":8999.99}', "g"),
            ]
        )
        + "]",
        {MINT: Priced(4_100_000_000, 0, "0.0041")},
    ),
    "jupiter": Sample(
        (WSOL, MINT),
        f'{{"{WSOL}":{{"createdAt":"2024-06-05T08:55:25.527Z","liquidity":621679197.6,"usdPrice":165.0213,'
        '"blockId":348004023,"decimals":9,"priceChange24h":1.29}}',
        {WSOL: Priced(165_021_300_000_000, 0, "165.0213", None)},
    ),
}
