"""Numbers in addresses."""


def positive(text: str | None) -> int | None:
    """A positive number that a database can hold, or None for anything else, which then counts as not given."""
    if text is None or not text.isascii() or not text.isdigit() or len(text) > 18:
        return None
    return int(text) or None
