"""What differs between versions, or between runs."""
