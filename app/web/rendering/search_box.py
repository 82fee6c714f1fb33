"""The search box, which takes plain words or the filter language."""

import re

from app.search import Entity, free_text_query
from app.search.tree import Node

# A name, then something that only the filter language has.
_FILTER = re.compile(
    r"""[\w.\-`"]+\s*(?:!=|<=|>=|=|<|>)|\b(?:i?like|contains|in|is(?:\s+not)?)\s*(?:['"(]|null\b)""",
    re.IGNORECASE,
)


def is_filter(text: str) -> bool:
    """Returns whether the text is meant as a filter: it compares something."""
    return _FILTER.search(text) is not None


def to_filter(entity: Entity, text: str) -> str | Node | None:
    """Returns the filter for a typed text: the text itself, or a search for each word anywhere in the entity."""
    return text if is_filter(text) else free_text_query(entity, text)
