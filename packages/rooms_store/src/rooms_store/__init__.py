"""The store: rooms, bets and postings in SQLite through SQLAlchemy; knows the core and nothing else."""
