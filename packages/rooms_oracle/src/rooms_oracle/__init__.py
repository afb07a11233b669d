"""The oracle: what a coin costs by the consensus of venues, and the evidence for it; knows only the core."""
