"""The same two pools under the rules of five houses: what ann and bob have back when red wins."""

from rooms_core import HouseRules, Lamports, Outcome, Settlement, Stake, settle

RED, BLUE = Outcome("red"), Outcome("blue")
HOUSES = ("rooms", "pancakeswap", "losing-pool", "us-tote", "uk-tote")


def back(room: Settlement[str], bettor: str) -> int:
    """Payout and what nobody stood against, in lamports."""
    return sum(sums[bettor].value for sums in (room.payouts, room.refunds) if bettor in sums)


def main() -> None:
    for against in (60_001, 2_000):
        stakes = [
            Stake("ann", RED, Lamports(70_000)),
            Stake("bob", RED, Lamports(30_000)),
            Stake("cem", BLUE, Lamports(against)),
        ]
        print(f"ann 70,000 and bob 30,000 on red, {against:,} on blue")
        print(f"  {'house':<12}{'takeout':>9}{'ann':>9}{'bob':>9}{'breakage':>10}{'subsidy':>9}")
        for house in HOUSES:
            room = settle(stakes, winning=[RED], rules=HouseRules.preset(house))
            assert isinstance(room, Settlement)
            figures = room.figures
            print(
                f"  {house:<12}{figures.takeout.value:>9,}{back(room, 'ann'):>9,}{back(room, 'bob'):>9,}"
                f"{figures.breakage.value:>10,}{figures.subsidy.value:>9,}"
            )


if __name__ == "__main__":
    main()
