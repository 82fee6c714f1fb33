"""Explains what is wrong with a filter, so that the person who wrote it can correct it."""

from typing import NoReturn

from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from app.search.errors import InvalidSearch

# terminals of the grammar -> how a person calls them, in the order in which they are listed
WORDS: tuple[tuple[frozenset[str], str], ...] = (
    (frozenset({"PREFIXED", "BARE", "QUOTED"}), "a field such as name or tags.`team`"),
    (
        frozenset({"EQUAL", "LIKE", "IN"}),
        "a comparator (=, !=, <, <=, >, >=, LIKE, ILIKE, IN, NOT IN, IS NULL, IS NOT NULL, CONTAINS)",
    ),
    (frozenset({"STRING"}), "a string in quotation marks"),
    (frozenset({"NUMBER"}), "a number"),
    (frozenset({"LPAR"}), '"("'),
    (frozenset({"_AND"}), "AND"),
    (frozenset({"_OR"}), "OR"),
    (frozenset({"COMMA"}), '","'),
    (frozenset({"RPAR"}), '")"'),
    (frozenset({"_IN"}), "IN"),
    (frozenset({"_NULL"}), "NULL"),
    (frozenset({"ASC"}), "ASC or DESC"),
    (frozenset({"$END"}), "the end"),
)
FILTER_ONLY = frozenset({"EQUAL", "LIKE", "IN", "_AND", "_OR"})
SHOWN = 30


def refuse(message: str, field: str | None = None) -> NoReturn:
    """Raises `InvalidSearch`."""
    raise InvalidSearch(message, field)


def refuse_at(text: str, at: int, message: str) -> NoReturn:
    """Raises `InvalidSearch` for what stands at character `at` (from 0) of a filter."""
    raise InvalidSearch(f"Invalid filter {_place(text, at)}: {message}", "filter")


def refuse_text(error: UnexpectedInput, text: str, what: str) -> NoReturn:
    """Raises `InvalidSearch` for text that the grammar does not take, from the parser's own complaint."""
    at = len(text)
    expected: set[str] = set()
    if isinstance(error, UnexpectedCharacters):
        at, expected = error.pos_in_stream or 0, set(error.allowed or ())
    elif isinstance(error, UnexpectedToken):
        expected = set(error.expected or ())
        if error.token.type != "$END":
            at = error.token.start_pos or 0
    # The parser's tables are shared by both languages, and so are its expectations.
    expected -= {"ASC", "DESC"} if what == "filter" else FILTER_ONLY
    message = f"Invalid {what} {_place(text, at)}: expected {_listed(expected)}.{_hint(text, at, expected)}"
    raise InvalidSearch(message, what)


def _place(text: str, at: int) -> str:
    before, after = text[max(0, at - SHOWN) : at].strip(), text[at : at + SHOWN].strip()
    if not text[at:].strip():
        return f'at its end, after "{before}"' if before else "(it is empty)"
    start = f', after "{before}"' if before else ""
    return f'at character {at + 1}, at "{after}"{start}'


def _listed(expected: set[str]) -> str:
    words = [word for terminals, word in WORDS if terminals & expected]
    if len(words) < 2:
        return words[0] if words else "the end"
    return f"{', '.join(words[:-1])} or {words[-1]}"


def _hint(text: str, at: int, expected: set[str]) -> str:
    char = text[at : at + 1]
    if char and char in "'\"`" and char not in text[at + 1 :]:
        return f" The quotation mark {char} is opened here and never closed."
    if "EQUAL" in expected and char in tuple("-/:@ +%$#"):
        return " A key with such characters must stand in back-ticks: tags.`a-b`."
    if "EQUAL" in expected and text[at : at + 2] in ("==", "<>"):
        return " Equal is =, not equal is !=."
    if "STRING" in expected and (char.isalpha() or char == "`"):
        return " Strings must stand in single or double quotation marks."
    return ""
