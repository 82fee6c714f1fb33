"""The fields of a request and what MLflow lets stand in each.

MLflow reads its requests as protobuf JSON: null means absent, a 64-bit number may come as text, a
field may be spelled `run_id` or `runId`, and unknown fields are passed over. Only when some field
cannot be read so does it look at the types one by one (`mlflow.server.handlers._get_request_message`),
which decides whose fault the message names; `read_fields` keeps to that order.
"""

import dataclasses
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from app.api.errors import FieldMissing, FieldSpeltTwice, FieldUnreadable
from app.core import clock

_INTEGER = re.compile(r"-?\d+\Z")
_MAX_INT64 = 2**63 - 1


class Unreadable(Exception):
    """The value cannot stand in this field."""


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field of a request: how it is read, whether it is required, and its default.

    `check` gets the read value and raises `Unreadable` where it is out of bounds; `alias` is an older
    spelling that counts when the field itself is absent; `many` makes it a list.
    """

    name: str
    required: bool = False
    default: Any = None
    many: bool = False
    alias: str = ""
    check: Callable[[Any], None] | None = None
    camel: str = dataclasses.field(init=False, default="")

    def __post_init__(self) -> None:
        object.__setattr__(self, "camel", _camel(self.name))

    def raw(self, body: Mapping[str, Any]) -> Any:
        """Returns the value as sent, whatever its spelling; None where there is none.

        Raises `FieldSpeltTwice` for both spellings at once: code that checks one must not use the other.
        """
        if self.camel != self.name and self.name in body and self.camel in body:
            raise FieldSpeltTwice(self.camel, self.name)
        for name in (self.name, self.camel, self.alias):
            if name and body.get(name) is not None:
                return body[name]
        return None

    def read(self, value: Any) -> Any:
        """Returns the value in Python's terms. Raises `Unreadable`."""
        if not self.many:
            return self.read_one(value)
        if not isinstance(value, list):
            raise Unreadable
        return [self.read_one(item) for item in value]

    def read_one(self, value: Any) -> Any:
        raise NotImplementedError

    def has_right_type(self, value: Any) -> bool:
        """MLflow's own, looser look at a type, which it takes once the message as a whole was unreadable."""
        if self.many:
            return isinstance(value, list)
        try:
            self.read_one(value)
        except Unreadable:
            return False
        return True


class Text(Field):
    """A string. NUL is refused, since no PostgreSQL column can hold it."""

    def read_one(self, value: Any) -> str:
        if not isinstance(value, str) or "\x00" in value:
            raise Unreadable
        return value


class Whole(Field):
    """A 64-bit integer, as a number or as text."""

    def read_one(self, value: Any) -> int:
        if isinstance(value, str) and _INTEGER.match(value):
            value = int(value) if len(value) < 25 else _MAX_INT64 + 1
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or abs(value) > _MAX_INT64:
            raise Unreadable
        return value


class Moment(Whole):
    """A moment: milliseconds since 1970, or as people write it (`app.core.clock.parse_moment`)."""

    def read_one(self, value: Any) -> int:
        moment = clock.parse_moment(value) if isinstance(value, str) and not _INTEGER.match(value) else None
        return super().read_one(value) if moment is None else moment


class Number(Field):
    """A double, as a number or as text; "NaN", "Infinity" and "-Infinity" are numbers, too."""

    def read_one(self, value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float, str)):
            raise Unreadable
        try:
            return float(value)
        except (ValueError, OverflowError) as error:
            raise Unreadable from error


class Flag(Field):
    """A boolean: true or false and nothing that merely looks so."""

    def read_one(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise Unreadable
        return value


class LooseFlag(Flag):
    """A boolean, or what spells one: Databricks' own notebooks send `"true"`."""

    def read_one(self, value: Any) -> bool:
        if isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
        return super().read_one(value)


class Choice(Field):
    """One of a closed set of names, or its number as protobuf counts them."""

    choices: Mapping[str, int]

    def __init__(self, *, choices: Mapping[str, int], **rest: Any):
        super().__init__(**rest)
        object.__setattr__(self, "choices", choices)

    def read_one(self, value: Any) -> str:
        if isinstance(value, str) and value in self.choices:
            return value
        for name, number in self.choices.items():
            if value in (number, str(number)) and not isinstance(value, bool):
                return name
        raise Unreadable


class Item(Field):
    """An object with fields of its own, read into a namespace of them."""

    fields: tuple[Field, ...]

    def __init__(self, *fields: Field, **rest: Any):
        super().__init__(**rest)
        object.__setattr__(self, "fields", fields)

    def read_one(self, value: Any) -> SimpleNamespace:
        if not isinstance(value, dict):
            raise Unreadable
        read = {}
        for inner in self.fields:
            raw = inner.raw(value)
            read[inner.name] = inner.default if raw is None else inner.read(raw)
        return SimpleNamespace(**read)


TAGS = Item(Text(name="key", default=""), Text(name="value", default=""), name="tags", many=True, default=())


def at_most(limit: int) -> Callable[[Any], None]:
    """Returns a check that a number does not pass `limit`."""

    def check(value: Any) -> None:
        if value > limit:
            raise Unreadable

    return check


def all_have(what: str, *names: str) -> Callable[[Sequence[Any]], None]:
    """Returns a check that every item of the list `what` has these fields; the error speaks MLflow's words."""

    def check(items: Sequence[Any]) -> None:
        for index, item in enumerate(items):
            for name in names:
                if getattr(item, name) in (None, ""):
                    raise FieldMissing(f"{what}[{index}].{name}")

    return check


def read_fields(fields: tuple[Field, ...], body: Mapping[str, Any]) -> SimpleNamespace:
    """Returns the request's fields as a namespace. Raises `InvalidParameter` in MLflow's words.

    `namespace.given` is the set of names that were sent, for the calls in which an absent field and
    an empty one differ.
    """
    values: dict[str, Any] = {}
    given: set[str] = set()
    unread: list[Field] = []
    for field in fields:
        raw = field.raw(body)
        if raw is None:
            values[field.name] = field.default
            continue
        given.add(field.name)
        try:
            values[field.name] = field.read(raw)
        except Unreadable:
            unread.append(field)
    for field in fields:
        _check_field(field, field.raw(body), body, values, whole=not unread)
    if unread:
        raise FieldUnreadable(unread[0].raw(body), unread[0].name)
    return SimpleNamespace(**values, given=frozenset(given))


def _check_field(
    field: Field, raw: Any, body: Mapping[str, Any], values: Mapping[str, Any], *, whole: bool
) -> None:
    if raw is None and not field.required:
        return
    if not whole and not field.has_right_type(raw):
        raise FieldUnreadable(raw, field.name)
    # MLflow looks for what it requires under the first spelling alone.
    if field.required and (raw is None or body.get(field.name, body.get(field.alias)) in (None, "")):
        raise FieldMissing(field.name)
    if field.check is not None and field.name in values:
        try:
            field.check(values[field.name])
        except Unreadable as error:
            raise FieldUnreadable(raw, field.name) from error
