"""What a person types into a search box that is no filter: plain words."""

from app.search.fields import Entity
from app.search.tree import And, Comparison, Name, Node, Or

MAX_WORDS = 12


def free_text_query(entity: Entity, text: str) -> Node | None:
    """The filter that finds rows with all these words, each in any of the entity's `words` fields.

    Case does not matter, parts of words count, and no character is special. Words behind the first
    dozen are passed over. None when there is no word at all.
    """
    found = text.split()[:MAX_WORDS]
    if not found:
        return None
    per_word = [Or(tuple(_contains(field, word) for field in entity.words)) for word in found]
    return And(tuple(per_word))


def _contains(field: str, word: str) -> Comparison:
    return Comparison(Name(None, field), "CONTAINS", word)
