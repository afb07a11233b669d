"""A quote for each of three stakes: what it would return now, at worst, and from which pool against it gains."""

from rooms_core import YES, HouseRules, Lamports, Pool, quote, sol

SOL = 1_000_000_000
POOL = Pool.of({"YES": Lamports(90 * SOL), "NO": Lamports(50 * SOL)})


def main() -> None:
    rules = HouseRules.preset("rooms")
    for stake in (Lamports(1 * SOL), Lamports(10 * SOL), Lamports(100 * SOL)):
        asked = quote(POOL, YES, stake, rules, inflow=Lamports(20 * SOL))
        gain_from = "never" if asked.breakeven_losing is None else f"{sol(asked.breakeven_losing)} SOL"
        print(f"{sol(stake)} SOL on YES")
        print(f"  share of the side       {asked.share_ppm / 10_000:.2f} %")
        print(f"  return now              {sol(asked.return_now)} SOL")
        print(f"  at worst, 20 SOL later  {sol(asked.return_worst)} SOL")
        print(f"  gains from a losing pool of {gain_from}")


if __name__ == "__main__":
    main()
