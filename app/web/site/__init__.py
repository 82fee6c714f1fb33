"""What every page shares: frame, navigation, home, errors, static files."""
