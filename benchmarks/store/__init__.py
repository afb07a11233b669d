"""`rooms bench store`: the goals of the store, each measured in turn against a peer on a server of its own."""
