"""ROOMS beside its peers: the same work done as others do it, measured in turn on one machine.

`peers` are the other ways (an ORM, a ledger function in SQL, everything in SQL), `store` runs them against the real
thing. `rooms bench store` is the command; it needs this folder, which is part of the sources and of no wheel.
"""
