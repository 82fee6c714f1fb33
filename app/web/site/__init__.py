"""What all pages share: frame, navigation, home, errors, static files."""
