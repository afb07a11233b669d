"""The nouns: money, rooms, pools, settlements, the journal. Pure, synchronous, bottom-up."""
