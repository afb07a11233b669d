"""The first room: 100 SOL on YES, 10 of them yours, 50 on NO, and YES wins."""

from rooms_core import NO, YES, HouseRules, Lamports, Settlement, Stake, settle, sol

SOL = 1_000_000_000

STAKES = [
    Stake("you", YES, Lamports(10 * SOL)),
    Stake("nine others", YES, Lamports(90 * SOL)),
    Stake("five against", NO, Lamports(50 * SOL)),
]


def main() -> None:
    room = settle(STAKES, winning=[YES], rules=HouseRules.preset("rooms"))
    assert isinstance(room, Settlement)
    figures = room.figures
    for name, amount in [
        ("staked", figures.staked),
        ("takeout", figures.takeout),
        ("  host", figures.host),
        ("  protocol", figures.protocol),
        ("paid", figures.paid),
        ("breakage", figures.breakage),
    ]:
        print(f"{name:<12}{sol(amount):>8} SOL")
    for bettor, amount in room.payouts.items():
        print(f"{bettor}: {sol(amount)} SOL")


if __name__ == "__main__":
    main()
