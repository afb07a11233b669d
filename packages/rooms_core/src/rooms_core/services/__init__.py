"""What the system does: one file, one verb. `ls` of this folder is the list."""
