"""What anybody can check offline: receipts, the log of all events, and what the house owes to whom."""
