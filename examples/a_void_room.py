"""Three outcomes, and nobody chose the one that won: everybody has his stake back, and nothing is taken."""

from rooms_core import HouseRules, Lamports, Outcome, Stake, Voided, settle

NORTH, SOUTH, WEST = Outcome("north"), Outcome("south"), Outcome("west")


def main() -> None:
    stakes = [Stake("ann", NORTH, Lamports(300)), Stake("bob", SOUTH, Lamports(101))]
    room = settle(stakes, winning=[WEST], rules=HouseRules.preset("rooms"))
    assert isinstance(room, Voided)
    print(room.reason)
    for bettor, amount in room.refunds.items():
        print(f"{bettor} has {amount.value} lamports back")


if __name__ == "__main__":
    main()
