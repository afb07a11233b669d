"""The books in memory, one file for each of `ports.books`. `testing.memory_store` runs units of work on them."""
