"""What the core asks of the world, as protocols; named for what the business wants."""
