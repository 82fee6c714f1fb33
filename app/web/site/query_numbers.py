"""Numbers in addresses."""


def positive_number(text: str | None) -> int | None:
    """Returns a positive number that a database can hold; None for anything else, which counts as not given."""
    if text is None or not text.isascii() or not text.isdigit() or len(text) > 18:
        return None
    return int(text) or None
