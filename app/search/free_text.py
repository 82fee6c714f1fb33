"""Turns plain words, typed into a search box, into a filter."""

from app.search.fields import Entity
from app.search.tree import And, Comparison, Name, Node, Or

MAX_WORDS = 12


def free_text_query(entity: Entity, text: str) -> Node | None:
    """Returns the filter that finds rows with all these words, each in any of the entity's `words` fields.

    Case does not matter, parts of words count, and no character is special. Words after the first
    dozen are ignored. None when there are no words.
    """
    words = text.split()[:MAX_WORDS]
    if not words:
        return None
    per_word = [Or(tuple(_contains(field, word) for field in entity.words)) for word in words]
    return And(tuple(per_word))


def _contains(field: str, word: str) -> Comparison:
    return Comparison(Name(None, field), "CONTAINS", word)
