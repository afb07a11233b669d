"""`rooms demo`: a day of rooms, played through the real services on a virtual clock, and proven at the end."""
