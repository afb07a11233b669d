"""The oracle: what a coin costs by the consensus of venues, and the evidence for it; knows the core and nothing else."""
