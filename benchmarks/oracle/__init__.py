"""`rooms bench oracle`: what a tick costs, how soon a crossing is settled, and what a day does to memory."""
