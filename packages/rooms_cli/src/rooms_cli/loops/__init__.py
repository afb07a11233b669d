"""What runs by itself: the loops of the roles, one file each, and the runner that keeps them going."""
