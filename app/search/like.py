"""LIKE, ILIKE and CONTAINS, meaning the same on SQLite and on PostgreSQL.

MLflow has LIKE tell upper case from lower, without an escape character. SQLite's own LIKE does not tell
them apart, so GLOB stands in for it, which moreover can use an index; PostgreSQL's takes a backslash
for an escape, so it is doubled. Without case, SQLite's LIKE knows the letters A to Z only, so patterns with
others become GLOBs that have each letter in both cases.
"""

import re
from typing import Any

from sqlalchemy import ColumnElement, Dialect, Text, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import NullType, TypeDecorator

MAX_PATTERN = 1000
# Matching may take time in the power of this number in a database that is careless about it.
MAX_RUNS = 32

_RUNS = re.compile("%+")
_GLOB: dict[str, str | int | None] = {"%": "*", "_": "?", "*": "[*]", "?": "[?]", "[": "[[]"}


class _Pattern(TypeDecorator[str]):
    """A LIKE pattern with % and _ and nothing else special, in the dialect's own way of writing it."""

    impl = Text
    cache_ok = True

    def __init__(self, *, cased: bool):
        super().__init__()
        self.cased = cased

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        if dialect.name != "sqlite":
            return value.replace("\\", "\\\\")
        return value.translate(str.maketrans(_GLOB)) if self.cased else value


class _AnyCasePattern(TypeDecorator[str]):
    """A pattern of ILIKE, or the text of CONTAINS, with letters beyond A to Z.

    SQLite's LIKE knows no other case of those. Its GLOB tells cases apart, so each letter stands there in both.
    """

    impl = Text
    cache_ok = True

    def __init__(self, *, is_literal: bool):
        super().__init__()
        self.is_literal = is_literal

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        if dialect.name != "sqlite":
            return f"%{_escaped(value)}%" if self.is_literal else value.replace("~", "~~")
        special = _GLOB | {"%": "%", "_": "_"} if self.is_literal else _GLOB
        pattern = "".join(_in_any_case(char, special) for char in value)
        return f"*{pattern}*" if self.is_literal else pattern


def _in_any_case(char: str, special: dict[str, str | int | None]) -> str:
    cases = dict.fromkeys(case for case in (char, char.lower(), char.upper()) if len(case) == 1)
    return f"[{''.join(cases)}]" if len(cases) > 1 else str(special.get(char, char))


def _escaped(text: str) -> str:
    return re.sub("([~%_])", r"~\1", text)


class _Match(FunctionElement[Any]):
    # Not Boolean: SQLAlchemy would compare it with 1 on SQLite, and no index would serve it.
    type = NullType()
    inherit_cache = True


class _CasedMatch(_Match):
    name = "cased_match"
    inherit_cache = True


class _UncasedMatch(_Match):
    name = "uncased_match"
    inherit_cache = True


class _ContainsMatch(_Match):
    name = "contains_match"
    inherit_cache = True


class _AnyCaseMatch(_Match):
    name = "any_case_match"
    inherit_cache = True


def _infix(element: _Match, compiler: Any, operator: str, rest: str = "", **options: Any) -> str:
    column, pattern = element.clauses
    return f"({compiler.process(column, **options)} {operator} {compiler.process(pattern, **options)}{rest})"


@compiles(_CasedMatch)
def _cased(element: _CasedMatch, compiler: Any, **options: Any) -> str:
    return _infix(element, compiler, "GLOB" if compiler.dialect.name == "sqlite" else "LIKE", **options)


@compiles(_UncasedMatch)
def _uncased(element: _UncasedMatch, compiler: Any, **options: Any) -> str:
    return _infix(element, compiler, "LIKE" if compiler.dialect.name == "sqlite" else "ILIKE", **options)


@compiles(_ContainsMatch)
def _contains(element: _ContainsMatch, compiler: Any, **options: Any) -> str:
    operator = "LIKE" if compiler.dialect.name == "sqlite" else "ILIKE"
    return _infix(element, compiler, operator, " ESCAPE '~'", **options)


@compiles(_AnyCaseMatch)
def _any_case(element: _AnyCaseMatch, compiler: Any, **options: Any) -> str:
    if compiler.dialect.name == "sqlite":
        return _infix(element, compiler, "GLOB", **options)
    return _infix(element, compiler, "ILIKE", " ESCAPE '~'", **options)


def matches(column: ColumnElement[Any], operator: str, text: str) -> ColumnElement[bool]:
    """Returns `column` compared with `text` by LIKE, ILIKE or CONTAINS; `refusal` says which patterns to refuse."""
    if operator != "LIKE" and not text.isascii():
        is_literal = operator == "CONTAINS"
        plain = text if is_literal else _RUNS.sub("%", text)
        return _AnyCaseMatch(
            column, bindparam(None, plain, _AnyCasePattern(is_literal=is_literal), unique=True)
        )
    if operator == "CONTAINS":
        return _ContainsMatch(column, bindparam(None, f"%{_escaped(text)}%", Text, unique=True))
    cased = operator == "LIKE"
    pattern = bindparam(None, _RUNS.sub("%", text), _Pattern(cased=cased), unique=True)
    return _CasedMatch(column, pattern) if cased else _UncasedMatch(column, pattern)


def refusal(operator: str, text: str) -> str | None:
    """Returns why a pattern is refused, or None for one that is not."""
    if len(text) > MAX_PATTERN:
        return f"the pattern of {operator} is longer than {MAX_PATTERN} characters."
    if operator != "CONTAINS" and len(_RUNS.findall(text)) > MAX_RUNS:
        return f"the pattern of {operator} has more than {MAX_RUNS} wildcards (%)."
    return None
