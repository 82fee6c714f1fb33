"""The search box: plain words, or the filter language when somebody writes it."""

import re

from app.search import Entity, free_text_query
from app.search.tree import Node

# A name, then something that only the filter language has.
_FILTER = re.compile(
    r"""[\w.\-`"]+\s*(?:!=|<=|>=|=|<|>)|\b(?:i?like|contains|in|is(?:\s+not)?)\s*(?:['"(]|null\b)""",
    re.IGNORECASE,
)


def is_filter(text: str) -> bool:
    """Whether the text is meant as a filter: it compares something."""
    return _FILTER.search(text) is not None


def to_filter(entity: Entity, text: str) -> str | Node | None:
    """What a search is asked for what was typed: the filter itself, or each word anywhere in the entity."""
    return text if is_filter(text) else free_text_query(entity, text)
