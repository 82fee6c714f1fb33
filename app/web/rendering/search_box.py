"""The search box, which takes plain words or the filter language."""

import re
from collections.abc import Iterator

from app.core.errors import InvalidParameter
from app.search import Entity, free_text_query, parse_filter
from app.search.tree import Comparison, Name, Node, Not

# A name, then something that only the filter language has.
_FILTER = re.compile(
    r"""([\w.\-`"]+)\s*(?:(?:!=|<=|>=|=|<|>)|\b(?:i?like|contains|in|is(?:\s+not)?)\s*(?:['"(]|null\b))""",
    re.IGNORECASE,
)
# How people write a condition: with room around the comparator, or a text in quotation marks behind it.
_CONDITION = re.compile(r"""\s(?:!=|<=|>=|=|<|>)\s|[=<>]\s*['"]|\b(?:like|contains|in|is)\b""", re.IGNORECASE)

# Prefixes that some entity has: where they do not belong, that is told.
_KEYED = frozenset({"metrics", "params", "tags"})


def is_filter(entity: Entity, text: str) -> bool:
    """Returns whether the text is meant as a filter: it compares a field that there is, or is written like one.

    So `lr=0.01` and `a<b` are words, which names may hold, while a mistake in a filter is told and not searched for.
    """
    names = [match[1].strip('`"') for match in _FILTER.finditer(text)]
    if not names:
        return False
    if any(_is_field(entity, *_parts(name)) for name in names):
        return True
    try:
        node = parse_filter(text)
    except InvalidParameter:
        return False
    return node is not None and (
        any(_is_field(entity, name.prefix, name.key) for name in _names(node))
        or _CONDITION.search(text) is not None
    )


def _parts(name: str) -> tuple[str | None, str]:
    prefix, dot, key = name.partition(".")
    return (prefix, key) if dot else (None, name)


def _is_field(entity: Entity, prefix: str | None, key: str) -> bool:
    if prefix is None or prefix in entity.attribute_prefixes:
        return key in entity.filters
    return prefix in entity.groups or prefix in _KEYED


def _names(node: Node) -> Iterator[Name]:
    if isinstance(node, Comparison):
        yield node.name
    else:
        for part in (node.part,) if isinstance(node, Not) else node.parts:
            yield from _names(part)


def to_filter(entity: Entity, text: str) -> str | Node | None:
    """Returns the filter for a typed text: the text itself, or a search for each word anywhere in the entity."""
    return text if is_filter(entity, text) else free_text_query(entity, text)
