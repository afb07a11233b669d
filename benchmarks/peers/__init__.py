"""The other ways to place a bet, settle a room and read odds, each as its own users would write it."""
