"""The commands, one file for each group. They read, ask the library, and show; the business is in the core."""
