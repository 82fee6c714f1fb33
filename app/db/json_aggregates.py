"""Reads what belongs to a row, such as its tags, as the text of one JSON value, in the statement that reads the row.

Such a text is read back where somebody asks what is in it. A list of ten thousand versions puts the texts
into its answer as they are, which costs a third of reading and writing them anew.
"""

from collections.abc import Mapping
from typing import Any, TypeGuard

import orjson
from sqlalchemy import Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class json_object(FunctionElement):
    """An aggregate: the pairs (key, value) of a group as one JSON object, in no order."""

    inherit_cache = True
    type = Text()


class json_pairs(FunctionElement):
    """An aggregate: the pairs (key, value) of a group as a JSON array of `{"key": ..., "value": ...}`.

    In the order of the keys: on SQLite that of the index which leads to them, so it must end in the key.
    """

    inherit_cache = True
    type = Text()


class json_array(FunctionElement):
    """An aggregate: the values of a group as one JSON array, in no order."""

    inherit_cache = True
    type = Text()


_AGGREGATES: dict[str, dict[type[FunctionElement], str]] = {
    "sqlite": {
        json_object: "json_group_object({0}, {1})",
        json_pairs: "json_group_array(json_object('key', {0}, 'value', {1}))",
        json_array: "json_group_array({0})",
    },
    "postgresql": {
        json_object: "CAST(json_object_agg({0}, {1}) AS TEXT)",
        json_pairs: "CAST(json_agg(json_build_object('key', {0}, 'value', {1}) ORDER BY {0} COLLATE \"C\") AS TEXT)",
        json_array: "CAST(json_agg({0}) AS TEXT)",
    },
}


@compiles(json_object)
@compiles(json_pairs)
@compiles(json_array)
def _compile_aggregate(element, compiler, **kw) -> str:
    template = _AGGREGATES[compiler.dialect.name][type(element)]
    return template.format(*(compiler.process(clause, **kw) for clause in element.clauses))


def has_any(text: str | None) -> TypeGuard[str]:
    """Returns whether there is anything in an array: that of an empty group is [] on SQLite and NULL on PostgreSQL."""
    return text is not None and text != "[]"


def read_object(text: str | None) -> dict[str, Any]:
    """Returns what `json_object` made, in the order of the keys; an empty group is {} on SQLite."""
    return dict(sorted(orjson.loads(text).items())) if text and text != "{}" else {}


def read_pairs(text: str | None) -> dict[str, str]:
    """Returns what `json_pairs` made."""
    return {pair["key"]: pair["value"] for pair in orjson.loads(text)} if has_any(text) else {}


def write_pairs(pairs: Mapping[str, str]) -> str:
    """Returns the text that `json_pairs` would make of these."""
    return orjson.dumps([{"key": key, "value": value} for key, value in sorted(pairs.items())]).decode()


def read_array(text: str | None) -> list[Any]:
    """Returns what `json_array` made, sorted."""
    return sorted(orjson.loads(text)) if has_any(text) else []
