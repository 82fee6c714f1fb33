"""The filter language: text to tree.

It is MLflow's language (`mlflow.utils.search_utils`, of MLflow 3.17) with OR, NOT, parentheses and
CONTAINS added. As there, a string means exactly the characters between its quotation marks: a doubled
or back-slashed mark does not end the string, and stays doubled or back-slashed in it. Strings in a
list follow the same rule (MLflow reads those as Python literals).
"""

import functools
from collections.abc import Callable, Iterator
from typing import Any

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedInput

from app.search import literals, messages
from app.search.tree import And, Comparison, Name, Node, Not, Or, Order

# Far above what a person or a client's code writes, low enough that the worst filter costs a fraction
# of a second. SQLite moreover gives up on expressions nested a thousand deep, and a chain of ANDs
# counts as nested.
MAX_LENGTH = 128 * 1024
MAX_CONDITIONS = 250
MAX_LIST = 2000
MAX_DEPTH = 40
# Names, operators, values, brackets and commas, counted as they are read: what nobody counts before the end, such as
# brackets around brackets, must not cost a second either. Two whole lists and much else fit.
MAX_TOKENS = 10_000
MAX_BRACKETS = 1000
# Trees of short filters are kept, since a client asks the same thing again and again; long ones would
# only fill the memory.
KEPT_LENGTH = 2048

GRAMMAR = r"""
filter: any_of
any_of: any_parts
any_parts: all_of -> first | any_parts _OR all_of -> more
all_of: all_parts
all_parts: _part -> first | all_parts _AND _part -> more
_part: _comparison | negation | "(" any_of ")"
negation: _NOT _part

plain: plain_parts -> all_of
plain_parts: _AND* _comparison -> first | plain_parts _comparison -> more | plain_parts _AND -> same

order: name (ASC | DESC)?

_comparison: compare | not_in | is_null | is_not_null
compare: name operator (STRING | NUMBER) | name IN values
not_in: name _NOT _IN values
is_null: name _IS _NULL
is_not_null: name _IS _NOT _NULL
!operator: "=" | "!=" | "<=" | ">=" | "<" | ">" | LIKE | ILIKE | CONTAINS
values: "(" items ","? ")"
items: (STRING | NUMBER) -> first_item | items "," (STRING | NUMBER) -> more_items
name: PREFIXED | BARE | QUOTED

_AND.2: /AND\b/i
_OR.2: /OR\b/i
_NOT.2: /NOT\b/i
_IS: /IS\b/i
_NULL: /NULL\b/i
_IN: /IN\b/i
IN: /IN\b/i
LIKE: /LIKE\b/i
ILIKE: /ILIKE\b/i
CONTAINS: /CONTAINS\b/i
ASC: /ASC\b/i
DESC: /DESC\b/i

PREFIXED.3: /(?:\w+|`\w+`)\.(?:\w+(?:\.\w+)*|`(?:``|[^`])*`|"(?:""|[\\]"|[^"])*"|'(?:''|\\'|[^'])*')/
BARE: /(?!(?:AND|OR|NOT)\b)\w+/i
QUOTED: /`(?:``|[^`])*`|"(?:""|[\\]"|[^"])*"/
STRING: /'(?:''|\\'|[^'])*'|"(?:""|[\\]"|[^"])*"/
NUMBER: /-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?/
%ignore /\s+/
"""


class _Parts(list[Node]):
    """The nodes of one AND or OR as they come in, and how many conditions they hold together."""

    size = 0

    def add(self, node: Node) -> "_Parts":
        self.append(node)
        self.size += node.size
        if self.size > MAX_CONDITIONS:
            messages.refuse(f"Invalid filter: more than {MAX_CONDITIONS} conditions in one filter.")
        if node.depth > MAX_DEPTH:
            messages.refuse(f"Invalid filter: nested more than {MAX_DEPTH} levels deep.")
        return self


@v_args(inline=True)
class _Builder(Transformer):
    """Builds the tree while the text is parsed: one callback per rule, none of them recursive."""

    def filter(self, node: Node) -> Node:
        return node

    def any_of(self, parts: _Parts) -> Node:
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def all_of(self, parts: _Parts) -> Node:
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def first(self, node: Node) -> _Parts:
        return _Parts().add(node)

    def more(self, parts: _Parts, node: Node) -> _Parts:
        return parts.add(node)

    def same(self, parts: _Parts) -> _Parts:
        return parts

    def negation(self, node: Node) -> Node:
        if node.depth >= MAX_DEPTH:
            messages.refuse(f"Invalid filter: nested more than {MAX_DEPTH} levels deep.")
        return Not(node)

    def compare(self, name: Name, operator: str, value: Any) -> Comparison:
        return Comparison(name, str(operator).upper(), _literal(value), at=name.at)

    def not_in(self, name: Name, items: tuple) -> Comparison:
        return Comparison(name, "NOT IN", items, at=name.at)

    def is_null(self, name: Name) -> Comparison:
        return Comparison(name, "IS NULL", None, at=name.at)

    def is_not_null(self, name: Name) -> Comparison:
        return Comparison(name, "IS NOT NULL", None, at=name.at)

    def operator(self, token: Token) -> str:
        return token.value.upper()

    def values(self, items: list[Any]) -> tuple[Any, ...]:
        return tuple(items)

    def first_item(self, token: Token) -> list[Any]:
        return [_literal(token)]

    def more_items(self, items: list[Any], token: Token) -> list[Any]:
        if len(items) == MAX_LIST:
            messages.refuse(f"Invalid filter: more than {MAX_LIST} values in one list.")
        items.append(_literal(token))
        return items

    def name(self, token: Token) -> Name:
        at, text = token.start_pos or 0, token.value
        if token.type != "PREFIXED":
            return Name(None, _unquoted(text), at)
        prefix, _, key = text.partition(".")
        return Name(prefix.strip("`"), _unquoted(key), at)

    def order(self, name: Name, direction: Token | None = None) -> Order:
        return Order(name, direction is None or direction.type == "ASC")


def _unquoted(text: str) -> str:
    return text[1:-1] if text[0] in "`\"'" else text


def _literal(token: Any) -> Any:
    if not isinstance(token, Token):
        return token
    if token.type == "STRING":
        return token.value[1:-1]
    try:
        return int(token.value)
    except ValueError:  # also what has too many digits for an int: it is out of any field's range
        return float(token.value)


class _Counted:
    """Reads the tokens and gives up on a text with too many of them, or too many brackets within brackets."""

    always_accept = ()

    def process(self, tokens: Iterator[Token]) -> Iterator[Token]:
        """Yields the tokens. Raises `InvalidSearch` at the first that is one too many."""
        depth = 0
        for count, token in enumerate(tokens, 1):
            depth += {"LPAR": 1, "RPAR": -1}.get(token.type, 0)
            if depth > MAX_BRACKETS:
                messages.refuse(f"Invalid filter: more than {MAX_BRACKETS} brackets within each other.")
            if count > MAX_TOKENS:
                messages.refuse(f"Invalid filter: more than {MAX_TOKENS} names, signs and values.")
            yield token


@functools.cache
def _parser() -> Lark:
    # Built at the first search of a process: 20 ms that a start need not wait for.
    return Lark(
        GRAMMAR,
        parser="lalr",
        lexer="contextual",
        start=["filter", "plain", "order"],
        transformer=_Builder(),
        postlex=_Counted(),
        maybe_placeholders=False,
    )


def _parse(text: str, start: str) -> Any:
    return _parser().parse(text, start=start)


def parse_filter(text: str) -> Node | None:
    """Returns the tree of a filter; None for the empty text, which asks for everything.

    Raises `InvalidParameter` saying where the text stops making sense and what was expected there.
    """
    if not text:
        return None
    _check_text(text, "filter")
    return _parsed_filter(text) if len(text) <= KEPT_LENGTH else _parse_filter(text)


def parse_order(text: str) -> Order:
    """Reads one entry of an `order_by`: a field, then ASC (also when left out) or DESC. Raises as `parse_filter`."""
    _check_text(text, "order_by")
    if len(text) > KEPT_LENGTH:
        messages.refuse("Invalid order_by: the name of the field is too long.", "order_by")
    return _parsed_order(text)


def _check_text(text: str, what: str) -> None:
    if len(text) > MAX_LENGTH:
        messages.refuse(f"Invalid {what}: {len(text)} characters, but at most {MAX_LENGTH} are read.", what)
    if not literals.is_storable(text):
        messages.refuse(f"Invalid {what}: it holds characters that are not text.", what)


def _parse_filter(text: str) -> Node:
    try:
        return _parse(text, "filter")
    except UnexpectedInput as error:
        # MLflow passes over an AND too many or too few between plain conditions, and so do we: clients
        # that glue filters together rely on it. With OR, NOT and parentheses there is no such past.
        return _or_refuse(lambda: _parse(text, "plain"), error, text, "filter")


def _parse_order(text: str) -> Order:
    try:
        return _parse(text, "order")
    except UnexpectedInput as error:
        messages.refuse_text(error, text, "order_by")


def _or_refuse(parse: Callable[[], Node], error: UnexpectedInput, text: str, what: str) -> Node:
    try:
        return parse()
    except UnexpectedInput:
        messages.refuse_text(error, text, what)


_parsed_filter = functools.lru_cache(maxsize=1024)(_parse_filter)
_parsed_order = functools.lru_cache(maxsize=256)(_parse_order)
