"""Both servers side by side: requests written once, sent twice, and the two answers compared."""
