"""LIKE, ILIKE and CONTAINS, meaning the same on SQLite and on PostgreSQL.

MLflow has LIKE tell upper case from lower, without an escape character. SQLite's own LIKE does not tell
them apart, so GLOB stands in for it, which moreover can use an index; PostgreSQL's takes a backslash
for an escape, so it is doubled. Without case, SQLite knows the letters A to Z only, as MLflow on it.
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


def matches(column: ColumnElement[Any], operator: str, text: str) -> ColumnElement[bool]:
    """Returns `column` compared with `text` by LIKE, ILIKE or CONTAINS; `refusal` says which patterns to refuse."""
    if operator == "CONTAINS":
        escaped = re.sub("([~%_])", r"~\1", text)
        return _ContainsMatch(column, bindparam(None, f"%{escaped}%", Text, unique=True))
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
