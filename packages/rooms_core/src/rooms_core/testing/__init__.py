"""For tests and trials: a store in memory, scripted ports, short constructors, and rooms told as text."""
