"""Money in: how rounds divide among investors, how it flows, in which instruments, and how sums tie out."""
