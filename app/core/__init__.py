"""What everything may use: the clock, errors, rules of keys."""
